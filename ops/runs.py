"""The commands that start executions, and the one that reads them back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from ops.errors import DONE, FAILED, PARTIAL, WrongUsage
from ops.executions import describe, events, find, follow, sentence, start, visits
from ops.live import line, watch
from ops.options import AsJson, Local, SnapshotDate, StackName, checked_date
from ops.output import console, note, show, table
from ops.stack import open_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.executions import Execution
    from ops.stack import Stack

POLL_S = {True: 0.2, False: 2.0}  # local: it answers at once and costs nothing


def exit_code(execution: Execution) -> int:
    """Return 0 for a run that did all it was asked, 3 for one that is partial, 1 for one that failed."""
    if execution.status != "SUCCEEDED":
        return FAILED
    return PARTIAL if (execution.output or {}).get("outcome") == "partial" else DONE


def run(
    snapshot_date: Annotated[
        str | None,
        typer.Argument(metavar="[DATE]", help="The snapshot date; today in the schedule's zone if left out."),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Start a daily run and follow it: extract from Spotify, transform, audit, publish."""
    asked_date = checked_date(snapshot_date) if snapshot_date else None
    with open_stack(stack, local=local) as opened:
        today = datetime.now(ZoneInfo(opened.outputs["time_zone"])).date().isoformat()
        _run(opened, {"mode": "daily", "snapshot_date": asked_date or today}, as_json=as_json)


def replay(snapshot_date: SnapshotDate, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Build a date again from what is in the raw bucket, without a call to Spotify."""
    asked = {"mode": "replay", "snapshot_date": checked_date(snapshot_date)}
    with open_stack(stack, local=local) as opened:
        _run(opened, asked, as_json=as_json)


def _run(stack: Stack, asked: dict[str, str], *, as_json: bool) -> None:
    arn = start(stack, asked)
    note(f"Started {arn}")
    if as_json:
        *_, _last = follow(stack, arn, POLL_S[stack.name == "local"])
        execution = describe(stack, arn)
    else:
        execution = watch(stack, arn, console(), POLL_S[stack.name == "local"])
    show(_told(execution), _summary(execution), as_json=as_json)
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
    return {"snapshot_date": snapshot_date, **_told(execution), "exit_code": exit_code(execution)}


def dates_between(first: str, last: str) -> list[str]:
    """Return every date from `first` to `last`, both included.

    Raises:
        WrongUsage: the last is before the first.
    """
    start_date, days = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days
    if days < 0:
        raise WrongUsage(f"--to {last} is before --from {first}.")
    return [(start_date + timedelta(days=each)).isoformat() for each in range(days + 1)]


def history(
    named: Annotated[
        str | None, typer.Argument(metavar="[EXECUTION]", help="Its ARN or name; the latest if left out.")
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Draw an execution's states as a timeline: when, how long, what was tried again, and the input that failed."""
    with open_stack(stack, local=local) as opened:
        arn = find(opened, named)
        execution, stays = describe(opened, arn), visits(events(opened, arn))
    end = execution.stopped or max((each.left or each.entered for each in stays), default=execution.started)
    span = max((end - execution.started).total_seconds(), 0.001)
    drawn: list[Text] = [Text(f"{arn}  {execution.status}")]
    for each in stays:
        offset = (each.entered - execution.started).total_seconds() / span
        drawn.append(Text.assemble((bar(offset, (each.seconds or 0) / span), "cyan"), "  ", line(each)))
    failing = next((each for each in stays if each.failures and not each.output), None)
    if failing:
        drawn.append(Text(f"Input of {failing.state}: {failing.input}"))
    if execution.error:
        drawn.append(Text(f"{execution.error}: {sentence(execution.cause)}", style="red"))
    show({**_told(execution), "visits": [asdict(each) for each in stays]}, drawn, as_json=as_json)


def bar(offset: float, share: float, width: int = 24) -> str:
    """Return a bar for the part of a whole that starts at `offset` and takes `share` of it."""
    begin = min(int(offset * width), width - 1)
    length = max(1, min(round(share * width), width - begin))
    return f"{' ' * begin}{'━' * length}{' ' * (width - begin - length)}"


def _told(execution: Execution) -> dict[str, Any]:
    return {
        "execution_arn": execution.arn,
        "status": execution.status,
        "outcome": (execution.output or {}).get("outcome"),
        "error": execution.error,
        "cause": sentence(execution.cause) if execution.cause else None,
        "output": execution.output,
    }


def _summary(execution: Execution) -> list[Text]:
    if execution.status != "SUCCEEDED" or execution.output is None:
        return [Text(f"{execution.status}: {execution.error}: {sentence(execution.cause)}", style="red")]
    output = execution.output
    told = [Text(f"{output['outcome']}: {output['run']['snapshot_date']} as run {output['run']['run_id']}")]
    tables = (output.get("transform") or {}).get("tables", {})
    if tables:
        told.append(Text(", ".join(f"{summary['rows']} {name}" for name, summary in tables.items())))
    told += [Text(reason, style="yellow") for reason in (output.get("extract") or {}).get("reasons", [])]
    return told


COMMANDS: list[Callable[..., None]] = [run, replay, backfill, history]
