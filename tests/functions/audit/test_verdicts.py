"""The audit function's verdicts on a catalog and a query's rows; tests/statemachine/test_audit.py tests the query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from functions.audit import catalogue, gates, query, verdict
from functions.audit.handler import handler
from functions.shared.keys import TABLES
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from functions.shared.events import FoundTable, Run

RUN: Run = {
    "run_id": "20261123T060000Z-82a09b7f", "snapshot_date": "2026-11-23", "mode": "daily",
    "started_at": "2026-11-23T06:00:00.123Z", "ends_at": "2026-11-24T00:00:00Z", "execution_arn": "arn",
}  # fmt: skip
DECLARED = {"albums": [["album_id", "string"], ["popularity", "int"]], "runs": [["mode", "string"]]}
LIMITS = gates.Limits(max_quarantine_ratio=0.05, row_drop_tolerance=0.5)


def _found(declared: dict[str, list[list[str]]]) -> list[FoundTable]:
    return [
        {"Name": name, "Columns": [{"Name": column, "Type": kind} for column, kind in pairs]}
        for name, pairs in declared.items()
    ]


def _asked(tables: list[FoundTable], **found: bool) -> Any:
    partitions = [{"table": table, "found": there} for table, there in found.items()]
    return {
        "run": RUN,
        "database": "lake",
        "declared": json.dumps(DECLARED),
        "tables": tables,
        "partitions": partitions,
    }


def test_a_catalog_as_declared_passes() -> None:
    said = catalogue.check(_asked(_found(DECLARED), albums=True), DECLARED)
    assert (said["passed"], said["error"], said["cause"]) == (True, "", "")
    assert said["gates"] == [
        verdict.gate("catalogue_schema", "0 changed", "0 changed", passed=True),
        verdict.gate("catalogue_partitions", "0 missing", "0 missing", passed=True),
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"stray": [["x", "string"]]}, "Table stray was added.", id="added"),
        pytest.param({"runs": None}, "Table runs is missing.", id="gone"),
        pytest.param(
            {"albums": [["popularity", "int"], ["album_id", "string"]]},
            "Table albums has the columns popularity int, album_id string; expected album_id string, popularity",
            id="other order",
        ),
        pytest.param({"runs": [["mode", "bigint"]]}, "Table runs has the columns mode bigint;", id="other type"),
        pytest.param({"runs": []}, "Table runs has the columns ; expected mode string.", id="no column"),
    ],
)
def test_a_change_of_the_schema_is_named_before_a_missing_partition(changed: dict[str, Any], sentence: str) -> None:
    tables = {name: pairs for name, pairs in (DECLARED | changed).items() if pairs is not None}
    said = catalogue.check(_asked(_found(tables), albums=False), DECLARED)
    assert (said["passed"], said["error"]) == (False, "SchemaChanged")
    assert [(gate["observed"], gate["passed"]) for gate in said["gates"]] == [
        ("1 changed", "false"),
        ("1 missing", "false"),
    ]
    assert sentence in said["cause"]


def test_every_change_of_the_schema_is_named_with_what_to_do() -> None:
    tables = _found({name: pairs for name, pairs in DECLARED.items() if name != "runs"} | {"stray": [["x", "string"]]})
    assert catalogue.check(_asked(tables), DECLARED)["cause"] == (
        "The crawl changed the schema of lake. Table stray was added. Table runs is missing. Nothing is published. "
        "Delete what was added, run pulumi up to declare the tables again, then start this date again."
    )


def test_missing_partitions_are_named() -> None:
    said = catalogue.check(_asked(_found(DECLARED), albums=False, tracks=True, artists=False), DECLARED)
    assert (said["passed"], said["error"]) == (False, "CrawlIncomplete")
    assert [(gate["observed"], gate["passed"]) for gate in said["gates"]] == [
        ("0 changed", "true"),
        ("2 missing", "false"),
    ]
    assert said["cause"] == (
        "The crawl succeeded, but the partition snapshot_date=2026-11-23, run_id=20261123T060000Z-82a09b7f is missing "
        "in: albums, artists. Check that the crawler has these tables among its targets and may read their folders, "
        "then start this date again."
    )


def test_the_querys_parameters_are_the_run_the_days_around_it_and_the_baseline() -> None:
    mine = ["'2026-11-23'", "'20261123T060000Z-82a09b7f'"] * len(TABLES)
    window = ["'2026-11-22 00:00:00'", "'2026-11-25 06:00:00'"]
    assert query.parameters(RUN) == [*mine, *window, "'2026-11-14'", "'2026-11-23'", "'2026-11-23'"]
    replay: Run = {**RUN, "snapshot_date": "2026-11-01"}
    assert query.parameters(replay)[-5:-3] == ["'2026-10-31 00:00:00'", "'2026-11-25 06:00:00'"]
    ahead: Run = {**RUN, "snapshot_date": "2026-11-25"}
    assert query.parameters(ahead)[-5:-3] == ["'2026-11-22 06:00:00'", "'2026-11-27 00:00:00'"]


def test_a_quote_cannot_leave_its_literal() -> None:
    assert query.parameters({**RUN, "run_id": "a' OR 'b"})[1] == "'a'' OR ''b'"


@pytest.mark.parametrize(
    ("median", "tolerance", "expected"),
    [
        pytest.param(300, 0.5, 98, id="half, and three times the square root"),
        pytest.param(592, 0.87, 3, id="a share of doubles, not of decimals with one digit"),
        pytest.param(10_000, 0.9, 700, id="a share that doubles have a little less of"),
        pytest.param(9, 0.5, 0, id="a small day may lose all"),
        pytest.param(10_000, 0.0, 9_700, id="no tolerance but chance"),
        pytest.param(10_000, 1.0, 0, id="any drop"),
        pytest.param(0, 0.5, 0, id="nothing before"),
    ],
)
def test_least_rows(median: int, tolerance: float, expected: int) -> None:
    assert gates.least(median, gates.Limits(0.05, tolerance)) == expected


def test_what_the_query_does_not_name_refuses_the_run() -> None:
    """A missing row does not count as a passed gate."""
    seen = dict.fromkeys(gates.ALWAYS - {"stray", "matched_albums"}, query.Observed(0))
    said = gates.judge(RUN, cast("Any", {}), seen, LIMITS, complete=True)
    assert (said["passed"], said["error"]) == (False, "GateFailed")
    assert "The audit query returned no row of: matched_albums, stray." in said["cause"]


def test_the_function_answers_both_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MAX_QUARANTINE_RATIO": "0.05", "ROW_DROP_TOLERANCE": "0.5"}.items():
        monkeypatch.setenv(name, value)
    first = handler(_asked(_found(DECLARED), albums=True), CONTEXT)
    assert (first["passed"], first["parameters"]) == (True, query.parameters(RUN))
    names = [*gates.ALWAYS, "median_artists"]
    rows: Any = [{"Data": [{"VarCharValue": cell} for cell in ("name", "n", "whole_keys", "distinct_keys", "ids")]}]
    for name in names:
        row = [name, "300" if name.startswith("median") else "0", "0", "0", None]
        rows.append({"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]})
    wrote = {"tables": {table: {"rows": 0} for table in TABLES}, "cases": {"read": 0, "refused": 0}, "faults": {}}
    for extract, refused in (({"status": "DONE"}, True), ({"status": "PARTIAL"}, False), (None, False)):
        said = handler(cast("Any", {"run": RUN, "transform": wrote, "extract": extract, "observed": rows}), CONTEXT)
        assert (said["error"] == "GateFailed") == refused
        assert ("Gate volume_artists: observed 0, expected at least 98" in said["cause"]) == refused


def test_a_gate_is_what_the_ledger_and_the_report_read_of_it() -> None:
    read = {"gate": "stray", "observed": "1", "expected": "0", "passed": "false", "judged": True}
    assert verdict.gate("stray", "1", "0", passed=False) == read
    assert verdict.gate("stray", "1", "0", passed=True, judged=False) == read | {"passed": "true", "judged": False}


def test_a_row_of_the_audit_query_without_keys_has_none() -> None:
    rows: Any = [{"Data": []}, {"Data": [{"VarCharValue": "stray"}, {"VarCharValue": "0"}, {}, {}, {}]}]
    assert query.observed(rows) == {"stray": query.Observed(0)} == {"stray": query.Observed(0, 0, 0, "")}
