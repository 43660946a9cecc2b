"""Write a run's report again from the current data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.report.collect import QUESTIONS, Sources, gather
from functions.report.page import render
from functions.report.storage import put
from functions.report.usage import Compute
from functions.shared import keys
from ops.athena import ask
from ops.dates import published_runs
from ops.errors import OpsError, WrongUsage
from ops.executions import find
from ops.terminal.options import checked_date, written_like_a_date

if TYPE_CHECKING:
    from ops.stack import Stack

LAST_OF = "SELECT max(r.run_id) FROM runs AS r WHERE r.snapshot_date = CAST(? AS date)"


@dataclass(frozen=True)
class Page:
    """A written report: its run, its key, and its text."""

    run_id: str
    key: str
    html: str


def write(stack: Stack, named: str | None) -> Page:
    """Write the report of an execution, a run or a date into the curated bucket, and return it.

    Raises:
        OpsError: there is no such run, or Step Functions no longer knows its execution.
    """
    arn = find(stack, run_of(stack, named))
    s3, bucket = stack.client("s3"), stack.outputs["curated_bucket"]
    try:
        states = stack.client("stepfunctions")
        run_id = keys.run_id(states.describe_execution(executionArn=arn)["startDate"], arn)
        library = stack.library(QUESTIONS)
        sources = Sources(states, s3, bucket, library, _compute(stack), has_console=not stack.local)
        report = gather(sources, arn, run_id)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ExecutionDoesNotExist":
            raise
        raise OpsError(
            f"Step Functions keeps executions for 90 days and no longer has {arn}. If its run wrote a report, "
            f"it is under s3://{bucket}/reports/."
        ) from exc
    html = render(report)
    key, _ = put(s3, bucket, report.run.run_id, html)
    return Page(report.run.run_id, key, html)


def _compute(stack: Stack) -> Compute:
    """Return the architecture and memory by which Lambda bills the stack's functions."""
    lambdas = stack.client("lambda")
    found = {
        name: lambdas.get_function_configuration(FunctionName=arn) for name, arn in stack.outputs["functions"].items()
    }
    (architecture,) = {each["Architectures"][0] for each in found.values()}
    return Compute(architecture, {name: each["MemorySize"] for name, each in found.items()})


def run_of(stack: Stack, named: str | None) -> str | None:
    """Return the named run; for a date, its published run, else its last.

    Raises:
        WrongUsage: the name is written like a date and is none.
        OpsError: the date has no run.
    """
    if named is None:
        return None
    try:
        snapshot_date = checked_date(named)
    except WrongUsage:
        if written_like_a_date(named):
            raise
        return named
    run = published_runs(stack).get(snapshot_date) or ask(stack, LAST_OF, [f"'{snapshot_date}'"]).rows[0][0]
    if run is None:
        raise OpsError(f"No run of {snapshot_date} is in the ledger. `ops status` shows which dates have one.")
    return str(run)
