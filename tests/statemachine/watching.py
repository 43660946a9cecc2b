"""Watches ministack's interpreter take the edges of a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions as sfn

from local.additions.patching import wrap
from tests.statemachine.definition import Edge, states

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import ContextVar


def install(machine: dict[str, Any], taken: set[Edge], current: ContextVar[str]) -> None:
    """Let every edge that is taken from now on be added to `taken`; `current` names the state a call belongs to."""
    watch = _Watch(machine, taken, current)
    for name in ("_execute_task", "_execute_map"):
        wrap(sfn, name, watch.enter)
    wrap(sfn, "_execute_choice", watch.choose)
    wrap(sfn, "_evaluate_jsonata_choice_rule", watch.judge)
    wrap(sfn, "_find_matching_retrier", watch.retry)
    wrap(sfn, "_find_matching_catcher", watch.catch)
    wrap(sfn, "_next_or_end", watch.step)


class _Watch:
    def __init__(self, machine: dict[str, Any], taken: set[Edge], current: ContextVar[str]) -> None:
        self.names = list(states(machine))
        self.taken, self.current = taken, current
        self.held: list[Any] = []

    def note(self, way: str) -> None:
        self.taken.add(Edge(self.current.get(), way))

    def enter(self, original: Callable[..., Any], state: Any, data: Any, execution: Any, context: Any) -> Any:
        self.current.set(context["State"]["Name"])
        return original(state, data, execution, context)

    def choose(self, original: Callable[..., Any], state: Any, data: Any, context: Any) -> Any:
        self.current.set(context["State"]["Name"])
        self.held.clear()
        output = original(state, data, context)
        self.note(f"Choices[{state['Choices'].index(self.held[0])}]" if self.held else "Default")
        return output

    def judge(self, original: Callable[..., bool], rule: Any, data: Any, context: Any) -> bool:
        holds = original(rule, data, context)
        if holds:
            self.held.append(rule)
        return holds

    def retry(self, original: Callable[..., Any], retriers: Any, error: str, counts: dict[int, int]) -> Any:
        found, index = original(retriers, error, counts)
        for place, each in enumerate(retriers):
            if found is None and error in each["ErrorEquals"] and counts.get(place, 0) >= each["MaxAttempts"]:
                self.note(f"Retry[{place}]")
        return found, index

    def catch(self, original: Callable[..., Any], catchers: Any, error: str) -> Any:
        found = original(catchers, error)
        if found is not None:
            self.note(f"Catch[{catchers.index(found)}]")
        return found

    def step(self, original: Callable[..., Any], state: Any) -> Any:
        name = next(name for name, each in self.names if each is state)
        self.taken.add(Edge(name, "Next" if "Next" in state else "End"))
        return original(state)
