"""The state of each date: published, partial, failed, running or missing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from functions.shared import keys
from ops.athena import ask
from ops.repair import locks

if TYPE_CHECKING:
    from ops.stack import Stack

State = Literal["published", "partial", "failed", "running", "missing"]

RUNS = """
SELECT r.snapshot_date, r.run_id, r.mode, r.outcome, r.finished_at, r.error, r.cause, r.reasons,
    sum(r.cost_usd) OVER (PARTITION BY r.snapshot_date) AS spent_usd
FROM runs AS r
WHERE r.snapshot_date >= CAST(? AS date)
ORDER BY r.run_id
"""


@dataclass(frozen=True)
class DateStatus:
    """One date: its published run, how its last run ended, and what all its runs cost, if the ledger knows."""

    snapshot_date: str
    state: State
    run_id: str | None
    last_outcome: str | None
    error: str | None
    cause: str | None
    reasons: list[str]
    cost_usd: float | None


def last_days(stack: Stack, days: int) -> list[DateStatus]:
    """Return the last `days` dates of the schedule's zone and later dates that have anything, newest first."""
    today = stack.today()
    first = today - timedelta(days=days - 1)
    runs = ask(stack, RUNS, [f"'{first}'"]).records()
    last_run = {str(run["snapshot_date"]): run for run in runs}
    outcomes = {str(run["run_id"]): str(run["outcome"]) for run in runs}
    published, running = published_runs(stack), running_dates(stack)
    last = [(today - timedelta(days=back)).isoformat() for back in range(days)]
    ahead = {each for each in (*published, *running, *last_run) if each > last[0]}
    wanted = sorted(ahead, reverse=True) + last
    return [_day(each, published.get(each), last_run.get(each), outcomes, each in running) for each in wanted]


def published_runs(stack: Stack) -> dict[str, str]:
    """Return the published run, by date; a date that was withdrawn has none."""
    rows = ask(stack, f'SELECT snapshot_date, run_id FROM "{stack.outputs["lake_database"]}".published').rows  # noqa: S608  our own export
    return {str(snapshot_date): str(run_id) for snapshot_date, run_id in rows if run_id}


def running_dates(stack: Stack) -> set[str]:
    """Return the dates whose lock is held by a running execution."""
    held = (each.lock_id for each in locks.alive(stack))
    return {lock.removeprefix(keys.DATE_LOCK) for lock in held if lock.startswith(keys.DATE_LOCK)}


def _day(
    snapshot_date: str, run_id: str | None, last: dict[str, Any] | None, outcomes: dict[str, str], running: bool
) -> DateStatus:
    outcome = str(last["outcome"]) if last else None
    state: State
    if running:
        state = "running"
    elif run_id:
        state = "partial" if outcomes.get(run_id) == "partial" else "published"
    else:
        state = "failed" if outcome == "failed" else "missing"
    return DateStatus(
        snapshot_date,
        state,
        run_id,
        outcome,
        last["error"] if last else None,
        last["cause"] if last else None,
        _left_out(last),
        last["spent_usd"] if last else None,
    )


def _left_out(last: dict[str, Any] | None) -> list[str]:
    """Return the sentences that say what a run did not extract."""
    found = json.loads(last["reasons"] or "{}") if last else {}
    return list(found.get("partial", []))
