"""Render the state machine as SVG: its states, the transitions that were taken, and how long each visit took."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from functions.report.layout import WAY_BACK, Places, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from functions.shared.state_visits import StateVisit

WIDTH, HEIGHT = 224, 28  # of a box, in the drawing's units
COLUMN, ROW = 276, 42  # from box to box
MARGIN_LEFT, MARGIN_TOP = 46, 8
LONGEST_NAME = 32  # characters that fit in a box
TIMED = 0.05  # seconds: a shorter visit is drawn without its duration, which is five characters wide

Fate = Literal["untouched", "passed", "failed", "now"]


@dataclass(frozen=True)
class Box:
    """One state: its position and its result. `shown` is its name, cut to fit; `when` is shown beside it."""

    name: str
    shown: str
    kind: str
    x: float
    y: float
    fate: Fate
    visits: int
    seconds: float
    when: str
    off_path: bool


@dataclass(frozen=True)
class Arrow:
    """One transition as an SVG path. `way` is its kind: next, choice, default or catch."""

    path: str
    taken: bool
    way: str
    start: str
    end: str


@dataclass(frozen=True)
class Graph:
    """The drawing: boxes, arrows under them, and its size."""

    boxes: list[Box]
    arrows: list[Arrow]
    width: float
    height: float

    @property
    def off_path_at(self) -> tuple[float, float] | None:
        """The position of the caption of the states that lead to Fail: above the first of them."""
        first = next((box for box in self.boxes if box.off_path), None)
        return (first.x, first.y - 10) if first else None

    @property
    def said(self) -> str:
        """The drawing described in words, for screen readers."""
        entered = [box for box in self.boxes if box.visits]
        failed = [box.name for box in entered if box.fate == "failed"]
        ended = f"; the run failed in {failed[0]}" if failed else ""
        return (
            f"{len(entered)} of {len(self.boxes)} states were entered{ended}. The table beside it names them in order."
        )


def draw(definition: Mapping[str, Any], visits: Sequence[StateVisit], failed_in: str | None = None) -> Graph:
    """Return the drawing of a definition (parsed ASL) with the path of these visits."""
    states: Mapping[str, Any] = definition["States"]
    known = [visit for visit in visits if visit.state in states]
    taken = {(one.state, other.state) for one, other in pairwise(known)}
    edges = {(start, end): way for start, end, way in transitions(states)}
    places = place(definition["StartAt"], states, edges)
    boxes = [_box(name, states[name], places, known, failed_in) for name in places.of]
    by_name = {box.name: box for box in boxes}
    arrows = [
        Arrow(_path(by_name[start], by_name[end]), (start, end) in taken, way, start, end)
        for (start, end), way in edges.items()
        if (start, end) in taken or (way != "catch" and places.same_side(start, end))
    ]
    width = max(box.x for box in boxes) + WIDTH + 8
    height = max(box.y for box in boxes) + HEIGHT + 10
    return Graph(boxes, sorted(arrows, key=lambda arrow: arrow.taken), width, height)


def transitions(states: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Return every transition as (from, to, way), those without a failure last, so that they win in a dictionary."""
    for name, state in states.items():
        for catcher in state.get("Catch", []):
            yield name, catcher["Next"], "catch"
        for choice in state.get("Choices", []):
            yield name, choice["Next"], "choice"
        for way in ("Default", "Next"):
            if way in state:
                yield name, state[way], way.lower()


def _box(
    name: str, state: Mapping[str, Any], places: Places, visits: Sequence[StateVisit], failed_in: str | None
) -> Box:
    own = [visit for visit in visits if visit.state == name]
    column, row = places.of[name]
    seconds = sum(visit.seconds or 0.0 for visit in own)
    room = LONGEST_NAME - (5 if len(own) > 1 or seconds >= TIMED else 0)
    return Box(
        name=name,
        shown=name if len(name) <= room else f"{name[: room - 1].rstrip()}…",
        kind=state["Type"],
        x=MARGIN_LEFT + column * COLUMN,
        y=MARGIN_TOP + row * ROW,
        fate=_fate(name, state, own, failed_in),
        visits=len(own),
        seconds=seconds,
        when=_when(len(own), seconds),
        off_path=name in places.dead_ends,
    )


def _when(visits: int, seconds: float) -> str:
    often = f"{visits}\N{MULTIPLICATION SIGN}" if visits > 1 else ""
    long = f"{seconds:.1f}" if seconds >= TIMED else ""
    return " ".join(part for part in (often, long) if part)


def _fate(name: str, state: Mapping[str, Any], visits: Sequence[StateVisit], failed_in: str | None) -> Fate:
    if not visits:
        return "untouched"
    if name == failed_in or state["Type"] == "Fail":
        return "failed"
    return "now" if visits[-1].left is None else "passed"


def _path(start: Box, end: Box) -> str:
    """Return the arrow between two boxes: straight where they are neighbours, else a curve beside the boxes."""
    if start.x == end.x:
        if end.y == start.y + ROW:
            return f"M{start.x + WIDTH / 2:g} {start.y + HEIGHT:g}V{end.y - 5:g}"
        out, into = start.y + HEIGHT / 2, end.y + HEIGHT / 2
        swing = min(14 + abs(into - out) / 8, WAY_BACK)
        return f"M{start.x:g} {out:g}C{start.x - swing:g} {out:g} {end.x - swing:g} {into:g} {end.x - 5:g} {into:g}"
    if start.x < end.x:
        out_x, into_x, bend = start.x + WIDTH, end.x - 5, 24
    else:
        out_x, into_x, bend = start.x, end.x + WIDTH + 5, -24
    out, into = start.y + HEIGHT / 2, end.y + HEIGHT / 2 + (0 if start.x < end.x else 4)
    return f"M{out_x:g} {out:g}C{out_x + bend:g} {out:g} {into_x - bend:g} {into:g} {into_x:g} {into:g}"


def by_state(visits: Sequence[StateVisit]) -> dict[str, list[StateVisit]]:
    """Return the visits to each state, states in the order they were first entered."""
    found: defaultdict[str, list[StateVisit]] = defaultdict(list)
    for visit in visits:
        found[visit.state].append(visit)
    return dict(found)
