"""The faults to come: those put in by name, and those of a seeded schedule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.spotify.catalogue.dice import Dice
from local.spotify.faults.kinds import KINDS

if TYPE_CHECKING:
    from local.spotify.config import FaultSchedule


@dataclass
class Fault:
    """One thing that goes wrong: `times` times (None: for good), after the first `after` calls that it fits.

    `group` and `path` (a regular expression) say which calls it fits; "token" is the token endpoint's group. `value`
    is the kind's own: seconds of a ban or a delay, text of a Retry-After, a status.
    """

    kind: str
    group: str | None = None
    path: str | None = None
    times: int | None = 1
    after: int = 0
    value: float | str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called {self.kind!r}; there are {', '.join(sorted(KINDS))}.")

    def fits(self, group: str, path: str) -> bool:
        """Return whether this call is one it is meant for."""
        return self.group in {None, group} and (self.path is None or bool(re.search(self.path, path)))


class FaultBook:
    """Which fault meets which call. One that could not show (a page fault where there is no page) is kept for later."""

    def __init__(self, schedule: FaultSchedule) -> None:
        if unknown := sorted(set(schedule.kinds) - KINDS):
            raise ValueError(f"The fault schedule names {', '.join(unknown)}; there are {', '.join(sorted(KINDS))}.")
        self.schedule = schedule
        self.injected: list[Fault] = []
        self._attempts: dict[str, int] = {}
        self._in_a_row: dict[str, int] = {}

    def next_for(self, group: str, path: str, query: str) -> Fault | None:
        """Return what goes wrong with this call, or None."""
        for fault in self.injected:
            if fault.fits(group, path):
                if fault.after == 0:
                    return fault
                fault.after -= 1
        return self._scheduled(f"{path}?{query}")

    def shown(self, fault: Fault) -> None:
        """Count a fault that met its call."""
        if fault in self.injected and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.injected.remove(fault)

    def _scheduled(self, url: str) -> Fault | None:
        """Return the schedule's fault for this attempt at a URL: the same, whatever else was called in between."""
        schedule = self.schedule
        if not schedule.kinds:
            return None
        attempt = self._attempts[url] = self._attempts.get(url, 0) + 1
        dice = Dice(f"faults/{schedule.seed}").of(url, attempt)
        if self._in_a_row.get(url, 0) >= schedule.in_a_row or not dice.chance(schedule.rate, "now"):
            self._in_a_row[url] = 0
            return None
        self._in_a_row[url] = self._in_a_row.get(url, 0) + 1
        return Fault(dice.pick(schedule.kinds, "kind"))
