"""The extraction's clock, injected so that tests can move it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from math import ceil
from typing import Protocol

LONGEST_SLEEP_S = 30.0
"""Invariant 8: a Lambda sleeps no longer than this; the state machine does longer waits."""


class Clock(Protocol):
    """A clock that tells the time and sleeps."""

    def now(self) -> datetime:
        """Return the time, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds`."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds`, but never longer than `LONGEST_SLEEP_S`."""
        time.sleep(min(seconds, LONGEST_SLEEP_S))


def instant(text: str) -> datetime:
    """Return the time that an ISO 8601 text with a zone names, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def stamp(moment: datetime) -> str:
    """Return a time as the lake writes it: ISO 8601, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def whole_second(moment: datetime) -> str:
    """Return a time as a Wait state reads it: ISO 8601, UTC, whole seconds, rounded up so that it is never early."""
    return datetime.fromtimestamp(ceil(moment.timestamp()), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
