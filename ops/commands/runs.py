"""The commands that start executions: `run`, `replay`, `backfill`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from functions.shared.keys import inbox_date, raw_date
from ops.errors import DONE, FAILED, PARTIAL, OpsError, WrongUsage
from ops.executions import describe, follow, start
from ops.stack import open_stack
from ops.terminal.execution_output import exit_code, summary, told
from ops.terminal.live import watch
from ops.terminal.options import AsJson, Local, SnapshotDate, StackName, checked_run_date
from ops.terminal.output import console, counted, note, show, table

if TYPE_CHECKING:
    from local.session import Session
    from ops.stack import Stack

MOST_DATES = 1_000
"""Each date is an execution that costs money, and a mistyped year would start thousands."""
SKIPPED = "SKIPPED"
"""The status of a date of a backfill for which no execution was started."""
NO_DATA = "no raw data and no file in the inbox: nothing was started"
POLL_S = {True: 0.2, False: 2.0}  # local: it answers at once and costs nothing


def run(
    snapshot_date: Annotated[
        str | None,
        typer.Argument(metavar="[DATE]", help="The snapshot date; default: today in the schedule's time zone."),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Start a daily run and follow it.

    Extract from Spotify, transform, audit, publish. Ctrl-C stops following, not the run. An earlier date is
    rebuilt from raw data, since Spotify returns only today's data. A local stack sets its clock to the date instead.
    """
    asked_date = checked_run_date(snapshot_date) if snapshot_date is not None else None
    with open_stack(stack, local=local) as opened:
        _run(opened, asked_of(opened, asked_date or opened.today().isoformat()), as_json=as_json)


def asked_of(stack: Stack, snapshot_date: str) -> dict[str, str]:
    """Return the execution input for a date: daily for today, a replay for an earlier date that was extracted.

    Raises:
        WrongUsage: the date is in the future.
        OpsError: it is over, and nothing was extracted on it.
    """
    today = within_reach(stack, snapshot_date)
    if stack.session:
        _go_to(stack.session, snapshot_date, today)
    elif snapshot_date < today.isoformat():
        return _replay_of(stack, snapshot_date)
    return {"mode": "daily", "snapshot_date": snapshot_date}


def within_reach(stack: Stack, snapshot_date: str) -> date:
    """Return the stack's today; raise unless the date is not after it.

    Raises:
        WrongUsage: it does.
    """
    today = stack.today()
    if date.fromisoformat(snapshot_date) > stack.latest_day(today):
        raise WrongUsage(f"{snapshot_date} is in the future: today is {today} in {stack.outputs['time_zone']}.")
    return today


def _caught_up(stack: Stack, snapshot_date: str) -> None:
    """Move a local stack's clock to a date that is ahead of it; raise WrongUsage if it is out of reach."""
    today = within_reach(stack, snapshot_date)
    if stack.session and snapshot_date > today.isoformat():
        _go_to(stack.session, snapshot_date, today)


def _go_to(session: Session, snapshot_date: str, today: date) -> None:
    """Move the local stack's clock to a date, and say so."""
    from local.clock import move

    if snapshot_date != today.isoformat():
        note(f"Setting the clock of the local stack and its simulated Spotify to {snapshot_date}.")
    move(session, snapshot_date)


def _replay_of(stack: Stack, snapshot_date: str) -> dict[str, str]:
    if not _has_data(stack, snapshot_date):
        raise OpsError(
            f"Spotify returns only today's data, and nothing was extracted on {snapshot_date}. That date "
            "cannot be extracted any more; if you have its data from elsewhere, put it into the inbox."
        )
    note(f"{snapshot_date} is not today: it is rebuilt from raw data, without a request to Spotify.")
    return {"mode": "replay", "snapshot_date": snapshot_date}


def _has_data(stack: Stack, snapshot_date: str) -> bool:
    """Return whether a date has raw objects or files in the inbox."""
    s3, bucket = stack.client("s3"), stack.outputs["raw_bucket"]
    prefixes = (raw_date(snapshot_date), inbox_date(snapshot_date))
    return any(s3.list_objects_v2(Bucket=bucket, Prefix=each, MaxKeys=1)["KeyCount"] for each in prefixes)


def replay(snapshot_date: SnapshotDate, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Rebuild a date from its raw data, not from Spotify."""
    asked = {"mode": "replay", "snapshot_date": checked_run_date(snapshot_date)}
    with open_stack(stack, local=local) as opened:
        _caught_up(opened, asked["snapshot_date"])
        _run(opened, asked, as_json=as_json)


def _run(stack: Stack, asked: dict[str, str], *, as_json: bool) -> None:
    arn = start(stack, asked)
    note(f"Started {arn}")
    execution = watch(stack, arn, console(stderr=as_json), POLL_S[stack.local])
    show(told(execution), summary(execution), as_json=as_json)
    raise typer.Exit(exit_code(execution))


def backfill(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first snapshot date.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last snapshot date.")],
    concurrency: Annotated[int, typer.Option(min=1, max=50, help="How many dates to rebuild at once.")] = 4,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild each date of a range from its raw data.

    A date without raw data and without files in the inbox is skipped.
    """
    dates = dates_between(checked_run_date(first), checked_run_date(last))
    with open_stack(stack, local=local) as opened, ThreadPoolExecutor(concurrency) as pool:
        _caught_up(opened, dates[-1])
        done = list(pool.map(lambda each: _replayed(opened, each), dates))
    rows = [
        (each["snapshot_date"], each["status"], each["outcome"], each["cause"] or " ".join(each["reasons"]))
        for each in done
    ]
    show(done, [table(["date", "status", "outcome", "cause"], rows)], as_json=as_json)
    if all(each["status"] == SKIPPED for each in done):
        raise typer.Exit(FAILED)
    raise typer.Exit(max((each["exit_code"] for each in done), key=[DONE, PARTIAL, FAILED].index))


def _replayed(stack: Stack, snapshot_date: str) -> dict[str, Any]:
    if not _has_data(stack, snapshot_date):  # its execution would fail, and send alerts
        none: dict[str, Any] = {"execution_arn": None, "outcome": None, "error": None, "reasons": [], "output": None}
        return {"snapshot_date": snapshot_date, "status": SKIPPED, **none, "cause": NO_DATA, "exit_code": DONE}
    arn = start(stack, {"mode": "replay", "snapshot_date": snapshot_date})
    note(f"{snapshot_date} started")
    *_, _last = follow(stack, arn, POLL_S[stack.local])
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
    if days >= MOST_DATES:
        found = counted(days + 1, "date")
        raise WrongUsage(f"From {first} to {last} are {found}; a backfill takes at most {MOST_DATES:,}.")
    return [(start_date + timedelta(days=each)).isoformat() for each in range(days + 1)]
