"""The limits that answer 429: a rolling rate window, and a quota per group of endpoints, both per developer account."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.spotify.config import Limits

RATE_WINDOW_S = 30.0


@dataclass(frozen=True)
class Refusal:
    """A 429: after how many seconds to retry (None: not stated), and whether a quota or ban is the reason."""

    retry_after: int | None
    quota: bool


@dataclass
class Ban:
    """A ban of a group until a time."""

    until: float
    says_when: bool

    def refusal(self, now: float) -> Refusal:
        """Return the 429 of a request to the group, if it gets one."""
        return Refusal(math.ceil(self.until - now) if self.says_when else None, quota=True)


@dataclass
class QuotaCounter:
    """The account's counts. Times are the simulation's, in epoch seconds."""

    limits: Limits
    _recent: deque[float] = field(default_factory=deque)
    _spent: dict[str, deque[float]] = field(default_factory=dict)
    bans: dict[str, Ban] = field(default_factory=dict)

    def refuse(self, group: str, now: float) -> Refusal | None:
        """Count one call, or return why it is refused. A call during a ban makes it longer."""
        if ban := self.ban_of(group, now):
            ban.until += self.limits.ban_penalty_s
            return ban.refusal(now)
        while self._recent and self._recent[0] <= now - RATE_WINDOW_S:
            self._recent.popleft()
        if len(self._recent) >= self.limits.calls_per_30_s:
            return Refusal(max(1, math.ceil(self._recent[0] + RATE_WINDOW_S - now)), quota=False)
        if self.spent(group, now) >= self.limits.quotas.get(group, math.inf):
            return self.ban(group, now, self.limits.ban_s, says_when=self.limits.ban_retry_after).refusal(now)
        self._recent.append(now)
        self._spent.setdefault(group, deque()).append(now)
        return None

    def give_back(self, group: str) -> None:
        """Remove the last request of a group from its quota."""
        if self._spent.get(group):
            self._spent[group].pop()

    def ban(self, group: str, now: float, seconds: float, *, says_when: bool = True) -> Ban:
        """Ban a group for some seconds from now, and return the ban."""
        self.bans[group] = Ban(now + seconds, says_when)
        return self.bans[group]

    def ban_of(self, group: str, now: float) -> Ban | None:
        """Return a group's ban, if any; a ban that is over is removed, and its quota is reset."""
        ban = self.bans.get(group)
        if ban and ban.until <= now:
            del self.bans[group]
            self._spent.pop(group, None)
            return None
        return ban

    def spent(self, group: str, now: float) -> int:
        """Return how many calls count against a group's quota now."""
        calls = self._spent.setdefault(group, deque())
        while calls and calls[0] <= now - self.limits.quota_period_s:
            calls.popleft()
        return len(calls)
