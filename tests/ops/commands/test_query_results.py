"""Results of statements, and what the commands around them read, write and delete on this machine."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from functions.shared import keys
from ops.athena import ask
from ops.errors import OpsError, WrongUsage
from ops.repair import purge
from ops.terminal.options import checked_run_date, input_text
from tests.ops import fakes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("names", "rows", "expected"),
    [
        pytest.param(["n"], [["n"], ["1"]], [(1,)], id="SELECT has a header"),
        pytest.param(["n"], [["n"]], [], id="SELECT without rows"),
        pytest.param(["tab_name"], [["albums"], ["artists"]], [("albums",), ("artists",)], id="SHOW has none"),
        pytest.param(["Query Plan"], [["Fragment 0"], [None]], [("Fragment 0",), (None,)], id="EXPLAIN has none"),
        pytest.param(["tab_name"], [], [], id="nothing to show"),
    ],
)
def test_the_first_row_is_left_out_only_if_it_is_the_header(
    names: list[str], rows: list[list[str | None]], expected: list[tuple[object, ...]]
) -> None:
    kinds = ["integer" if each == "n" else "string" for each in names]
    info = [{"Name": name, "Type": kind} for name, kind in zip(names, kinds, strict=True)]
    cells = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
    stack = fakes.stack(
        start_query_execution={"QueryExecutionId": "q"},
        get_query_execution={"QueryExecution": {"Status": {"State": "SUCCEEDED"}, "Statistics": {}}},
        get_query_results={"ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": cells}},
    )
    assert ask(stack, "a statement").rows == expected


SYNTAX = "line 1:1: mismatched input 'SELEC'. Expecting: 'ALTER', 'ANALYZE', <query>"


def invalid(message: str) -> ClientError:
    """Return what Athena's StartQueryExecution answers with."""
    error: Any = {"Error": {"Code": "InvalidRequestException", "Message": message}}
    return ClientError(error, "StartQueryExecution")


@pytest.mark.parametrize(
    "message",
    [SYNTAX, "Only one sql statement is allowed. Got: SELECT 1; SELECT 2", "line 1:8: extraneous 'WorkGroup'"],
)
def test_a_statement_that_athena_does_not_take_is_told_in_its_words_without_advice_about_rights(message: str) -> None:
    with pytest.raises(OpsError) as caught:
        ask(fakes.stack(start_query_execution=invalid(message)), "SELEC 1")
    assert str(caught.value) == f"Athena: the statement is not valid: {message}"


@pytest.mark.parametrize("message", ["WorkGroup is not found.", "No output location provided."])
def test_a_workgroup_that_cannot_run_any_statement_is_no_fault_of_the_statement(message: str) -> None:
    with pytest.raises(ClientError):
        ask(fakes.stack(start_query_execution=invalid(message)), "SELECT 1")


@pytest.mark.parametrize("bytes_in", [b'select "\xff"', b"\xc3"])
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_standard_input_that_is_not_utf_8_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, bytes_in: bytes, errors: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bytes_in), encoding="utf-8", errors=errors))
    with pytest.raises(WrongUsage, match="Standard input is not UTF-8 text"):
        input_text()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_standard_input_is_utf_8_whatever_the_locale_says(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"select '\xc3\xa9'\r\n"), encoding=encoding))
    assert input_text() == "select '\u00e9'\n"


def test_the_date_of_rehearsals_is_refused_before_anything_is_uploaded() -> None:
    with pytest.raises(WrongUsage, match="reserved for rehearsals"):
        checked_run_date(keys.REHEARSAL_DATE)


def test_a_purge_deletes_the_pages_and_the_feed_that_were_kept_here_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pages, of_a_demo = tmp_path / "kept" / "reports", tmp_path / "state" / "reports"
    for folder in (pages, of_a_demo):
        folder.mkdir(parents=True)
        for name in ("run.html", "another-stack.html", "feed.atom"):
            (folder / name).touch()
    monkeypatch.setattr(purge, "LOCAL", tmp_path / "kept")
    monkeypatch.setenv("OPS_STATE", str(tmp_path / "state"))
    versions = [{"Key": key, "VersionId": "1"} for key in ("reports/run.html", keys.FEED, "tables/x.parquet")]
    assert purge.pages_here([purge.Doomed("curated", versions)]) == 4
    for folder in (pages, of_a_demo):
        assert [each.name for each in folder.iterdir()] == ["another-stack.html"]


@pytest.mark.parametrize(("name", "folder"), [("local", "state"), ("dev", "kept")])
def test_pages_are_kept_beside_the_state_of_a_local_stack_and_in_local_for_others(
    name: str, folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ops.stack.LOCAL", tmp_path / "kept")
    monkeypatch.setenv("OPS_STATE", str(tmp_path / "state"))
    assert replace(fakes.stack(), name=name).pages == tmp_path / folder / "reports"
