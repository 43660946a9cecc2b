"""An execution's history read back as stays in states."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass
class Visit:
    """One stay in a state: when, with which input, and each failure on the way, as "error: cause".

    `failed` is whether the last failure was not made good by another try. A task is called `tries` times, which took
    `called_s` together, without the waits between them; `calling_since` is the beginning of the call that lasts.
    """

    state: str
    kind: str
    entered: datetime
    input: str = ""
    left: datetime | None = None
    output: str = ""
    failures: list[str] = field(default_factory=list)
    failed: bool = False
    tries: int = 0
    called_s: float = 0.0
    calling_since: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long the stay took, or None while it lasts."""
        return (self.left - self.entered).total_seconds() if self.left else None


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
        elif found:
            _went_on(found[-1], event)
    return found


def _went_on(visit: Visit, event: Mapping[str, Any]) -> None:
    """Note an event between a state's beginning and its end."""
    kind: str = event["type"]
    if kind == "TaskScheduled":
        visit.tries += 1
        visit.calling_since = event["timestamp"]
    elif failure := _failure(event):
        visit.failures.append(failure)
        visit.failed = True
    elif kind.endswith("Succeeded"):
        visit.failed = False
    if visit.calling_since and kind.startswith("Task") and kind.endswith(("Succeeded", "Failed", "TimedOut")):
        visit.called_s += (event["timestamp"] - visit.calling_since).total_seconds()
        visit.calling_since = None


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
