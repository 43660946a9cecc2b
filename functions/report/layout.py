"""Lay out a definition's states: the main path in the first column, the rest beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Edges = Mapping[tuple[str, str], str]

WAY_BACK = 40  # how far a curve beside a column bends outwards


@dataclass(frozen=True)
class Places:
    """Column and row of each state, and the states that cannot lead to success."""

    of: dict[str, tuple[int, int]]
    dead_ends: frozenset[str]

    def same_side(self, start: str, end: str) -> bool:
        """Return whether both ends of an arrow can lead to success, or neither can."""
        return (start in self.dead_ends) == (end in self.dead_ends)


def place(first: str, states: Mapping[str, Any], edges: Edges) -> Places:
    """Return the place of every state."""
    dead_ends = frozenset(states) - _leads_to(
        {name for name, state in states.items() if state["Type"] == "Succeed"}, edges
    )
    usual = {pair for pair, way in edges.items() if way != "catch" and not dead_ends & set(pair)}
    spine = _longest_path(first, usual)
    places = {name: (0, row) for row, name in enumerate(spine)}
    for name in states:
        if name not in places and name not in dead_ends:
            _beside(name, edges, places)
    below = 1 + max((row for column, row in places.values() if column), default=0)
    in_order = [name for name in states if name in dead_ends]
    places |= {name: (1, below + 1 + row) for row, name in enumerate(in_order)}
    return Places(places, dead_ends)


def _leads_to(ends: set[str], edges: Edges) -> set[str]:
    """Return the states from which one of `ends` can be reached."""
    found, before = set(ends), set[str]()
    while found != before:
        before = set(found)
        found |= {start for start, end in edges if end in found}
    return found


def _longest_path(first: str, edges: Iterable[tuple[str, str]]) -> list[str]:
    """Return the longest path from `first` without a loop: the path of a run in which all goes well."""
    onward: dict[str, list[str]] = {}
    for start, end in sorted(edges):
        onward.setdefault(start, []).append(end)
    best: dict[str, list[str]] = {}

    def from_here(name: str, above: frozenset[str]) -> list[str]:
        if name not in best:
            ahead = [from_here(end, above | {name}) for end in onward.get(name, []) if end not in above | {name}]
            best[name] = [name, *max(ahead, key=len, default=[])]
        return best[name]

    return from_here(first, frozenset())


def _beside(name: str, edges: Edges, places: dict[str, tuple[int, int]]) -> None:
    """Put a state beside the first placed state that leads to it, or below that state if it is not on the main path."""
    before = [places[start] for start, end in edges if end == name and start in places]
    column, row = min(before, default=(0, 0), key=lambda at: (at[1], at[0]))
    row += 1 if column else 0
    while (1, row) in places.values():
        row += 1
    places[name] = (1, row)
