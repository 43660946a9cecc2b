"""`ops status` shows for each date its state, its last run and the cost of its runs, newest first."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ops import dates
from ops.athena import QueryResult
from ops.repair.locks import Held

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = date(2026, 11, 23)
RUNS = [
    ("2026-11-20", "a", "published", None, 9.0), ("2026-11-21", "b", "partial", None, 1.0),
    ("2026-11-22", "c", "published", None, 1.0), ("2026-11-22", "d", "failed", "CrawlFailed", 0.5),
    ("2026-11-23", "e", "failed", "GateFailed", None), ("2026-11-24", "f", "failed", "NoInputs", None),
]  # fmt: skip
AHEAD = [("2026-11-27", "i"), ("2026-11-25", "g"), ("2026-11-28", "j"), ("2026-11-26", "h")]
PUBLISHED = [("2026-11-21", "b"), ("2026-11-22", "c"), *AHEAD, ("2026-11-19", None)]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stack whose Athena is a database in memory; a run of today's date is in progress."""
    lake = duckdb.connect()
    lake.execute(
        "CREATE TABLE runs (snapshot_date DATE, run_id VARCHAR, mode VARCHAR, outcome VARCHAR, finished_at TIMESTAMP, "
        "error VARCHAR, cause VARCHAR, reasons VARCHAR, cost_usd DOUBLE)"
    )
    for day, run_id, outcome, error, cost in RUNS:
        reasons = '{"partial": ["albums: spent"]}' if outcome == "partial" else None
        row = [day, run_id, "daily", outcome, f"{day} 06:00:00", error, error and "Because.", reasons, cost]
        lake.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    lake.execute("CREATE SCHEMA lake; CREATE TABLE lake.published (snapshot_date VARCHAR, run_id VARCHAR)")
    for published in PUBLISHED:
        lake.execute("INSERT INTO lake.published VALUES (?, ?)", published)

    def ask(_stack: object, statement: str, parameters: Sequence[str] = ()) -> QueryResult:
        found = lake.execute(statement, [each.strip("'") for each in parameters])
        columns = [each[0] for each in found.description or []]
        return QueryResult(columns, [], found.fetchall(), 0, 0.0, "q")

    monkeypatch.setattr(dates, "ask", ask)
    held = [Held(f"date#{TODAY}", "arn", "then", "RUNNING"), Held("spotify", "arn", "then", "RUNNING")]
    monkeypatch.setattr("ops.repair.locks.alive", lambda _stack: held)
    return SimpleNamespace(outputs={"lake_database": "lake"}, today=lambda: TODAY)


def test_the_last_dates_are_told_newest_first_and_later_ones_that_have_anything(stack: Any) -> None:
    found = dates.last_days(stack, 3)
    assert [(each.snapshot_date, each.state, each.run_id, each.last_outcome) for each in found] == [
        *((day, "published", run, None) for day, run in sorted(AHEAD, reverse=True)),
        ("2026-11-24", "failed", None, "failed"),
        ("2026-11-23", "running", None, "failed"),
        ("2026-11-22", "published", "c", "failed"),
        ("2026-11-21", "partial", "b", "partial"),
    ]
    assert [(each.error, each.cost_usd, each.reasons) for each in found[5:]] == [
        ("GateFailed", None, []),
        ("CrawlFailed", 1.5, []),
        (None, 1.0, ["albums: spent"]),
    ]


def test_a_date_without_anything_is_missing(stack: Any) -> None:
    """A withdrawn date is missing too."""
    oldest = dates.last_days(stack, 6)[-3:]
    assert [(each.snapshot_date, each.state) for each in oldest] == [
        ("2026-11-20", "missing"), ("2026-11-19", "missing"), ("2026-11-18", "missing"),
    ]  # fmt: skip


def test_a_published_date_that_is_run_again_is_running(stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.repair.locks.alive", lambda _stack: [Held("date#2026-11-22", "arn", "then", "RUNNING")])
    told = {each.snapshot_date: (each.state, each.run_id) for each in dates.last_days(stack, 3)}
    assert told["2026-11-22"] == ("running", "c")
