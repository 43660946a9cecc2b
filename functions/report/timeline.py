"""The timeline of a run: one lane per state, in the order they were entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.report.graph import by_state

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from functions.shared.state_visits import StateVisit

MOST_BARS = 60  # a state entered more often gets one bar for all visits
THINNEST = 0.4  # percent: a narrower bar cannot be seen


@dataclass(frozen=True)
class Lane:
    """One state: its visits, its duration and its failures; bars are (offset, length) in percent of the run."""

    state: str
    kind: str
    visits: int
    seconds: float
    lasting: bool
    bars: list[tuple[float, float]]
    failures: list[str]


def lanes(visits: Sequence[StateVisit], states: Collection[str], now: datetime) -> list[Lane]:
    """Return the lanes of the definition's own states; states inside a Map are part of the Map's lane."""
    known = [visit for visit in visits if visit.state in states]
    if not known:
        return []
    began = known[0].entered
    span = max(max((visit.left or now) - began for visit in known).total_seconds(), 0.001)

    def bar(first: datetime, last: datetime) -> tuple[float, float]:
        offset = min((first - began).total_seconds() / span * 100, 100 - THINNEST)
        length = max((last - first).total_seconds() / span * 100, THINNEST)
        return round(offset, 2), round(length, 2)

    found = []
    for state, own in by_state(known).items():
        bars = [bar(visit.entered, visit.left or now) for visit in own]
        found.append(
            Lane(
                state=state,
                kind=own[0].kind,
                visits=len(own),
                seconds=sum(((visit.left or now) - visit.entered).total_seconds() for visit in own),
                lasting=own[-1].left is None,
                bars=bars if len(bars) <= MOST_BARS else [bar(own[0].entered, own[-1].left or now)],
                failures=[failure for visit in own for failure in visit.failures],
            )
        )
    return found
