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

    `failed` is whether the last failure was not made good by another try.
    """

    state: str
    kind: str
    entered: datetime
    input: str = ""
    left: datetime | None = None
    output: str = ""
    failures: list[str] = field(default_factory=list)
    failed: bool = False

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
        elif found and (failure := _failure(event)):
            found[-1].failures.append(failure)
            found[-1].failed = True
        elif found and kind.endswith("Succeeded"):
            found[-1].failed = False
    return found


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
