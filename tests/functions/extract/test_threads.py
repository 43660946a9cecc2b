"""Two threads at once: what one of them takes, the other does not take too."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING

from functions.extract.api.config import GROUPS
from functions.extract.api.limiter import Limiter
from functions.extract.api.signals import Paused
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
