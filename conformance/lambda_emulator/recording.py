"""The calls of functions in one execution, read from its history."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.session import Session

ENDED_WITHIN_S = 300
INVOKE = "arn:aws:states:::lambda:invoke"


class NotSucceeded(Exception):
    """The execution to be recorded failed, or did not end."""


@dataclass(frozen=True)
class Called:
    """One call: the function's short name and its ARN, its event and its result."""

    function: str
    arn: str
    event: Any
    result: Any


def recorded(session: Session) -> list[Called]:
    """Run one daily execution and return the last call of each function.

    Raises:
        NotSucceeded: the execution failed, or did not end in time.
    """
    states, date = session.client("stepfunctions"), datetime.now(UTC).date().isoformat()
    asked = json.dumps({"mode": "daily", "snapshot_date": date})
    started = states.start_execution(
        stateMachineArn=session.outputs["state_machine_arn"], name=f"recorded-{uuid.uuid4().hex}", input=asked
    )["executionArn"]
    deadline = time.monotonic() + ENDED_WITHIN_S
    while (found := states.describe_execution(executionArn=started))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise NotSucceeded(f"{started} still runs after {ENDED_WITHIN_S} s")
        time.sleep(0.5)
    if found["status"] != "SUCCEEDED":
        raise NotSucceeded(f"{started} ended {found['status']}: {found.get('error')}: {found.get('cause')}")
    pages = states.get_paginator("get_execution_history").paginate(executionArn=started)
    return list(calls([event for page in pages for event in page["events"]]).values())


def calls(history: list[dict[str, Any]]) -> dict[str, Called]:
    """Return the last successful call of each function in a history, by its short name."""
    by_id = {event["id"]: event for event in history}
    found: dict[str, Called] = {}
    for event in history:
        if event["type"] != "TaskSucceeded":
            continue
        scheduled = by_id[event["previousEventId"]]
        while scheduled["type"] != "TaskScheduled":
            scheduled = by_id[scheduled["previousEventId"]]
        given = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])
        if "FunctionName" in given:
            name = given["FunctionName"].rsplit("-", 1)[-1]
            output = json.loads(event["taskSucceededEventDetails"]["output"])
            found[name] = Called(name, given["FunctionName"], given["Payload"], output["Payload"])
    return found
