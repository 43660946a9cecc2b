"""Results keep their types in other programs, and text from outside cannot act on a terminal."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ops.stack
import ops.typed
from ops.athena import QueryResult
from ops.errors import OpsError
from ops.terminal.export import rendered, write
from ops.terminal.output import show, table
from ops.terminal.remembered import recalled, remember
from ops.typed import typed
from tests.ops.fakes import stack, stack_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ops.conftest import CommandLine

HOSTILE = "x\x1b]0;title\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\x00y"


def result(kind: str, *values: object) -> QueryResult:
    return QueryResult(["x", "n"], [kind, "integer"], [(value, at) for at, value in enumerate(values)], 0, 0.0, "q")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), min_size=1))
def test_pandas_reads_a_csv_back_unchanged(values: list[str]) -> None:
    read = pd.read_csv(io.StringIO(rendered(result("varchar", *values))), dtype=str, keep_default_na=False)
    assert list(read["x"]) == values


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "a\nb", ' "a" ', "007", "NA", "=1+1", "a,b", "\ufeffa"])
def test_a_csv_file_keeps_a_text_as_it_is(tmp_path: Path, text: str) -> None:
    write(result("varchar", text, None), tmp_path / "x.csv")
    read = pd.read_csv(tmp_path / "x.csv", dtype=str, keep_default_na=False)
    assert list(read["x"]) == [text, ""]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_no_cell_of_a_safe_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    write(result("varchar", text), tmp_path / "x.csv", safe=True)
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfx,n\n")
    read = pd.read_csv(tmp_path / "x.csv", dtype=str, keep_default_na=False)
    assert list(read["x"]) == [f"'{text}"]
    write(result("integer", -1), tmp_path / "n.csv", safe=True)
    assert "\n-1,0\n" in (tmp_path / "n.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", 1, pa.int32()),
        ("bigint", 1, pa.int64()),
        ("smallint", 1, pa.int16()),
        ("float", 0.5, pa.float32()),
        ("decimal", Decimal("1.50"), pa.decimal128(3, 2)),
        ("date", date(2026, 11, 23), pa.date32()),
        ("array", ["a, b"], pa.list_(pa.string())),
        ("array", [1, None], pa.list_(pa.int64())),
        ("array", [], pa.list_(pa.string())),
        ("map", {"a": 1}, pa.map_(pa.string(), pa.int64())),
        ("row", {"a": 1, "b": "c"}, pa.struct({"a": pa.int64(), "b": pa.string()})),
        ("array", [1, "a"], pa.string()),
        ("map", {"a": 1, "b": "c"}, pa.string()),
        ("array", [1 << 70], pa.string()),
        ("row", "{field0=1}", pa.string()),
    ],
)
def test_a_parquet_file_keeps_types(tmp_path: Path, kind: str, value: object, expected: pa.DataType) -> None:
    write(result(kind, value, None), tmp_path / "x.parquet")
    found = pq.read_table(tmp_path / "x.parquet")
    assert (found.schema.types[0], found.schema.types[1]) == (expected, pa.int32())
    assert found["x"].to_pylist()[1] is None
    if expected == pa.string():
        assert found["x"].to_pylist()[0] == (value if isinstance(value, str) else json.dumps(value))


def answered(monkeypatch: pytest.MonkeyPatch, *pairs: tuple[str | None, str | None] | OpsError) -> list[str]:
    """Let the second query return these texts with their JSON, or fail; return the statements that it gets."""
    asked: list[str] = []

    def ask(_stack: Any, statement: str) -> QueryResult:
        asked.append(statement)
        if isinstance(pairs[0], OpsError):
            raise pairs[0]
        rows: Any = list(pairs)
        return QueryResult(["c0", "value"], ["array", "varchar"], rows, 0, 0.0, "q")

    monkeypatch.setattr(ops.typed, "ask", ask)
    return asked


def test_a_list_is_told_from_its_text_by_asking_for_it_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [("[a, b]", '["a, b"]'), ("[c, d]", '["c","d"]'), (None, None), ("[1, null]", "[1,null]")]
    asked = answered(monkeypatch, *pairs)
    before = result("array", "[a, b]", "[c, d]", "[1, null]", None)
    answer, notes = typed(stack(), "-- mine\nSELECT x, n FROM t -- it\n;", before)
    assert ([row[0] for row in answer.rows], notes) == ([["a, b"], ["c", "d"], [1, None], None], [])
    inner = "-- mine\nSELECT x, n FROM t -- it"
    value = "json_format(CAST(t.c0 AS JSON)) AS value"
    assert asked == [f"SELECT t.c0, {value} FROM (\n{inner}\n) AS t (c0, c1)"]  # noqa: S608
    assert typed(stack(), "SELECT 1", result("varchar", "[a]"))[0].rows == [("[a]", 0)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("{b=1, a=2}", "{b=1, a=2}", id="JSON sorts the keys"),
        pytest.param("{b=1, a=2}", "{a=2, b=1}", id="map_agg has another order each time"),
    ],
)
def test_a_map_is_one_in_whatever_order_its_keys_are(monkeypatch: pytest.MonkeyPatch, first: str, second: str) -> None:
    answered(monkeypatch, (second, '{"a":2,"b":1}'), ("{b=2, a=1}", '{"a":1,"b":2}'))
    answer, notes = typed(stack(), "SELECT 1", result("map", first))
    assert (answer.rows, notes) == ([({"a": 2, "b": 1}, 0)], [])


@pytest.mark.parametrize(
    ("text", "pairs", "why"),
    [
        ("[01]", [OpsError("Athena: Cannot cast array(varbinary) to json")], "Athena cannot return its values as JSON"),
        (
            "[e, f]",
            [("[e, f]", '["e, f"]'), ("[e, f]", '["e","f"]')],
            "two different values of it are both written [e, f]",
        ),
        ("[0.1]", [("[0.2]", "[0.2]")], "the query gave other values when it was run a second time"),
        ("{field0=1, field1=2}", [("{field0=1, field1=2}", '{"":1,"":2}')], "have no name, or the same one"),
    ],
    ids=["Athena refuses", "two alike", "random", "fields without a name"],
)
def test_a_column_whose_values_are_not_known_stays_text_and_a_sentence_says_why(
    monkeypatch: pytest.MonkeyPatch, text: str, pairs: list[Any], why: str
) -> None:
    """A column that is partly text is worse than text: no program can read it."""
    answered(monkeypatch, *pairs, *[("[g]", '["g"]')] * isinstance(pairs[0], tuple))
    answer, (note,) = typed(stack(), "SELECT 1", result("array", text, "[g]"))
    assert [row[0] for row in answer.rows] == [text, "[g]"]
    assert note.startswith("Column x stays text: ")
    assert why in note


def test_sql_keeps_lists_and_order_and_takes_any_way_to_write_a_statement(
    local_ops: CommandLine, published: str, tmp_path: Path
) -> None:
    asked = "-- a comment first\nSELECT album_id, artist_ids FROM albums_current ORDER BY album_id DESC"
    told = local_ops("sql", asked, "--local", "--json")
    assert (told.code, published != "") == (0, True), told.err
    rows = told.json
    assert [row["album_id"] for row in rows] == sorted((row["album_id"] for row in rows), reverse=True) != []
    assert all(isinstance(row["artist_ids"], list) for row in rows)
    local_ops.keyboard = io.StringIO(asked)
    assert local_ops("sql", "-", "--local", "--json").json == rows
    local_ops("sql", asked, "--local", "--out", str(tmp_path / "x.parquet"))
    found = pq.read_table(tmp_path / "x.parquet")
    assert found.schema.field("artist_ids").type == pa.list_(pa.string())
    assert found.to_pylist() == rows
    assert local_ops("sql", "longest_tracks.sql", "--local").code == 0


def test_what_is_printed_cannot_act_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    show([], [HOSTILE, table(["name"], [(HOSTILE,), ("two\nlines",)])], as_json=False)
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\x00"} & set(out.getvalue())
    assert "two lines" in out.getvalue()
    show({"name": HOSTILE + "\ud800"}, [], as_json=True)
    document = out.getvalue()[out.getvalue().index("{") :]
    assert not {"\x9b", "\u202e", "\ud800"} & set(document)
    assert json.loads(document) == {"name": HOSTILE + "\ud800"}


def test_the_stack_is_that_of_the_environment(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("OPS_STACK", "prod")
    told = command("status")
    assert (told.code, "`pulumi` is not on the PATH" in told.err) == (1, True)
    monkeypatch.setattr("ops.commands.watch.open_stack", stack_of)
    assert command("watch", "list", "--local").code == 0


def test_the_version_is_that_of_the_project(command: CommandLine) -> None:
    assert command("--version").out == "ops 0.1.0\n"


def test_a_shell_completes_what_a_command_showed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ops.stack, "LOCAL", tmp_path)
    monkeypatch.delenv("OPS_STACK", raising=False)
    remember("dev", dates=["2026-11-22", "2026-11-23"], runs=["r1"])
    remember("dev", artists=["a1"])
    here: Any = SimpleNamespace(params={"stack": "dev"})
    assert recalled("dates", "runs")(here, "") == ["2026-11-23", "2026-11-22", "r1"]
    assert recalled("dates")(here, "2026-11-22") == ["2026-11-22"]
    assert recalled("artists")(here, "a") == ["a1"]
    (tmp_path / "completion" / "dev.json").write_text("{half")
    assert recalled("dates")(here, "") == recalled("dates")(SimpleNamespace(params={"local": True}), "") == []  # type: ignore[arg-type]  # as above
