"""What may be spent is written down before it is spent, in one write for calls that are made side by side."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from functions.extract.api.config import GROUPS
from functions.extract.api.signals import BudgetSpent, GroupBlocked
from functions.extract.quota import Meter
from functions.shared import keys
from tests.functions.extract.world import FIRST_DAY, MemoryStore, world

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a meter does not wait, and this one would for {seconds} s")


def meter(store: MemoryStore, budget: int = 10) -> Meter:
    return Meter(store, world(artists=1).run(FIRST_DAY), dict.fromkeys(GROUPS, budget), Noon())


def written(store: MemoryStore) -> int:
    """Return the calls that the bucket knows of."""
    return int(json.loads(store.objects[keys.QUOTA][0])["calls"]["albums"])


def test_calls_side_by_side_are_written_once_and_before_they_are_made() -> None:
    store = MemoryStore()
    ours = meter(store)
    ours.reserve(["albums"] * 4)
    assert (store.writes, written(store)) == ([keys.QUOTA], 4)
    for _ in range(4):
        ours.charge("albums")
    assert (len(store.writes), ours.counts["requests"]) == (1, {"albums": 4})
    ours.charge("albums")  # a retry: nobody reserved it
    assert (len(store.writes), written(store)) == (2, 5)


def test_a_reservation_ends_where_the_budget_does() -> None:
    ours = meter(MemoryStore(), budget=3)
    ours.reserve(["albums"] * 5)
    for _ in range(3):
        ours.charge("albums")
    with pytest.raises(BudgetSpent):
        ours.charge("albums")
    assert ours.spent("albums") == 3


def test_a_call_that_was_reserved_is_not_made_once_its_group_is_closed() -> None:
    ours = meter(MemoryStore())
    ours.reserve(["albums"] * 2)
    ours.charge("albums")
    ours.block("albums", NOON + timedelta(hours=1), "429")
    with pytest.raises(GroupBlocked):
        ours.charge("albums")
    ours.release()
    assert (ours.spent("albums"), ours.counts["requests"]) == (1, {"albums": 1})


@pytest.mark.parametrize("others", [0, 2])
def test_what_was_not_made_is_given_back_whoever_wrote_since(others: int) -> None:
    store = MemoryStore()
    ours, theirs = meter(store), meter(store)
    ours.reserve(["albums"] * 4)
    ours.charge("albums")
    ours.release()
    for _ in range(others):
        theirs.charge("albums")
    ours.save()
    assert written(store) == 1 + others
    ours.save()
    assert written(store) == 1 + others


def test_two_that_reserve_at_once_share_what_is_left() -> None:
    store = MemoryStore()
    ours, theirs = meter(store, budget=6), meter(store, budget=6)
    ours.reserve(["albums"] * 4)
    theirs.reserve(["albums"] * 4)
    assert written(store) == 6
    theirs.charge("albums")
    theirs.charge("albums")
    with pytest.raises(BudgetSpent):
        theirs.charge("albums")
