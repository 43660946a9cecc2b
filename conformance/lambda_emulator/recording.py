"""The calls of functions in one execution, read from its history."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.execution import daily

if TYPE_CHECKING:
    from local.session import Session


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
        conformance.execution.NotSucceeded: the execution failed, or did not end in time.
    """
    return list(calls(daily(session, datetime.now(UTC).date().isoformat())).values())


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
