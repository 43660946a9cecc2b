"""Executions of the state machine: started, followed, and read back as visits to states."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from ops.stack import Stack

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})


@dataclass
class Visit:
    """One stay in a state: when, with which input, and each failure on the way, as "error: cause"."""

    state: str
    kind: str
    entered: datetime
    input: str = ""
    left: datetime | None = None
    output: str = ""
    failures: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """How long the stay took, or None while it lasts."""
        return (self.left - self.entered).total_seconds() if self.left else None


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
        """Whether it is over."""
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
    """Return the ARN of the execution of that ARN, name or run id; of the latest where none is named.

    Raises:
        OpsError: there is none.
    """
    if named and named.startswith("arn:"):
        return named
    machine = stack.outputs["state_machine_arn"]
    if named:
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{named}"
        try:
            return str(stack.client("stepfunctions").describe_execution(executionArn=arn)["executionArn"])
        except ClientError as exc:
            raise OpsError(f"There is no execution {named}. `history` without a name shows the latest.") from exc
    executions = stack.client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=1)["executions"]
    if not executions:
        raise OpsError("No execution yet. Start one with `run`.")
    return str(executions[0]["executionArn"])


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


def visits(history: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """Return the stays in states that a history tells, in the order they began."""
    found: list[Visit] = []
    for event in history:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            entered = event["stateEnteredEventDetails"]
            found.append(
                Visit(entered["name"], kind.removesuffix("StateEntered"), event["timestamp"], entered.get("input", ""))
            )
        elif kind.endswith("StateExited"):
            left = event["stateExitedEventDetails"]
            visit = next(each for each in reversed(found) if each.state == left["name"] and each.left is None)
            visit.left, visit.output = event["timestamp"], left.get("output", "")
        elif found and (failure := _failure(event)):
            found[-1].failures.append(failure)
    return found


def follow(stack: Stack, arn: str, poll_s: float) -> Iterator[list[Visit]]:
    """Return the visits again and again, until the execution has ended; the last ones are complete."""
    while True:
        ended = describe(stack, arn).ended
        yield visits(events(stack, arn))
        if ended:
            return
        time.sleep(poll_s)


def sentence(cause: str | None) -> str:
    """Return the sentence in a cause: a Lambda's, and a query's, is JSON around it."""
    try:
        told = json.loads(cause or "")
    except ValueError:
        return cause or ""
    if isinstance(told, dict) and "QueryExecution" in told:
        return str(told["QueryExecution"]["Status"].get("StateChangeReason", cause))
    return str(told["errorMessage"]) if isinstance(told, dict) and "errorMessage" in told else str(cause)


def _failure(event: Mapping[str, Any]) -> str | None:
    kind: str = event["type"]
    if not kind.endswith(("Failed", "TimedOut")) or kind.startswith("Execution"):
        return None
    details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
    return f"{details.get('error', kind)}: {sentence(details.get('cause'))}"
