"""The quota ledger, `state/quota.json`: requests sent, groups blocked, pauses.

Each request is charged here, durably and conditionally, before it is sent: a slice that is killed has never spent more
than it wrote down, and two slices at once cannot spend the same request. Requests sent side by side are reserved in one
write; the next write gives back those that were not sent.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import suppress
from copy import deepcopy
from threading import Lock
from typing import TYPE_CHECKING

from functions.extract.api.clock import instant, stamp, whole_second
from functions.extract.api.limiter import Limiter
from functions.extract.api.signals import BudgetSpent, GroupBlocked, Paused
from functions.extract.quota_document import LONGEST_DAY, document_in, fresh, no_counts, repaired, widened
from functions.extract.raw.store import StoredDocument
from functions.shared import keys
from functions.shared.wording import utc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from functions.extract.api.clock import Clock
    from functions.extract.api.config import Group
    from functions.extract.api.request import Request
    from functions.extract.context import SliceContext
    from functions.extract.quota_document import Quota, RunCounts
    from functions.extract.raw.store import Store
    from functions.shared.events import Run


class QuotaLedger:
    """The quota document, kept in step with the bucket. Safe to use from several threads."""

    def __init__(self, store: Store, run: Run, budgets: dict[Group, int], clock: Clock) -> None:
        self._run, self._budgets, self._clock = run, budgets, clock
        self._lock = Lock()
        self._reserved: Counter[Group] = Counter()
        self._given_back: Counter[Group] = Counter()  # not written yet
        self._lost = False
        self._stored = StoredDocument(
            store, keys.QUOTA, read=self._read, write=lambda quota: json.dumps(quota).encode(), merge=self._keep_ours
        )

    @property
    def _quota(self) -> Quota:
        return self._stored.document

    def reserve(self, groups: Sequence[Group]) -> None:
        """Charge a request of each named group ahead, as far as budgets go: `charge` uses these first."""
        reserved: Counter[Group] = Counter()

        def spend(quota: Quota) -> None:
            reserved.clear()  # another writer may have been first, and may have left less
            for group in groups:
                with suppress(BudgetSpent, GroupBlocked, Paused):
                    self._spend(quota, group)
                    reserved[group] += 1

        self._change(spend)
        with self._lock:
            self._reserved += reserved

    def charge(self, group: Group) -> None:
        """Charge one request of a group before it is sent, unless it was reserved.

        Raises:
            BudgetSpent: the group has none left today.
            GroupBlocked: Spotify closed the group, and the time is not over.
            Paused: Spotify wants no request at all yet.
        """
        with self._lock:
            if self._reserved[group]:
                self._check_open(self._quota, group)
                self._reserved[group] -= 1
                return
        self._change(lambda quota: self._spend(quota, group))

    def release(self) -> None:
        """Give back the requests that were reserved and not charged; the next change writes this."""
        with self._lock:
            _give_back(self._quota["calls"], self._reserved)
            _give_back(self._quota["run"]["requests"], self._reserved)
            self._given_back += self._reserved
            self._reserved.clear()

    def open(self, group: Group) -> bool:
        """Return whether requests of a group may be sent now, according to the last state read."""
        try:
            self._check(self._quota, group)
        except (BudgetSpent, GroupBlocked, Paused):
            return False
        return True

    def affordable(self, requests: Sequence[Request]) -> list[Request]:
        """Return those of some requests that may be sent now: of each group, as many as its budget has left."""
        return [
            request
            for group, budget in self._budgets.items()
            if self.open(group)
            for request in [each for each in requests if each.group == group][: budget - self.spent(group)]
        ]

    def block(self, group: Group, until: datetime, why: str) -> None:
        """Record that Spotify closed a group; never move that time to an earlier one."""

        def close(quota: Quota) -> None:
            if whole_second(until) > quota["blocked_until"].get(group, ""):
                quota["blocked_until"][group] = whole_second(until)
                quota["blocked_why"][group] = why

        self._change(close)

    def pause(self, until: datetime) -> None:
        """Record that Spotify wants no request at all before a time."""

        def hold(quota: Quota) -> None:
            quota["paused_until"] = max(quota["paused_until"] or "", whole_second(until))

        self._change(hold)

    def add(
        self,
        *,
        not_modified: int = 0,
        null_items: int = 0,
        refused_links: int = 0,
        waits_s: float = 0.0,
        strikes: int = 0,
    ) -> None:
        """Add to this run's counts; they are written with the next charge or checkpoint."""
        with self._lock:
            counts = self._quota["run"]
            counts["not_modified"] += not_modified
            counts["null_items"] += null_items
            counts["refused_links"] += refused_links
            counts["waits_s"] += waits_s
            counts["strikes"] += strikes

    def recovered(self) -> None:
        """Reset the strike count: after a response, the next failure starts a new outage."""
        with self._lock:
            self._quota["run"]["strikes"] = 0

    def failed(self, name: str, why: str) -> None:
        """Count a request as given up in this run."""
        with self._lock:
            self._quota["run"]["failed"][name] = why

    def not_failed(self, names: list[str]) -> None:
        """Take back counted failures: Spotify was down, so they were not failures of these items."""
        with self._lock:
            for name in names:
                self._quota["run"]["failed"].pop(name, None)

    def note(self, sentences: list[str]) -> None:
        """Keep sentences about this run's repairs."""
        with self._lock:
            notes = self._quota["run"]["notes"]
            notes += [each for each in sentences if each not in notes]

    def belong_to(self, client_id: str) -> None:
        """Reopen groups and end a pause if another app's requests caused them: Spotify counts requests per app."""
        client = hashlib.sha256(client_id.encode()).hexdigest()[:16]
        if self._quota.get("client") == client:
            return

        def hand_over(quota: Quota) -> None:
            if "client" in quota:
                quota["blocked_until"], quota["blocked_why"], quota["paused_until"] = {}, {}, None
            quota["client"] = client

        if self._quota.get("client") and self.blocked():
            self.note([f"{', '.join(self.blocked())}: closed for the previous app, open for this one."])
        self._change(hand_over)

    def spent_at_least(self, requests: dict[str, int]) -> None:
        """Restore the day's counts from the responses in raw if the document was lost."""
        if not self._lost or not requests:
            return

        def count(quota: Quota) -> None:
            for group, number in requests.items():
                quota["calls"][group] = max(quota["calls"].get(group, 0), number)

        self.note([f"{keys.QUOTA} was missing or unreadable: the requests of this date were counted from raw data."])
        self._change(count)

    def save(self) -> None:
        """Write the counts."""
        self._change(lambda _: None)

    @property
    def counts(self) -> RunCounts:
        """Return this run's counts so far."""
        return deepcopy(self._quota["run"])

    @property
    def paused_until(self) -> datetime | None:
        """Return when requests may be sent again, or None if they may now."""
        text = self._quota["paused_until"]
        return instant(text) if text and instant(text) > self._clock.now() else None

    def blocked(self) -> dict[str, str]:
        """Return the groups that Spotify closed, with the time until which."""
        now = self._clock.now()
        return {group: until for group, until in self._quota["blocked_until"].items() if instant(until) > now}

    def why(self, group: str) -> str:
        """Return Spotify's message from when it closed a group."""
        return self._quota["blocked_why"].get(group, "")

    def spent(self, group: Group) -> int:
        """Return how many requests of a group were charged today."""
        return self._quota["calls"].get(group, 0)

    @property
    def just_called(self) -> tuple[int, datetime]:
        """Return how many requests the last slice sent just before it ended, and when that was."""
        window = self._quota["window"]
        return window["calls"], instant(window["until"])

    def _spend(self, quota: Quota, group: Group) -> None:
        self._check(quota, group)
        quota["calls"][group] = quota["calls"].get(group, 0) + 1
        quota["run"]["requests"][group] = quota["run"]["requests"].get(group, 0) + 1
        quota["window"] = widened(quota["window"], self._clock.now())

    def _check_open(self, quota: Quota, group: Group) -> None:
        now = self._clock.now()
        if (until := quota["blocked_until"].get(group)) and instant(until) > now:
            raise GroupBlocked(f"{group} is blocked until {utc(instant(until))}")
        if (pause := quota["paused_until"]) and instant(pause) > now:
            raise Paused(f"Spotify accepts no request until {utc(instant(pause))}", instant(pause))

    def _check(self, quota: Quota, group: Group) -> None:
        self._check_open(quota, group)
        if quota["calls"].get(group, 0) >= self._budgets[group]:
            raise BudgetSpent(f"the budget of {self._budgets[group]:,} requests per day for {group} is spent")

    def _change(self, change: Callable[[Quota], None]) -> None:
        """Change the document in the bucket; if another writer was first, apply the change to what it wrote."""

        def changed(quota: Quota) -> Quota:
            copy = deepcopy(quota)
            change(copy)
            return copy

        with self._lock:
            self._stored.update(changed)
            self._given_back.clear()

    def _keep_ours(self, theirs: Quota, ours: Quota) -> None:
        """Keep this run's counts, and subtract again the requests that were given back."""
        theirs["run"] = ours["run"]
        _give_back(theirs["calls"], self._given_back)

    def _read(self, body: bytes | None) -> Quota:
        """Return the document, with the day's or the run's counts reset where a new one began."""
        found = document_in(body)
        self._lost = found is None
        quota = found or fresh(self._run)
        now, ends_at = self._clock.now(), instant(quota["day_ends_at"])
        if not now < ends_at <= now + LONGEST_DAY:
            quota["day_ends_at"], quota["calls"] = stamp(instant(self._run["ends_at"])), {}
        if quota["run"]["run_id"] != self._run["run_id"]:
            quota["run"] = no_counts(self._run["run_id"])
        quota["run"].setdefault("notes", [])
        if note := repaired(quota, self._clock.now()):
            quota["run"]["notes"].append(note)
        return quota


def limits(context: SliceContext) -> tuple[QuotaLedger, Limiter]:
    """Return the day's quota, and the window of 30 s with the requests of the last slice."""
    quota = QuotaLedger(context.store, context.run, context.config.budgets, context.clock)
    limiter = Limiter(context.clock, context.time_left, context.config.requests_per_window)
    limiter.count(*quota.just_called)
    return quota, limiter


def _give_back(calls: dict[str, int], unused: Counter[Group]) -> None:
    """Subtract requests that were not sent from counts, which may have been reset since."""
    for group, number in unused.items():
        calls[group] = max(calls.get(group, 0) - number, 0)
