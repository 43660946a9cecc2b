"""An export and the live views have the views' rows and types, in DuckDB and pandas, and follow later publications."""

from __future__ import annotations

import ast
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.rendering.views import all_views
from ops.export.duckdb_views import views_sql
from ops.export.lake import Lake
from ops.export.views import VIEWS
from ops.stack import PROJECT
from tests.often import one_in
from tests.ops.fakes import stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine


def test_the_views_are_those_of_sql_views() -> None:
    assert VIEWS.read_text() == views_sql(), "run `python -m ops.export.duckdb_views`"


@pytest.fixture(scope="session")
def exported(up: tuple[Path, object], published: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the local stack."""
    from ops.export.write import export
    from ops.stack import local_stack

    assert published
    folder = tmp_path_factory.mktemp("export") / "lake"
    export(local_stack(up[1]), folder, None, None)  # type: ignore[arg-type]  # a session
    return folder


@pytest.fixture(scope="session")
def engine(exported: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB with the views of the export, which reads its files from the folder that a test is in."""
    made = duckdb.connect()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(exported)
        made.execute((exported / "views.sql").read_text())
    return made


@pytest.mark.parametrize("view", one_in(3, [view.name for view in all_views()]))
def test_each_view_says_in_duckdb_what_it_says_in_athena(
    local_ops: CommandLine,
    exported: Path,
    engine: duckdb.DuckDBPyConnection,
    view: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(exported)
    columns = next(each for each in all_views() if each.name == view).columns
    shown = ", ".join(
        f"json_format(CAST(v.{each['Name']} AS JSON))" if "<" in each["Type"] else f"CAST(v.{each['Name']} AS varchar)"
        for each in columns
    )
    there = local_ops("sql", f"SELECT {shown} FROM {view} AS v", "--local", "--json")  # noqa: S608  a view
    assert there.code == 0, there.err
    here = engine.execute(f'SELECT * FROM "{view}"').fetchall()  # noqa: S608  a view's name
    assert sorted(map(repr, (tuple(each.values()) for each in there.json))) == sorted(
        repr(tuple(map(as_text, row))) for row in here
    )


def as_text(value: object) -> str | None:
    """Return a value as Trino writes it."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat(sep=" ", timespec="milliseconds")
        case float():
            return float_text(value)
        case list() | dict():
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
        case _:
            return str(value)


def float_text(value: float) -> str:
    """Return a double as Trino's varchar: 0E0, 1.5E-1."""
    digits, exponent = f"{Decimal(repr(value)).normalize():E}".split("E")
    return f"{digits}E{int(exponent)}"


def test_files_keep_lists_dates_and_numbers(exported: Path, published: str) -> None:
    albums = pq.read_table(exported / "albums" / f"snapshot_date={published}" / "part.parquet")
    assert albums.schema.field("artist_ids").type == pa.list_(pa.string())
    assert albums.schema.field("release_date").type == pa.date32()
    assert albums.schema.field("total_tracks").type == pa.int32()
    frame = pd.read_parquet(exported / "albums")
    assert len(frame) == albums.num_rows > 0
    assert all(isinstance(artist, str) for ids in frame["artist_ids"] for artist in ids)


def test_the_notebook_runs_over_an_export_and_draws_three_plots(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = json.loads((PROJECT / "docs" / "notebook.ipynb").read_text())
    assert (notebook["nbformat"], {each["cell_type"] for each in notebook["cells"]}) == (4, {"markdown", "code"})
    monkeypatch.setenv("LAKE", str(exported))
    names: dict[str, object] = {}
    shown = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None), (
                "no output is kept: it is Spotify's content"
            )
            *body, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(body, []), cell["id"], "exec"), names)  # noqa: S102  the notebook's own cells
            assert isinstance(last, ast.Expr)
            shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))  # noqa: S307  as above
    drawn = [each.render() for each in shown if hasattr(each, "render")]
    assert len(drawn) == 3
    assert all((b"<svg" in each and b"<rect" in each) or b"<path" in each for each in drawn)
    assert b"Albums by year of release" in drawn[0]


def test_a_second_export_writes_only_what_changed(
    local_ops: CommandLine, exported: Path, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = exported / "albums" / f"snapshot_date={published}" / "part.parquet"
    before = file.stat().st_mtime_ns
    told = local_ops("export", str(exported), "--local", "--json").json
    assert (published in told["kept"], file.stat().st_mtime_ns) == (True, before)
    others = local_ops("export", str(exported), "--to", "2001-01-01", "--local", "--json").json
    assert (published in others["kept"], file.exists()) == (True, True)
    with monkeypatch.context() as withdrawn:
        withdrawn.setattr(Lake, "published", {})
        none = local_ops("export", str(exported), "--local", "--json").json
    assert (published in none["deleted"], file.exists()) == (True, False)
    empty = local_ops("duckdb", str(exported), "--query", "SELECT count(*) AS n FROM albums_current", "--json")
    assert (empty.json, empty.code) == ([{"n": 0}], 0)
    assert published in local_ops("export", str(exported), "--local", "--json").json["written"]


def test_a_date_that_was_withdrawn_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {"published/2026-01-01.json": None, "published/2026-01-02.json": "20260102T000000Z-00000000"}
    monkeypatch.setattr(Lake, "_keys", lambda *_: iter(shown))
    monkeypatch.setattr(Lake, "_json", lambda _, key: {"run_id": shown[key]})
    assert Lake(stack()).published == {"2026-01-02": "20260102T000000Z-00000000"}


def test_dates_of_which_none_is_published_begin_no_export(
    local_ops: CommandLine, published: str, tmp_path: Path
) -> None:
    assert published
    told = local_ops("export", str(tmp_path / "new"), "--from", "2001-01-01", "--to", "2001-01-02", "--local")
    assert (told.code, "Nothing is published from 2001-01-01 to 2001-01-02" in told.err) == (1, True)
    assert not (tmp_path / "new").exists()


def test_live_reads_s3_and_says_the_same(local_ops: CommandLine, exported: Path, pipeline: Pipeline) -> None:
    asked = "SELECT name, release_date, artist_ids FROM albums_current ORDER BY album_id"
    live = local_ops("duckdb", "--live", "--query", asked, "--local", "--json")
    assert live.json == local_ops("duckdb", str(exported), "--query", asked, "--json").json
    assert (len(live.json) > 0, isinstance(live.json[0]["artist_ids"], list)) == (True, True)
    assert pipeline.keys("curated", "albums/")


def test_what_is_wrong_is_a_sentence(local_ops: CommandLine, exported: Path, tmp_path: Path) -> None:
    refused = local_ops("duckdb", str(exported), "--query", "SELECT nothing FROM albums")
    assert (refused.code, refused.err.startswith("DuckDB: ")) == (1, True)
    assert local_ops("duckdb", str(tmp_path), "--query", "SELECT 1").code == 2
    assert local_ops("duckdb", "--query", "SELECT 1").code == 2
    (tmp_path / "mine.txt").write_text("mine")
    told = local_ops("export", str(tmp_path), "--local")
    assert (told.code, "contains other files" in told.err) == (2, True)
