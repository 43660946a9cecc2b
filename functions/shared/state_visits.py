"""Read an execution's history as visits to states."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass
class StateVisit:
    """One visit to a state: its times, its input, and each failure during it, as "error: cause".

    `failed` is true if no success followed the last failure. A task was called `tries` times, which took `called_s`
    together, without the waits between them; `calling_since` is the start of the call that still runs.
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
        """The duration of the visit, or None while it runs."""
        return (self.left - self.entered).total_seconds() if self.left else None


@dataclass
class _Iteration:
    """One iteration of a Map: the Map's place, and the last visit inside the iteration."""

    of: _Place
    visit: StateVisit | None = None


@dataclass(frozen=True)
class _Place:
    """The place of an event: in a visit, or in an iteration of a Map; no Map is in an iteration of another one."""

    visit: StateVisit | None = None
    iteration: _Iteration | None = None


def state_visits(history: Iterable[Mapping[str, Any]]) -> list[StateVisit]:
    """Return the visits to states in a history, in the order they began.

    Each event names the one that it follows, which tells the events of iterations that run at once apart. The shapes
    are AWS's: LocalStack's snapshot tests test_base_cases[BASE_SCOPE_MAP], test_map_catch_error and
    test_service_lambda_map_timeout, recorded 2024-03-10 to 2024-11-12.
    """
    reader = _Reader()
    for event in history:
        reader.read(event)
    return reader.found


class _Reader:
    """Read a history event by event, and keep the place of each event."""

    def __init__(self) -> None:
        self.found: list[StateVisit] = []
        self.places: dict[int, _Place] = {0: _Place()}
        self.follows: list[int] = []
        """The event that each visit's StateEntered follows."""
        self.iterations: dict[tuple[str, int], _Iteration] = {}

    def read(self, event: Mapping[str, Any]) -> None:
        """Add one event."""
        kind, before = event["type"], self.places[event.get("previousEventId", 0)]
        if kind.endswith("StateEntered"):
            here = self._enter(event, before)
        elif kind.endswith("StateExited"):
            here = self._exit(event, before)
        elif kind.startswith("MapIteration"):
            here = self._iteration(event, before)
        elif kind.startswith("MapState"):
            here = _map(kind, before)
        elif kind == "EvaluationFailed":
            here = self._not_evaluated(event)
        else:
            here = before
            if visit := before.visit or self._last_open():
                _went_on(visit, event)
        self.places[event["id"]] = here

    def _enter(self, event: Mapping[str, Any], before: _Place) -> _Place:
        entered, kind = event["stateEnteredEventDetails"], event["type"].removesuffix("StateEntered")
        visit = StateVisit(entered["name"], kind, event["timestamp"], entered.get("input", ""))
        self.found.append(visit)
        self.follows.append(event["previousEventId"])
        if before.iteration:
            before.iteration.visit = visit
        return _Place(visit, before.iteration)

    def _exit(self, event: Mapping[str, Any], before: _Place) -> _Place:
        left = event["stateExitedEventDetails"]
        visit = before.visit
        if visit is None or visit.state != left["name"] or visit.left:
            visit = next(each for each in reversed(self.found) if each.state == left["name"] and not each.left)
        visit.left, visit.output = event["timestamp"], left.get("output", "")
        return _Place(visit, before.iteration)

    def _iteration(self, event: Mapping[str, Any], before: _Place) -> _Place:
        """Begin or end an iteration; if it is stopped, the visit inside it is stopped too."""
        kind = event["type"]
        told = event[f"{kind[0].lower()}{kind[1:]}EventDetails"]
        key = (told["name"], told["index"])
        if kind == "MapIterationStarted":
            self.iterations[key] = _Iteration(_map_at(before))
            return _Place(None, self.iterations[key])
        iteration = self.iterations[key]
        if kind != "MapIterationSucceeded" and iteration.visit:
            iteration.visit.left = iteration.visit.left or event["timestamp"]
        return iteration.of

    def _not_evaluated(self, event: Mapping[str, Any]) -> _Place:
        """Return the place of a state whose expression failed: its event follows the same one as the state's entry."""
        told, previous = event["evaluationFailedEventDetails"], event["previousEventId"]
        named = [at for at, each in enumerate(self.found) if each.state == told["state"] and not each.left]
        beside = [at for at in named if self.follows[at] == previous or self.places[previous].visit is self.found[at]]
        visit = self.found[(beside or named)[-1]]
        _went_on(visit, event)
        iteration = next((each for each in self.iterations.values() if each.visit is visit), None)
        return _Place(visit, iteration)

    def _last_open(self) -> StateVisit | None:
        """Return the last visit that was not left: after a stop, a redrive continues there."""
        return next((visit for visit in reversed(self.found) if not visit.left), None)


def _map_at(place: _Place) -> _Place:
    """Return the place of the Map to which an event in it, or in one of its iterations, belongs."""
    return place.iteration.of if place.iteration else place


def _map(kind: str, before: _Place) -> _Place:
    """Note that a Map began, began again, succeeded or failed; a failure is that of the iteration before it."""
    place = _map_at(before)
    inner = before.visit if before.visit is not place.visit and kind != "MapStateSucceeded" else None
    if place.visit and inner and inner.failures:
        place.visit.failures.append(inner.failures[-1])
    if place.visit and kind != "MapStateStarted":
        place.visit.failed = kind == "MapStateFailed"
    return place


def _went_on(visit: StateVisit, event: Mapping[str, Any]) -> None:
    """Note an event between the start and the end of a state."""
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
    """Return the sentence in a cause: causes of Lambda and of queries are JSON that contains it."""
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
    return ": ".join(filter(None, (details.get("error", kind), sentence(details.get("cause")))))
