"""A rolling window over our own requests: Spotify counts the last 30 seconds and does not publish its limit."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from functions.extract.api.clock import LONGEST_SLEEP_S
from functions.extract.api.signals import Paused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from functions.extract.api.clock import Clock

WINDOW = timedelta(seconds=30)
FEWEST_PER_WINDOW = 5
RECOVERY = timedelta(seconds=10)


class Limiter:
    """Let at most `requests_per_window` requests through in 30 s, and fewer after a 429. Safe to use from threads."""

    def __init__(self, clock: Clock, time_left: Callable[[], float], requests_per_window: int) -> None:
        self._clock, self._time_left, self._most = clock, time_left, requests_per_window
        self._limit, self._changed = requests_per_window, clock.now()
        self._calls: deque[datetime] = deque()
        self._held_until: datetime | None = None
        self._lock = Lock()
        self.waited_s = 0.0

    def acquire(self) -> None:
        """Block until a request may be sent.

        Raises:
            Paused: the Lambda's time ends before that; the state machine goes on without a wait.
        """
        while (wait := self._claim()) > 0:
            if wait >= self._time_left():
                until = self._clock.now() + timedelta(seconds=wait)
                raise Paused("the window of 30 s is full, and this slice ends before it moves on", until)
            self._clock.sleep(min(wait, LONGEST_SLEEP_S))
            with self._lock:
                self.waited_s += min(wait, LONGEST_SLEEP_S)

    def count(self, calls: int, when: datetime) -> None:
        """Count the requests that an earlier slice sent in this window."""
        with self._lock:
            self._calls.extend([when] * min(calls, self._limit))

    def hold(self, seconds: float) -> None:
        """Let nothing through for `seconds`, then half as many requests per window, since Spotify asked for a wait.

        Each `RECOVERY` without another such request raises the rate by a tenth.
        """
        with self._lock:
            now = self._clock.now()
            until = now + timedelta(seconds=seconds)
            if self._held_until is None or self._held_until <= now:
                self._limit = max(self._limit // 2, FEWEST_PER_WINDOW)
            self._held_until = self._changed = max(self._held_until or until, until)

    def _claim(self) -> float:
        """Take a place in the window and return 0, or return the seconds until one may be free."""
        with self._lock:
            now = self._clock.now()
            if self._held_until and self._held_until > now:
                return (self._held_until - now).total_seconds()
            self._recover(now)
            while self._calls and self._calls[0] <= now - WINDOW:
                self._calls.popleft()
            if len(self._calls) < self._limit:
                self._calls.append(now)
                return 0.0
            free = self._calls[len(self._calls) - self._limit] + WINDOW - now
            return min(free, RECOVERY if self._limit < self._most else free).total_seconds()

    def _recover(self, now: datetime) -> None:
        """Raise the limit again, by one step for each period without a 429: additive increase."""
        steps = (now - self._changed) // RECOVERY
        if steps > 0:
            self._limit = min(self._limit + steps * max(self._most // 10, 1), self._most)
            self._changed += steps * RECOVERY
