"""Start, find and follow executions of the state machine, and read them as visits to states."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from functions.shared.state_visits import StateVisit, sentence, state_visits
from ops.athena import ask
from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ops.stack import Stack

__all__ = ["Execution", "StateVisit", "describe", "events", "find", "follow", "sentence", "start", "state_visits"]

RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
REHEARSED = "rehearsal-"
"""The prefix of the names of a rehearsal's executions, for `start`."""
EXECUTION_OF = "SELECT r.execution_arn FROM runs AS r WHERE r.run_id = ?"
NEWEST = 10
"""The number of events that one check of a running execution requests."""
ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True)
class Execution:
    """An execution as it is now. `output` is that of a SUCCEEDED one."""

    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    output: dict[str, Any] | None
    error: str | None
    cause: str | None

    @property
    def ended(self) -> bool:
        """True if the execution has ended."""
        return self.status in ENDED


def start(stack: Stack, asked: Mapping[str, str], name: str | None = None) -> str:
    """Start an execution and return its ARN."""
    answer = stack.client("stepfunctions").start_execution(
        stateMachineArn=stack.outputs["state_machine_arn"],
        name=name or f"{asked['mode']}-{asked.get('snapshot_date', 'now')}-{uuid4().hex[:8]}",
        input=json.dumps(dict(asked)),
    )
    return str(answer["executionArn"])


def find(stack: Stack, named: str | None) -> str:
    """Return the ARN of an execution by ARN, name or run ID; of the latest that is not a rehearsal if none is named.

    Raises:
        OpsError: there is none.
    """
    if named:
        return _named(stack, stack.outputs["state_machine_arn"], named)
    if arn := latest(stack):
        return arn
    raise OpsError("No execution yet. Start one with `ops run`.")


def latest(stack: Stack, **asked: str) -> str | None:
    """Return the ARN of the latest execution that is not a rehearsal, of those that are asked for; None without one."""
    pages = stack.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=stack.outputs["state_machine_arn"], **asked)
    kept = (each for page in found for each in page["executions"] if not each["name"].startswith(REHEARSED))
    return next((str(each["executionArn"]) for each in kept), None)


def _named(stack: Stack, machine: str, named: str) -> str:
    """Return the ARN of the execution of that ARN or name, or of the execution that was that run."""
    arn = named if named.startswith("arn:") else f"{machine.replace(':stateMachine:', ':execution:')}:{named}"
    try:
        return str(stack.client("stepfunctions").describe_execution(executionArn=arn)["executionArn"])
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"ExecutionDoesNotExist", "InvalidArn", "ValidationException"}:
            raise
        if RUN_ID.fullmatch(named) and (rows := ask(stack, EXECUTION_OF, [f"'{named}'"]).rows):
            return str(rows[0][0])
        raise OpsError(
            f"There is no execution and no run {named}. `ops history` without a name shows the latest."
        ) from exc


def describe(stack: Stack, arn: str) -> Execution:
    """Return an execution as it is now."""
    found = stack.client("stepfunctions").describe_execution(executionArn=arn)
    return Execution(
        arn=arn,
        status=found["status"],
        started=found["startDate"],
        stopped=found.get("stopDate"),
        output=json.loads(found["output"]) if found.get("output") else None,
        error=found.get("error"),
        cause=found.get("cause"),
    )


def events(stack: Stack, arn: str) -> list[dict[str, Any]]:
    """Return the whole history of an execution, oldest first."""
    pages = stack.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]


def follow(stack: Stack, arn: str, poll_s: float) -> Iterator[list[StateVisit]]:
    """Yield the visits again and again until the execution has ended; the last ones are complete."""
    known: list[dict[str, Any]] = []
    while True:
        ended = describe(stack, arn).ended
        known += _newer(stack, arn, known)
        yield state_visits(known)
        if ended:
            return
        time.sleep(poll_s)


def _newer(stack: Stack, arn: str, known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the new events of a history, oldest first.

    The newest events are requested first, so that a long execution is not read in full at each check.
    """
    last, found = known[-1]["id"] if known else 0, []
    pages = stack.client("stepfunctions").get_paginator("get_execution_history")
    for page in pages.paginate(executionArn=arn, reverseOrder=True, PaginationConfig={"PageSize": NEWEST}):
        newer = [event for event in page["events"] if event["id"] > last]
        found += newer
        if len(newer) < len(page["events"]):
            break
    return found[::-1]
