"""Run one day or more end to end on this machine, and query the results."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from rich.text import Text

from functions.shared.keys import report as report_key
from functions.shared.keys import run_id as run_id_of
from local.clock import move
from local.error_messages import told_plainly
from local.files import named, replace
from local.mailbox import mails
from local.progress import Clock
from local.selection import Selection
from local.session import attached
from ops.demo.summary import (
    QUERIES,
    SINCE_YESTERDAY,
    show_gates,
    show_next,
    show_queries,
    show_rows,
    show_sent,
    show_where,
)
from ops.digest import feed as feed_of
from ops.errors import DONE, FAILED, PARTIAL
from ops.executions import sentence, start
from ops.stack import local_stack
from ops.terminal.execution_output import exit_code, reasons
from ops.terminal.live import watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from local.aws.environment import AthenaEngine
    from local.session import Session
    from ops.executions import Execution

POLL_S = 0.2


def demo(dates: Sequence[str], stack: str, console: Console, state: Path, athena: AthenaEngine = "embedded") -> int:
    """Run one daily execution of each date and print it; write the last one's `summary.json`; return the exit code.

    The first that fails is the last. The exit code is 0 if all succeeded and are complete, 3 if one is partial, else 1.
    """
    with (
        told_plainly(console) as outcome,
        Clock(console) as clock,
        attached(stack, dates[0], clock.tell, state, athena) as session,
    ):
        codes = []
        for number, snapshot_date in enumerate(dates, start=1):
            if len(dates) > 1:
                console.print(Text(f"\nDay {number} of {len(dates):,}: {snapshot_date}", style="bold"))
            ended = _run(session, snapshot_date, clock)
            codes.append(exit_code(ended))
            if ended.status != "SUCCEEDED":
                break
        _show(session, snapshot_date, ended, clock, state, changes=len(codes) > 1)
        outcome.exit_code = max(codes, key=[DONE, PARTIAL, FAILED].index)
    return outcome.exit_code


def _run(session: Session, snapshot_date: str, clock: Clock) -> Execution:
    """Run a date and return how its execution ended."""
    move(session, snapshot_date)
    stack = local_stack(session)
    arn = start(stack, {"mode": "daily", "snapshot_date": snapshot_date})
    clock.tell(f"Started {arn.rsplit(':', 1)[-1]}\n")
    clock.rest()
    ended = watch(stack, arn, clock.console, POLL_S)
    clock.console.print(_ended(ended))
    for reason in reasons(ended):
        clock.console.print(Text(f"  {reason}", style="yellow"))
    return ended


def _ended(ended: Execution) -> Text:
    """Return an execution's status, with its outcome where that is not "published"."""
    outcome = (ended.output or {}).get("outcome", "published")
    told = ended.status if outcome == "published" else f"{ended.status}, {outcome}"
    style = {DONE: "bold green", PARTIAL: "bold yellow", FAILED: "bold red"}[exit_code(ended)]
    return Text(f"\n{told}", style=style)


def _show(session: Session, snapshot_date: str, ended: Execution, clock: Clock, state: Path, *, changes: bool) -> None:
    """Print the last run's results and where to look next; `changes` adds what differs from the date before."""
    from local.probe import iam_enforced

    succeeded = ended.status == "SUCCEEDED"
    with ThreadPoolExecutor(1) as meanwhile:
        enforced = meanwhile.submit(iam_enforced, session, snapshot_date if succeeded else None)
        if succeeded and ended.output is not None:
            show_rows(clock.console, ended.output)
            show_gates(clock.console, ended.output)
            show_queries(clock.console, local_stack(session), SINCE_YESTERDAY if changes else QUERIES)
            show_sent(clock.console, ended.output, mails(session))
        else:
            clock.console.print(Text(f"{ended.error}: {sentence(ended.cause)}", style="red"))
    told = ended.output if ended.output is not None else {"error": ended.error, "cause": ended.cause}
    summary = told | {"execution_arn": ended.arn, "status": ended.status, "iam_enforced": enforced.result()}
    summary["wall_s"] = round(clock.seconds, 2)
    _write(summary, state / "summary.json")
    report = _kept_report(session, ended, state / "reports")
    feed = _kept_feed(session, state / "reports")
    show_where(clock.console, session, summary, snapshot_date, state, report, feed)
    selection = Selection(session.stack, state, session.athena)
    show_next(clock.console, snapshot_date, selection, succeeded=succeeded, running=session.aws is None)


def _kept_report(session: Session, ended: Execution, folder: Path) -> Path | None:
    """Return the file of the report that the pipeline wrote for the run, or None if it wrote none."""
    run_id = run_id_of(ended.started, ended.arn)
    try:
        found = session.client("s3").get_object(Bucket=session.outputs["curated_bucket"], Key=report_key(run_id))
    except ClientError:
        return None
    return _kept(folder / f"{run_id}.html", found["Body"].read())


def _kept_feed(session: Session, folder: Path) -> Path | None:
    """Return the file of the feed as the pipeline wrote it last, or None if it wrote none."""
    found = feed_of(local_stack(session))
    return None if found is None else _kept(folder / "feed.atom", found)


def _write(summary: dict[str, Any], file: Path) -> None:
    replace(file, json.dumps(summary, indent=1, ensure_ascii=False) + "\n")


def _kept(file: Path, content: bytes) -> Path:
    """Write a file and return its whole path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with named(file):
        file.write_bytes(content)
    return file.absolute()
