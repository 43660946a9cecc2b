"""The bounds of Athena's API and of what it reads, asked directly; and what it lists is in order."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import athena, glue, s3

from local.aws.athena import api, files, first_use, output, predictions, statements, tables
from local.aws.athena.catalogue import Catalogue
from local.aws.athena.errors import QueryCancelled, QueryFailed
from local.aws.athena.results import ResultSet
from local.aws.glue.types import parse
from local.aws.iam.rights import Principal

if TYPE_CHECKING:
    from pathlib import Path

ROOT = Principal("root")


def _page(monkeypatch: pytest.MonkeyPatch, rows: int, state: str = "SUCCEEDED", kind: str = "DML", **asked: Any) -> Any:
    """Return GetQueryResults of a query with so many rows: the number of rows and the token, or the refusal."""
    kept = {"columns": ["a"], "types": ["integer"], "rows": [["1"]] * rows}
    query = {"QueryExecutionId": "q", "Status": {"State": state}, "StatementType": kind, "_results": kept}
    monkeypatch.setattr(athena, "_executions", {"q": query})
    monkeypatch.setattr(api, "_runs", {"q": None})
    answer = json.loads(api.results({"QueryExecutionId": "q", **asked})[2])
    return answer.get("message") or (len(answer["ResultSet"]["Rows"]), answer.get("NextToken"))


@pytest.mark.parametrize(
    ("rows", "asked", "page"),
    [
        pytest.param(999, {}, (1000, None), id="a page with its header"),
        pytest.param(1000, {}, (1000, "1000"), id="more than a page"),
        pytest.param(1000, {"kind": "UTILITY"}, (1000, None), id="a page without a header"),
        pytest.param(3, {"MaxResults": 1}, (1, "1"), id="the least"),
        pytest.param(3, {"MaxResults": 2, "NextToken": "2"}, (2, None), id="the last page"),
        pytest.param(3, {"MaxResults": 1000}, (4, None), id="the most"),
        pytest.param(3, {"MaxResults": 1001}, "MaxResults is more than maximum allowed length 1000.", id="too many"),
        pytest.param(3, {"NextToken": "x"}, "Invalid NextToken", id="another token"),
        pytest.param(3, {"MaxResults": 1000, "NextToken": "x"}, "Invalid NextToken", id="another token of the most"),
        pytest.param(0, {"state": "RUNNING"}, "Query has not yet finished. Current state: RUNNING", id="too early"),
        pytest.param(0, {"state": "FAILED"}, "Query did not finish successfully. Final query state: FAILED", id="none"),
    ],
)
def test_results_come_in_pages_of_a_thousand_rows_the_header_being_one(
    monkeypatch: pytest.MonkeyPatch, rows: int, asked: dict[str, Any], page: Any
) -> None:
    assert _page(monkeypatch, rows, **asked) == page


def test_a_query_reads_as_many_bytes_as_its_workgroup_allows() -> None:
    catalogue = Catalogue(ROOT, scan_limit=10)
    for size in (4, 6):
        catalogue._scan(size)
    with pytest.raises(QueryCancelled, match="limit was exceeded: 11 bytes are read, 10 are allowed"):
        catalogue._scan(1)
    Catalogue(ROOT)._scan(10**15)


@pytest.mark.parametrize(("kind", "bits"), [("tinyint", 7), ("smallint", 15), ("int", 31), ("bigint", 63)])
def test_a_whole_number_of_a_file_fits_its_column(kind: str, bits: int) -> None:
    for fits in (-(2**bits), 2**bits - 1):
        assert files._whole(fits, parse(kind)) == fits
    for beyond in (-(2**bits) - 1, 2**bits):
        with pytest.raises(ValueError, match=kind):
            files._whole(beyond, parse(kind))
    for other in (True, 1.0, "1"):
        with pytest.raises(TypeError):
            files._whole(other, parse(kind))


@pytest.mark.parametrize(("status", "written"), [(200, True), (299, True), (300, False), (412, False)])
def test_a_query_fails_if_s3_does_not_take_its_results(
    monkeypatch: pytest.MonkeyPatch, status: int, written: bool
) -> None:
    monkeypatch.setattr(s3, "_put_object", lambda *_: (status, {}, b"why"))
    execution = {"StatementType": "DML", "ResultConfiguration": {"OutputLocation": "s3://b/q.csv"}}
    place, answer = output.ResultsLocation("s3://b/", {}), ResultSet(["a"], ["integer"], [["1"]])
    if written:
        place.write(ROOT, execution, answer)
    else:
        with pytest.raises(QueryFailed, match=r"Could not write output to url: s3://b/q.csv: why"):
            place.write(ROOT, execution, answer)


def test_databases_tables_and_partitions_are_listed_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["c", "a", "e", "b", "d"]
    partitions = [{"Values": [name]} for name in names]
    monkeypatch.setattr(glue, "_databases", {name: {} for name in names})
    monkeypatch.setattr(glue, "_tables", {f"d/{name}": {} for name in names} | {"other/a": {}})
    catalogue: Any = SimpleNamespace(
        may_see=lambda *_: None, table=lambda *_: {"Name": "t", "PartitionKeys": [{"Name": "k"}]},
        partitions=lambda _: partitions,
    )  # fmt: skip
    listed = [
        statements._databases({}, catalogue, "d"),
        statements._tables({"name": None, "pattern": "A*|b|c|d|e"}, catalogue, "D"),
        statements._partitions({"database": None, "name": "t"}, catalogue, "d"),
    ]
    ordered = [[name] for name in sorted(names)]
    assert [each.rows for each in listed] == [ordered, ordered, [[f"k={name}"] for (name,) in ordered]]


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("select 1", ("DML", "SELECT")), ("WITH a AS (SELECT 1) SELECT 1", ("DML", "SELECT")), ("", ("UTILITY", "")),
        ("CREATE TABLE a AS SELECT 1", ("DDL", "CREATE TABLE")), ("SHOW TABLES IN d", ("UTILITY", "SHOW_TABLES")),
        ("/* a */ -- b\ndescribe t", ("UTILITY", "DESCRIBE_TABLE")), ("EXPLAIN SELECT 1", ("UTILITY", "EXPLAIN")),
    ],
    ids=["query", "with", "nothing", "creation", "listing", "comments first", "explanation"],
)  # fmt: skip
def test_a_statement_has_the_kind_of_its_first_words(sql: str, kinds: tuple[str, str]) -> None:
    assert statements.kind(sql) == kinds


def test_a_view_that_is_incomplete_names_all_that_is_missing_in_order() -> None:
    table = {
        "TableType": "VIRTUAL_VIEW",
        "DatabaseName": "d",
        "Name": "v",
        "ViewOriginalText": "/* Presto View: e30= */",
    }
    with pytest.raises(QueryFailed, match="catalog, columns, originalSql missing"):
        tables.view_text(table)


def test_choices_are_forgotten_once_their_file_is_too_large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "choices"
    monkeypatch.setattr(predictions, "KEPT_IN", file)
    monkeypatch.setattr(predictions, "MOST_BYTES", 10)
    sizes = []
    for name in ("a", "b", "c", "d"):  # each line has five characters
        predictions.remember(name, [1])
        sizes.append(file.stat().st_size)
    assert sizes == [5, 10, 15, 5]


def test_queries_are_made_ready_half_a_second_after_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends does not wait for it."""
    seen: list[Any] = []

    def timer(seconds: float, call: Any) -> Any:
        made = SimpleNamespace(daemon=False)
        made.start = lambda: seen.append((seconds, call, made.daemon))
        return made

    monkeypatch.setattr(first_use, "threading", SimpleNamespace(Timer=timer))
    first_use.warm_up_soon()
    assert seen == [(0.5, first_use._warm_up, True)]
