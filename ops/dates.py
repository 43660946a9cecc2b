"""What became of each date: published, partial, failed, running or missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from ops.athena import ask

if TYPE_CHECKING:
    from ops.stack import Stack

State = Literal["published", "partial", "failed", "running", "missing"]

LAST_RUNS = """
SELECT r.snapshot_date, r.run_id, r.mode, r.outcome, r.finished_at, r.error, r.cause
FROM runs AS r
WHERE r.snapshot_date >= CAST(? AS date)
ORDER BY r.run_id
"""


@dataclass(frozen=True)
class Day:
    """One date: what people see of it, and how its last run went."""

    snapshot_date: str
    state: State
    run_id: str | None
    last_outcome: str | None
    error: str | None
    cause: str | None


def last_days(stack: Stack, days: int) -> list[Day]:
    """Return the last `days` dates of the schedule's zone, newest first."""
    today = datetime.now(ZoneInfo(stack.outputs["time_zone"])).date()
    first = today - timedelta(days=days - 1)
    last_run = {str(run["snapshot_date"]): run for run in ask(stack, LAST_RUNS, [f"'{first}'"]).records()}
    published, running = published_runs(stack), running_dates(stack)
    newest = max([today, *map(date.fromisoformat, published)])
    wanted = [(newest - timedelta(days=back)).isoformat() for back in range((newest - first).days + 1)]
    return [_day(each, published.get(each), last_run.get(each), running) for each in wanted]


def published_runs(stack: Stack) -> dict[str, str]:
    """Return the run that people see, by date."""
    rows = ask(stack, f'SELECT snapshot_date, run_id FROM "{stack.outputs["lake_database"]}".published').rows  # noqa: S608  our own export
    return {str(snapshot_date): str(run_id) for snapshot_date, run_id in rows}


def running_dates(stack: Stack) -> set[str]:
    """Return the dates that an execution holds."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs["lock_table"])
    locks = (item["lock_id"]["S"] for page in pages for item in page["Items"])
    return {lock.removeprefix("date#") for lock in locks if lock.startswith("date#")}


def _day(snapshot_date: str, run_id: str | None, last: dict[str, Any] | None, running: set[str]) -> Day:
    outcome = str(last["outcome"]) if last else None
    state: State
    if snapshot_date in running:
        state = "running"
    elif run_id:
        state = "partial" if outcome == "partial" else "published"
    else:
        state = "failed" if outcome == "failed" else "missing"
    return Day(
        snapshot_date,
        state,
        run_id,
        outcome,
        last["error"] if last else None,
        last["cause"] if last else None,
    )
