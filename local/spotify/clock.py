"""The simulation's clock: the machine's, or a stopped one that tests move."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass
class Clock:
    """Time in epoch seconds. `standing` is the time at which it is stopped, or None while it runs."""

    standing: float | None = None
    offset: float = 0.0

    @classmethod
    def at(cls, moment: str | None) -> Clock:
        """Return a clock stopped at an ISO 8601 moment (UTC unless it states a zone), or a running one if None."""
        return cls(None if moment is None else epoch(moment))

    def now(self) -> float:
        """Return the time."""
        return (time.time() if self.standing is None else self.standing) + self.offset

    def move(self, seconds: float) -> None:
        """Put the clock forward, or back."""
        self.offset += seconds

    def set(self, moment: str) -> None:
        """Put the clock to an ISO 8601 moment; it goes on running, or standing, from there."""
        self.offset += epoch(moment) - self.now()

    def instant(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)


def epoch(moment: str) -> float:
    """Return the epoch seconds of an ISO 8601 moment; UTC unless it says otherwise."""
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
