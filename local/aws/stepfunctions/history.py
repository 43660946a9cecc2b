"""The events of an execution, with the fields and the order that AWS gives them.

Each event names the one that it follows. `Line` is one line of control: the execution itself, or one iteration of a
Map. Sources are LocalStack's snapshot tests, recorded on AWS: test_base_cases[BASE_SCOPE_MAP] (2024-11-04) for a Map
and for assigned variables, test_service_lambda_map_timeout (2024-03-10) for concurrent iterations and time-outs,
test_undefined_reference (2024-11-21) for EvaluationFailed, test_stop_execution (2024-05-06) for a stop.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_region
from ministack.services import stepfunctions as sfn

_lock = threading.Lock()


def text(value: Any) -> str:
    """Return JSON as AWS writes it: without blanks, and letters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass
class StateVisit:
    """A state that was entered: its definition, its input, and the ids of the events before and at its entry."""

    name: str
    state: dict[str, Any]
    input: Any
    before: int
    entered: int
    assigned: dict[str, str] | None = None

    @property
    def kind(self) -> str:
        """Return the state's type."""
        return str(self.state["Type"])


class Line:
    """One line of control in an execution; `last` is the event that its next event follows."""

    def __init__(self, execution: dict[str, Any], last: int = 0) -> None:
        self.execution = execution
        self.last = last

    def fork(self) -> Line:
        """Return a new line that continues from here."""
        return Line(self.execution, self.last)

    def tell(self, kind: str, /, *, follows: int | None = None, keep: bool = False, **details: Any) -> int:
        """Append an event and return its id; the next event follows it, unless `keep`."""
        values = {name: value for name, value in details.items() if value is not None}
        for name in ("input", "output", "assignedVariables"):
            if name in values:
                values[f"{name}Details"] = {"truncated": False}
        number = append(self.execution, kind, self.last if follows is None else follows, values)
        if not keep:
            self.last = number
        return number

    def scheduled(self, resource: str, arguments: Any, seconds: float | None) -> None:
        """Add the events of a task's scheduling and start."""
        self.tell(
            "TaskScheduled",
            **task_names(resource),
            region=get_region(),
            parameters=text(arguments),
            timeoutInSeconds=None if seconds is None else int(seconds),
        )
        self.tell("TaskStarted", **task_names(resource))


def task_names(resource: str) -> dict[str, Any]:
    """Return the two names under which events show a task's resource."""
    kind, _, action = resource.removeprefix("arn:aws:states:::").rpartition(":")
    if action.isdigit():  # startExecution.sync:2
        kind, _, action = kind.rpartition(":")[0], ":", f"{kind.rpartition(':')[2]}:{action}"
    if ":function:" in resource:
        return {"resource": resource, "resourceType": "lambda"}
    return {"resource": action, "resourceType": kind}


def append(execution: dict[str, Any], kind: str, previous: int, details: dict[str, Any]) -> int:
    """Append one event to an execution and return its id."""
    with _lock:
        added = sfn._add_event(execution, kind)
        added["previousEventId"] = previous
        if details or kind.startswith("Execution"):
            added[_field(kind)] = details
        return int(added["id"])


def _field(kind: str) -> str:
    """Return the member of an event that holds its details: `taskFailedEventDetails`, `stateEnteredEventDetails`."""
    for end in ("StateEntered", "StateExited"):
        if kind.endswith(end) and kind != end:
            kind = end
    return f"{kind[0].lower()}{kind[1:]}EventDetails"
