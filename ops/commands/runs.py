"""The commands that start executions: `run`, `replay`, `backfill`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ops.errors import DONE, FAILED, PARTIAL, WrongUsage
from ops.executions import describe, follow, start
from ops.stack import open_stack
from ops.terminal.execution_output import exit_code, summary, told
from ops.terminal.live import watch
from ops.terminal.options import AsJson, Local, SnapshotDate, StackName, checked_date
from ops.terminal.output import console, note, show, table

if TYPE_CHECKING:
    from ops.stack import Stack

POLL_S = {True: 0.2, False: 2.0}  # local: it answers at once and costs nothing


def run(
    snapshot_date: Annotated[
        str | None,
        typer.Argument(metavar="[DATE]", help="The snapshot date; today in the schedule's zone if left out."),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Start a daily run and follow it.

    Extract from Spotify, transform, audit, publish. Ctrl-C stops following, not the run.
    """
    asked_date = checked_date(snapshot_date) if snapshot_date else None
    with open_stack(stack, local=local) as opened:
        today = datetime.now(ZoneInfo(opened.outputs["time_zone"])).date().isoformat()
        _run(opened, {"mode": "daily", "snapshot_date": asked_date or today}, as_json=as_json)


def replay(snapshot_date: SnapshotDate, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Build a date again from raw, without a call to Spotify."""
    asked = {"mode": "replay", "snapshot_date": checked_date(snapshot_date)}
    with open_stack(stack, local=local) as opened:
        _run(opened, asked, as_json=as_json)


def _run(stack: Stack, asked: dict[str, str], *, as_json: bool) -> None:
    arn = start(stack, asked)
    note(f"Started {arn}")
    execution = watch(stack, arn, console(stderr=as_json), POLL_S[stack.name == "local"])
    show(told(execution), summary(execution), as_json=as_json)
    raise typer.Exit(exit_code(execution))


def backfill(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first snapshot date.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last snapshot date.")],
    concurrency: Annotated[int, typer.Option(min=1, max=50, help="How many dates at once.")] = 4,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Replay every date from one to another, several at once."""
    dates = dates_between(checked_date(first), checked_date(last))
    with open_stack(stack, local=local) as opened, ThreadPoolExecutor(concurrency) as pool:
        done = list(pool.map(lambda each: _replayed(opened, each), dates))
    rows = [(each["snapshot_date"], each["status"], each["outcome"], each["cause"]) for each in done]
    show(done, [table(["date", "status", "outcome", "cause"], rows)], as_json=as_json)
    raise typer.Exit(max((each["exit_code"] for each in done), key=[DONE, PARTIAL, FAILED].index))


def _replayed(stack: Stack, snapshot_date: str) -> dict[str, Any]:
    arn = start(stack, {"mode": "replay", "snapshot_date": snapshot_date})
    note(f"{snapshot_date} started")
    *_, _last = follow(stack, arn, POLL_S[stack.name == "local"])
    execution = describe(stack, arn)
    note(f"{snapshot_date} {execution.status}")
    return {"snapshot_date": snapshot_date, **told(execution), "exit_code": exit_code(execution)}


def dates_between(first: str, last: str) -> list[str]:
    """Return every date from `first` to `last`, both included.

    Raises:
        WrongUsage: the last is before the first.
    """
    start_date, days = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days
    if days < 0:
        raise WrongUsage(f"--to {last} is before --from {first}.")
    return [(start_date + timedelta(days=each)).isoformat() for each in range(days + 1)]
