"""Keep the embedded stack up until stopped."""

from __future__ import annotations

import signal
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.aws.environment import ADMIN_KEY, REGION, AthenaEngine
from local.browser import browser
from local.error_messages import told_plainly
from local.progress import Clock
from local.selection import Selection
from local.session import Session, find_running, require, started

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


DONE, FAILED = 0, 1
CHECK_EVERY_S = 1


def up(stack: str, console: Console, state: Path, *, browse: bool = False, athena: AthenaEngine = "embedded") -> int:
    """Start the stack, print how to reach it, and return when told to stop: 0, or 1 if it did not start or has ended.

    `browse` starts a resource browser beside it; `athena` is what computes Athena's queries.
    """
    with told_plainly(console) as outcome:
        if (running := find_running(state)) is not None:
            require(running, stack, athena)
            console.print(f"The local stack {stack!r} is up already, started by process {running.pid}:", style="yellow")
            stop = f"Ctrl-C in the terminal of process {running.pid} stops it, or: kill {running.pid}"
            page = how_to_reach(running, Selection(stack, state, running.athena), stop=stop)
            console.print(page, markup=False)
            return FAILED
        _stay_up(stack, console, state, browse=browse, athena=athena)
    return outcome.exit_code


def _stay_up(stack: str, console: Console, state: Path, *, browse: bool, athena: AthenaEngine) -> None:
    with (
        Clock(console) as clock,
        started(stack, told=clock.tell, local=state, athena=athena) as session,
        browser(session, state, clock.tell) if browse else nullcontext() as address,
    ):
        stopped = _told_to_stop()
        clock.rest()
        console.print(how_to_reach(session, Selection(stack, state, athena), address), markup=False)
        while not stopped.wait(CHECK_EVERY_S):
            session.check()
        console.print(f"Stopping. Its state stays in {state}; the next start continues with it.")


def _told_to_stop() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set from now on."""
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _signal, _frame: stopped.set())
    return stopped


def how_to_reach(
    session: Session, selection: Selection, browser_at: str | None = None, stop: str = "Ctrl-C stops it."
) -> str:
    """Return the text about a local stack's addresses, how to use them, and how to stop it."""
    outputs = session.outputs
    crawler = outputs["crawler_name"]
    browse = browser_at or f"none; to have one, stop it and start it with: {selection.local('up', '--browse')}"
    return f"""
It is up, on this machine only:

  AWS        {session.endpoint}   (account {outputs["state_machine_arn"].split(":")[4]}, region {REGION})
  Spotify    {session.source.api_url}{"   (simulated)" if session.source.simulated else ""}
  buckets    {outputs["raw_bucket"]}, {outputs["curated_bucket"]}, {outputs["results_bucket"]}
  pipeline   {outputs["state_machine_arn"]}
  databases  {outputs["views_database"]} (views), {outputs["lake_database"]} (tables)
  browser    {browse}

With the AWS CLI or any AWS SDK:

  export AWS_ENDPOINT_URL={session.endpoint} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}
  export AWS_ACCESS_KEY_ID={ADMIN_KEY} AWS_SECRET_ACCESS_KEY={ADMIN_KEY}
  aws s3 ls s3://{outputs["curated_bucket"]}
  aws stepfunctions start-execution --state-machine-arn {outputs["state_machine_arn"]} \\
      --input '{{"mode":"daily","snapshot_date":"{datetime.now(UTC).date()}"}}'

With boto3, which reads the same variables:

  .venv/bin/python -c 'import boto3; print(boto3.client("glue").get_crawler(Name="{crawler}")["Crawler"])'

With the project's own commands, in another terminal:

  {selection.ops("run")}
  {selection.ops("sql", "longest_tracks")}

{stop}
"""
