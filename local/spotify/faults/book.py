"""The pending faults: faults added by name, and faults of a seeded schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.spotify.catalogue.dice import Dice
from local.spotify.faults.kinds import KINDS, Fault

if TYPE_CHECKING:
    from local.spotify.config import FaultSchedule


class FaultBook:
    """Chooses the fault of each request. One without effect (a page fault without a page) is kept for later."""

    def __init__(self, schedule: FaultSchedule) -> None:
        if unknown := sorted(set(schedule.kinds) - KINDS):
            raise ValueError(f"The fault schedule names {', '.join(unknown)}; there are {', '.join(sorted(KINDS))}.")
        self.schedule = schedule
        self.injected: list[Fault] = []
        self._attempts: dict[str, int] = {}
        self._in_a_row: dict[str, int] = {}

    def next_for(self, group: str, path: str, query: str) -> Fault | None:
        """Return the fault of this request, or None."""
        for fault in self.injected:
            if fault.fits(group, path):
                if fault.after == 0:
                    return fault
                fault.after -= 1
        return self._scheduled(f"{path}?{query}")

    def inject(self, fault: Fault) -> None:
        """Add a fault for the requests that it fits.

        Raises:
            ValueError: no fault has this name.
        """
        if fault.kind not in KINDS:
            raise ValueError(f"No fault is called {fault.kind!r}; there are {', '.join(sorted(KINDS))}.")
        self.injected.append(fault)

    def shown(self, fault: Fault) -> None:
        """Count a fault that took effect."""
        if fault in self.injected and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.injected.remove(fault)

    def _scheduled(self, url: str) -> Fault | None:
        """Return the schedule's fault for this attempt at a URL: the same in any order of requests."""
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
