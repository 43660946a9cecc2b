"""Two threads at once: what one of them takes, the other does not take too."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.config import GROUPS
from functions.extract.api.limiter import Limiter
from functions.extract.api.responses import HttpResponse
from functions.extract.api.signals import Paused
from functions.extract.api.tokens import Credentials, Tokens
from functions.extract.quota import QuotaLedger
from tests.functions.extract.test_quota import Noon, quota, written
from tests.functions.extract.world import FIRST_DAY, MemoryStore, world

if TYPE_CHECKING:
    from collections.abc import Callable

A_MOMENT_S = 0.02


class Other:
    """Another thread, which is given a moment to do its work as soon as it is called for, and does it once."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._thread = Thread(target=work)
        self._called = False

    def __call__(self, _: object = None) -> None:
        if not self._called:
            self._called = True
            self._thread.start()
            self._thread.join(A_MOMENT_S)

    def join(self) -> None:
        self._thread.join()


def test_a_reserved_request_is_made_by_one_thread() -> None:
    """The other one comes after the first has seen that a request is reserved, and before it has taken it."""
    store = MemoryStore()
    between: list[Callable[[], None]] = []

    class Clock(Noon):
        def now(self) -> datetime:
            for each in between:
                each()
            return super().now()

    ours = QuotaLedger(store, world(artists=1).run(FIRST_DAY), dict.fromkeys(GROUPS, 10), Clock())
    ours.reserve(["albums"])
    other = Other(lambda: ours.charge("albums"))
    between.append(other)
    ours.charge("albums")
    other.join()
    assert written(store) == 2


def test_a_charge_waits_for_another_threads_to_be_written_and_noted() -> None:
    """The other one comes after the ledger was written, and before its new ETag is noted."""
    store = MemoryStore()
    ours = quota(store)
    other = Other(lambda: ours.charge("albums"))
    store.after = other
    ours.charge("albums")
    other.join()
    assert (written(store), ours.counts["requests"], len(store.writes)) == (2, {"albums": 2}, 2)


def test_the_last_place_of_a_window_is_taken_by_one_thread() -> None:
    """Both look how many have been taken before either of them takes one."""

    class Slow(deque[datetime]):
        def __len__(self) -> int:
            found = super().__len__()
            time.sleep(A_MOMENT_S / 4)
            return found

    window, refused = Limiter(Noon(), lambda: 0.0, 1), []
    window._calls = Slow()

    def acquire() -> None:
        try:
            window.acquire()
        except Paused as exc:
            refused.append(exc)

    threads = [Thread(target=acquire) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 1


class Counted:
    """A lock that counts how often it is taken."""

    def __init__(self) -> None:
        self.taken = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        self._lock.acquire()
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Moving(Noon):
    """A clock that moves by what is waited for."""

    waited = timedelta()

    def now(self) -> datetime:
        return super().now() + self.waited

    def sleep(self, seconds: float) -> None:
        self.waited += timedelta(seconds=seconds)


CHANGES: dict[str, tuple[Callable[[QuotaLedger], None], int]] = {
    "reserve": (lambda ledger: ledger.reserve(["albums"]), 2),
    "release": (lambda ledger: ledger.release(), 1),
    "add": (lambda ledger: ledger.add(strikes=1), 1),
    "recovered": (lambda ledger: ledger.recovered(), 1),
    "failed": (lambda ledger: ledger.failed("albums/a", "no"), 1),
    "not failed": (lambda ledger: ledger.not_failed(["albums/a"]), 1),
    "note": (lambda ledger: ledger.note(["repaired"]), 1),
    "save": (lambda ledger: ledger.save(), 1),
}
"""The changes of a ledger, and how often each takes the lock."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_ledger_is_made_under_its_lock(change: str) -> None:
    """A write replaces the ledger by a changed copy: what another thread changed in between would be lost."""
    (made, times), ledger, lock = CHANGES[change], quota(MemoryStore()), Counted()
    ledger._lock = lock  # type: ignore[assignment]
    made(ledger)
    assert lock.taken == times


def test_the_window_is_looked_at_and_changed_under_its_lock() -> None:
    """A request that waits looks twice, and adds what it waited for."""
    window, lock = Limiter(Moving(), lambda: 1e6, 1), Counted()
    window._lock = lock  # type: ignore[assignment]
    window.count(1, window._clock.now())
    window.acquire()
    window.hold(1.0)
    assert (lock.taken, window.waited_s) == (1 + 3 + 1, 30.0)


def test_a_refused_token_is_forgotten_under_its_lock() -> None:
    """Another thread may just have fetched a new one."""
    tokens, lock = (
        Tokens("", Credentials("id", "secret"), lambda _: HttpResponse("", 500, {}, b""), Noon().now),
        Counted(),
    )
    tokens._lock = lock  # type: ignore[assignment]
    tokens.refused("old")
    assert lock.taken == 1
