"""Run the iterations of a Map and the branches of a Parallel side by side, with their history events.

Events and their order are those of test_base_cases[BASE_SCOPE_MAP] (recorded 2024-11-04), test_map_state_catch
(2023-07-18, a failure) and test_service_lambda_map_timeout (2024-03-10, what a failure does to the other iterations).
"""

from __future__ import annotations

import contextvars
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, Self

from ministack.services import stepfunctions as sfn

from local.aws.stepfunctions import jsonpath
from local.aws.stepfunctions.expressions import NotEvaluated, Scope
from local.aws.stepfunctions.history import Line, StateVisit, text


class Walker(Protocol):
    """The interface of the interpreter, which runs the states of one iteration or branch."""

    context: dict[str, Any]
    line: Line
    others: threading.Event | None

    def walk(self, machine: dict[str, Any], name: str | None, data: Any) -> Any:
        """Return the output of the last state, beginning at the state `name`."""

    def fork(self, line: Line) -> Self:
        """Return another walker, for a line of history that begins here."""

    def speaks_jsonata(self, state: dict[str, Any]) -> bool:
        """Return whether a state is written in JSONata."""

    def scope(self, visit: StateVisit) -> Scope:
        """Return the variables of a state's expressions."""


class AnotherFailed(Exception):
    """An iteration is stopped because another one of its Map failed."""


@dataclass
class Branch:
    """One iteration or branch: its interpreter, its input, and how it ended."""

    index: int
    machine: dict[str, Any]
    input: Any
    interpreter: Walker
    output: Any = None
    error: Any = None
    aborted: bool = False


def stop_if_another_failed(others: threading.Event | None) -> None:
    """Raise AnotherFailed if another iteration failed."""
    if others is not None and others.is_set():
        raise AnotherFailed


def run(interpreter: Walker, visit: StateVisit) -> list[Any]:
    """Return the outputs of a Map's iterations, or of a Parallel's branches."""
    return _map(interpreter, visit) if visit.kind == "Map" else _parallel(interpreter, visit)


def _parallel(interpreter: Walker, visit: StateVisit) -> list[Any]:
    data = visit.input if interpreter.speaks_jsonata(visit.state) else jsonpath.arguments(
        visit.state, visit.input, interpreter.context
    )[0]  # fmt: skip
    interpreter.line.tell("ParallelStateStarted")
    branches = [
        Branch(index, machine, data, interpreter.fork(interpreter.line.fork()))
        for index, machine in enumerate(visit.state["Branches"])
    ]
    return _all(interpreter, visit, branches, len(branches))


def _map(interpreter: Walker, visit: StateVisit) -> list[Any]:
    state = visit.state
    machine = state.get("ItemProcessor") or state["Iterator"]
    if machine.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        raise sfn._ExecutionError("States.Runtime", "The embedded AWS runs no distributed Map, though AWS does.")
    inputs, most = _inputs(interpreter, visit)
    interpreter.line.tell("MapStateStarted", length=len(inputs))
    branches = []
    for index, (item, data) in enumerate(inputs):
        iteration = interpreter.fork(interpreter.line.fork())
        iteration.context["Map"] = {"Item": {"Index": index, "Value": item}}
        branches.append(Branch(index, machine, data, iteration))
    return _all(interpreter, visit, branches, int(most) or len(branches))


def _inputs(interpreter: Walker, visit: StateVisit) -> tuple[list[tuple[Any, Any]], float]:
    """Return each item of a Map with the input of its iteration, and how many run at once."""
    state, scope = visit.state, interpreter.scope(visit)
    if not interpreter.speaks_jsonata(state):
        return jsonpath.items(state, visit.input, interpreter.context), state.get("MaxConcurrency", 0)
    items = scope.typed(state["Items"], "Items", "array") if "Items" in state else visit.input
    if not isinstance(items, list):
        raise NotEvaluated(None, f"Map state input must be an array but was: {text(items)}")
    most = scope.typed(state.get("MaxConcurrency", 0), "MaxConcurrency", "number")
    if "ItemSelector" not in state:
        return [(item, item) for item in items], most
    return [(item, _selected(scope, state["ItemSelector"], index, item)) for index, item in enumerate(items)], most


def _selected(scope: Scope, selector: Any, index: int, item: Any) -> Any:
    context = {**scope.context, "Map": {"Item": {"Index": index, "Value": item}}}
    return Scope(scope.input, context).value(selector, "ItemSelector")


def _all(interpreter: Walker, visit: StateVisit, branches: list[Branch], most: int) -> list[Any]:
    """Run all branches, so many at once, and return their outputs; raise the first error."""
    line, failed, first = interpreter.line, threading.Event(), queue.SimpleQueue[Branch]()
    places = queue.SimpleQueue[int]()
    for branch in branches[:most]:
        _begin(visit, branch, line.last)
    with ThreadPoolExecutor(max_workers=max(1, most)) as pool:
        for branch in branches:
            later = places if branch.index >= most else None
            pool.submit(contextvars.copy_context().run, _one, visit, branch, later, places, failed, first)
    if failed.is_set():
        _tell_of_failure(interpreter, visit, branches, first.get())
    for branch in branches[-1:]:
        line.last = branch.interpreter.line.last  # a branch's events come after those of its state
    line.tell(f"{visit.kind}StateSucceeded", keep=True)
    return [branch.output for branch in branches]


def _begin(visit: StateVisit, branch: Branch, follows: int) -> None:
    """Add the event of an iteration's start; a branch of a Parallel has none."""
    if visit.kind == "Map":
        branch.interpreter.line.tell("MapIterationStarted", follows=follows, name=visit.name, index=branch.index)


def _one(
    visit: StateVisit,
    branch: Branch,
    later: queue.SimpleQueue[int] | None,
    places: queue.SimpleQueue[int],
    failed: threading.Event,
    first: queue.SimpleQueue[Branch],
) -> None:
    """Run one branch to its end; then a later branch takes its place."""
    line = branch.interpreter.line
    branch.interpreter.others = failed
    try:
        if later is not None:
            follows = later.get()
            stop_if_another_failed(failed)
            _begin(visit, branch, follows)
        branch.output = branch.interpreter.walk(branch.machine, branch.machine["StartAt"], branch.input)
        places.put(line.last)
        if visit.kind == "Map":
            line.tell("MapIterationSucceeded", name=visit.name, index=branch.index)
    except AnotherFailed:
        branch.aborted = True
        places.put(line.last)
    except BaseException as error:  # noqa: BLE001 - whatever ends a branch ends the state, in the thread that waits
        branch.error = error
        first.put(branch)
        failed.set()
        places.put(line.last)


def _tell_of_failure(interpreter: Walker, visit: StateVisit, branches: list[Branch], broken: Branch) -> None:
    """Add the events of the failed branch and of those that it stopped, and raise its error."""
    line, about = interpreter.line, dict[str, Any](name=visit.name)
    line.last = broken.interpreter.line.last
    if visit.kind == "Map":
        line.tell("MapIterationFailed", keep=True, index=broken.index, **about)
        for branch in (each for each in branches if each.aborted):
            line.tell("MapIterationAborted", keep=True, index=branch.index, **about)
    raise broken.error
