"""One day, end to end, on this machine: run it, watch it, ask what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from rich.text import Text

from functions.shared.keys import report as report_key
from functions.shared.keys import run_id as run_id_of
from local.error_messages import told_plainly
from local.progress import Clock
from local.session import attached
from ops.demo_summary import show_gates, show_next, show_queries, show_rows, show_where

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from local.session import Session
    from ops.executions import Execution

DONE, FAILED = 0, 1
POLL_S = 0.2


def demo(snapshot_date: str, stack: str, console: Console, state: Path) -> int:
    """Run one daily execution of a date and print it; write `summary.json`; return 0 only if it SUCCEEDED."""
    with (
        told_plainly(console) as outcome,
        Clock(console) as clock,
        attached(stack, snapshot_date, clock.tell, state) as session,
    ):
        outcome.exit_code = _run(session, snapshot_date, clock, state)
    return outcome.exit_code


def _run(session: Session, snapshot_date: str, clock: Clock, state: Path) -> int:
    from local.probe import iam_enforced
    from ops.executions import start
    from ops.stack import Stack
    from ops.terminal.live import watch

    console = clock.console
    session.source.show(snapshot_date)
    reached = Stack(session.stack, session.outputs, session.client)  # type: ignore[arg-type]  # exports, as ops names them
    arn = start(reached, {"mode": "daily", "snapshot_date": snapshot_date})
    clock.tell(f"Started {arn}\n")
    clock.rest()
    ended = watch(reached, arn, console, POLL_S)
    succeeded = ended.status == "SUCCEEDED"
    console.print(Text(f"\n{ended.status}", style="bold green" if succeeded else "bold red"))
    summary = _summary(ended) | {"iam_enforced": iam_enforced(session, snapshot_date if succeeded else None)}
    if succeeded and ended.output is not None:
        show_rows(console, ended.output)
        show_gates(console, ended.output)
        show_queries(console, reached)
    else:
        _show_failure(console, ended)
    summary["wall_s"] = round(clock.seconds, 2)
    _write(summary, state / "summary.json")
    show_where(console, session, summary, snapshot_date, state, _kept_report(session, ended, state / "reports"))
    show_next(console, snapshot_date, succeeded=succeeded)
    return DONE if succeeded else FAILED


def _kept_report(session: Session, ended: Execution, folder: Path) -> Path | None:
    """Return the file that holds the run's report as the pipeline wrote it, or None where it wrote none."""
    run_id = run_id_of(ended.started, ended.arn)
    try:
        found = session.client("s3").get_object(Bucket=session.outputs["curated_bucket"], Key=report_key(run_id))
    except ClientError:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{run_id}.html"
    file.write_bytes(found["Body"].read())
    return file.absolute()


def _summary(ended: Execution) -> dict[str, Any]:
    """Return the execution's output, or how it failed, with its name and status."""
    told = ended.output if ended.output is not None else {"error": ended.error, "cause": ended.cause}
    return {**told, "execution_arn": ended.arn, "status": ended.status}


def _write(summary: dict[str, Any], file: Path) -> None:
    """Write a summary in one step."""
    half = file.with_suffix(".half")
    half.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    half.replace(file)


def _show_failure(console: Console, ended: Execution) -> None:
    from ops.executions import sentence

    console.print(Text(f"{ended.error}: {sentence(ended.cause)}", style="red"))
