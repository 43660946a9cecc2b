"""Each request is written to the ledger before it is sent; requests sent side by side are written at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from functions.extract.api.config import GROUPS
from functions.extract.api.signals import BudgetSpent, GroupBlocked, Paused
from functions.extract.quota import QuotaLedger
from functions.shared import keys
from functions.shared.errors import FrontierContended
from tests.functions.extract.world import FIRST_DAY, MemoryStore, world

# The bounds are repeated here, so that a changed bound fails a test.
ATTEMPTS = 8
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a ledger does not wait, and this one would for {seconds} s")


def quota(store: MemoryStore, budget: int = 10) -> QuotaLedger:
    return QuotaLedger(store, world(artists=1).run(FIRST_DAY), dict.fromkeys(GROUPS, budget), Noon())


def written(store: MemoryStore) -> int:
    """Return the number of requests in the bucket's ledger."""
    return int(json.loads(store.objects[keys.QUOTA][0])["calls"]["albums"])


def test_calls_side_by_side_are_written_once_and_before_they_are_made() -> None:
    store = MemoryStore()
    ours = quota(store)
    ours.reserve(["albums"] * 4)
    assert (store.writes, written(store)) == ([keys.QUOTA], 4)
    for _ in range(4):
        ours.charge("albums")
    assert (len(store.writes), ours.counts["requests"]) == (1, {"albums": 4})
    ours.charge("albums")  # a retry: nobody reserved it
    assert (len(store.writes), written(store)) == (2, 5)


def test_a_reservation_ends_where_the_budget_does() -> None:
    ours = quota(MemoryStore(), budget=3)
    ours.reserve(["albums"] * 5)
    for _ in range(3):
        ours.charge("albums")
    with pytest.raises(BudgetSpent):
        ours.charge("albums")
    assert ours.spent("albums") == 3


def test_a_call_that_was_reserved_is_not_made_once_its_group_is_closed() -> None:
    ours = quota(MemoryStore())
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
    ours, theirs = quota(store), quota(store)
    ours.reserve(["albums"] * 4)
    ours.charge("albums")
    ours.release()
    for _ in range(others):
        theirs.charge("albums")
    ours.save()
    assert written(store) == 1 + others
    ours.save()
    assert written(store) == 1 + others


def test_what_was_given_back_is_given_back_once() -> None:
    """The second save finds that another writer was first: the bucket already has the result of the first save."""
    store = MemoryStore()
    ours, theirs = quota(store), quota(store)
    ours.reserve(["albums"] * 4)
    ours.charge("albums")
    ours.release()
    ours.save()
    theirs.charge("albums")
    ours.save()
    assert written(store) == 2


def test_a_day_that_would_end_in_more_than_25_hours_is_not_believed() -> None:
    store = MemoryStore()
    quota(store).charge("albums")
    kept = json.loads(store.objects[keys.QUOTA][0])
    for ends_at, spent in (("2026-11-24T13:00:00Z", 1), ("2026-11-24T13:00:01Z", 0)):
        store.write(keys.QUOTA, kept | {"day_ends_at": ends_at})
        assert quota(store).spent("albums") == spent


def test_two_that_reserve_at_once_share_what_is_left() -> None:
    store = MemoryStore()
    ours, theirs = quota(store, budget=6), quota(store, budget=6)
    ours.reserve(["albums"] * 4)
    theirs.reserve(["albums"] * 4)
    assert written(store) == 6
    theirs.charge("albums")
    theirs.charge("albums")
    with pytest.raises(BudgetSpent):
        theirs.charge("albums")


def test_a_lost_ledger_that_another_writer_made_anew_keeps_its_counts_where_raw_knows_of_fewer() -> None:
    """A request that has no response in raw yet was charged all the same."""
    store = MemoryStore()
    ours, theirs = quota(store), quota(store)
    for _ in range(3):
        theirs.charge("albums")
    ours.spent_at_least({"albums": 2, "artists": 2})
    assert (ours.spent("albums"), ours.spent("artists")) == (3, 2)


HOUR = timedelta(hours=1)


def test_a_block_never_moves_to_an_earlier_time() -> None:
    """Two requests side by side are rejected, and the one with the shorter wait is written last."""
    store = MemoryStore()
    ours, theirs = quota(store), quota(store)
    ours.block("albums", NOON + 3 * HOUR, "429 QUOTA_EXCEEDED")
    theirs.block("albums", NOON + HOUR, "429")
    ours.block("albums", NOON + 2 * HOUR, "429")
    for each in (ours, theirs, quota(store)):
        assert (each.blocked(), each.why("albums")) == ({"albums": "2026-11-23T15:00:00Z"}, "429 QUOTA_EXCEEDED")
    ours.block("albums", NOON + 3 * HOUR, "429")
    assert ours.why("albums") == "429 QUOTA_EXCEEDED"
    ours.block("albums", NOON + 4 * HOUR, "429")
    assert (ours.blocked(), ours.why("albums")) == ({"albums": "2026-11-23T16:00:00Z"}, "429")
    assert not ours.open("albums")
    assert (ours.open("artists"), ours.why("artists"), ours.spent("artists")) == (True, "", 0)
    with pytest.raises(GroupBlocked, match="albums is blocked until 2026-11-23 16:00:00 UTC"):
        ours.charge("albums")


def test_a_pause_never_moves_to_an_earlier_time() -> None:
    store = MemoryStore()
    ours, theirs = quota(store), quota(store)
    ours.pause(NOON + timedelta(seconds=90))
    theirs.pause(NOON + timedelta(seconds=30))
    assert ours.paused_until == quota(store).paused_until == NOON + timedelta(seconds=90)
    with pytest.raises(Paused, match="until 2026-11-23 12:01:30 UTC") as paused:
        theirs.charge("albums")
    assert paused.value.until == NOON + timedelta(seconds=90)


def test_what_an_earlier_release_noted_without_its_app_stays_closed_until_another_app_is_known() -> None:
    ours = quota(MemoryStore())
    ours.block("albums", NOON + HOUR, "429")
    ours.belong_to("one")
    assert list(ours.blocked()) == ["albums"]
    ours.belong_to("two")
    assert ours.blocked() == {}


def test_what_was_given_back_is_not_reserved_any_more() -> None:
    ours = quota(MemoryStore())
    ours.reserve(["albums"] * 2)
    ours.release()
    ours.charge("albums")
    assert ours.spent("albums") == 1


def test_a_sentence_that_each_slice_says_is_kept_once() -> None:
    ours = quota(MemoryStore())
    for sentences in (["one"], ["one", "two"]):
        ours.note(sentences)
    assert ours.counts["notes"] == ["one", "two"]


def test_a_time_within_a_second_is_kept_as_the_end_of_that_second() -> None:
    """The state machine waits for whole seconds, and a request that comes too early is refused again."""
    ours = quota(MemoryStore())
    ours.block("albums", NOON + timedelta(milliseconds=400), "429")
    ours.pause(NOON + timedelta(milliseconds=400))
    assert (ours.blocked(), ours.paused_until) == ({"albums": "2026-11-23T12:00:01Z"}, NOON + timedelta(seconds=1))


def test_a_block_and_a_pause_end_at_their_time() -> None:
    store = MemoryStore()
    ours = quota(store)
    ours.block("albums", NOON, "429")
    ours.pause(NOON)
    assert (ours.blocked(), ours.paused_until, ours.open("albums")) == ({}, None, True)
    ours.charge("albums")


def test_a_budget_is_the_last_call_and_not_the_next() -> None:
    ours = quota(MemoryStore(), budget=2)
    ours.charge("albums")
    assert ours.open("albums")
    ours.charge("albums")
    assert not ours.open("albums")
    with pytest.raises(BudgetSpent, match="budget of 2 requests per day for albums"):
        ours.charge("albums")


@pytest.mark.parametrize(("others", "written_down"), [(ATTEMPTS - 1, True), (ATTEMPTS, False)])
def test_others_may_be_first_so_often_and_no_call_is_made_that_is_not_written(others: int, written_down: bool) -> None:
    store = MemoryStore()
    ours, theirs = quota(store, budget=100), quota(store, budget=100)
    left = iter(range(others))

    def another_is_first(_: str) -> None:
        if next(left, None) is not None:
            store.before = lambda _: None
            theirs.charge("albums")
            store.before = another_is_first

    store.before = another_is_first
    if written_down:
        ours.charge("albums")
        assert written(store) == others + 1
    else:
        with pytest.raises(FrontierContended, match=f"{ATTEMPTS} attempts failed: other writers"):
            ours.charge("albums")
        assert written(store) == others


def test_a_runs_own_counts_outlive_another_writer() -> None:
    store = MemoryStore()
    ours, theirs = quota(store), quota(store)
    for strikes in (0, 1):
        ours.add(not_modified=1, null_items=2, refused_links=3, waits_s=2.5, strikes=strikes)
    ours.add()
    ours.failed("albums/one", "503")
    ours.failed("albums/two", "503")
    ours.not_failed(["albums/two", "albums/three"])
    theirs.charge("albums")
    ours.charge("albums")
    assert ours.counts == json.loads(store.objects[keys.QUOTA][0])["run"]
    assert ours.counts == {
        "run_id": ours.counts["run_id"], "requests": {"albums": 1}, "failed": {"albums/one": "503"},
        "not_modified": 2, "null_items": 4, "refused_links": 6, "waits_s": 5.0, "strikes": 1, "notes": [],
    }  # fmt: skip
    ours.add(strikes=2)
    assert ours.counts["strikes"] == 3
    ours.recovered()
    assert ours.counts["strikes"] == 0


def test_counts_that_are_handed_out_are_a_copy() -> None:
    ours = quota(MemoryStore())
    ours.counts["failed"]["albums/one"] = "503"
    assert ours.counts["failed"] == {}


def test_a_day_ends_for_its_calls_and_not_for_what_spotify_closed() -> None:
    store = MemoryStore()
    today = quota(store)
    today.charge("albums")
    today.block("albums", NOON + 100 * HOUR, "429")
    kept = json.loads(store.objects[keys.QUOTA][0])
    for ends_at, calls in (("2026-11-23T12:00:01Z", {"albums": 1}), ("2026-11-23T12:00:00Z", {})):
        store.write(keys.QUOTA, kept | {"day_ends_at": ends_at})
        again = quota(store)
        again.add(strikes=1)
        again.save()
        kept = json.loads(store.objects[keys.QUOTA][0])
        assert (kept["calls"], again.blocked()) == (calls, {"albums": "2026-11-27T16:00:00Z"})
        assert kept["day_ends_at"] == (ends_at if calls else "2026-11-24T00:00:00.000000Z")


def test_another_run_begins_its_own_counts_and_goes_on_with_the_days_calls() -> None:
    store = MemoryStore()
    quota(store).charge("albums")
    other = QuotaLedger(
        store, {**world(artists=1).run(FIRST_DAY), "run_id": "other"}, dict.fromkeys(GROUPS, 10), Noon()
    )
    assert (other.spent("albums"), other.counts["requests"], other.counts["run_id"]) == (1, {}, "other")


def test_the_calls_of_the_last_half_minute_are_kept_for_the_next_slice() -> None:
    store = MemoryStore()
    ours = quota(store)
    for _ in range(3):
        ours.charge("albums")
    assert quota(store).just_called == (3, NOON)
    kept = json.loads(store.objects[keys.QUOTA][0])
    for since, calls in (("2026-11-23T11:59:30.000001Z", 4), ("2026-11-23T11:59:30Z", 1)):
        store.write(keys.QUOTA, kept | {"window": kept["window"] | {"since": since, "until": since}})
        again = quota(store)
        again.charge("albums")
        assert again.just_called == (calls, NOON)


def test_what_is_reserved_twice_is_there_twice() -> None:
    store = MemoryStore()
    ours = quota(store)
    for _ in range(2):
        ours.reserve(["albums"] * 2)
    for _ in range(4):
        ours.charge("albums")
    assert (len(store.writes), written(store)) == (2, 4)


def test_nothing_is_reserved_of_what_may_not_be_called_and_nothing_is_raised() -> None:
    store = MemoryStore()
    ours = quota(store)
    ours.block("albums", NOON + HOUR, "429")
    ours.reserve(["albums", "artists"])
    ours.pause(NOON + HOUR)
    ours.reserve(["artists"])
    ours.release()
    assert (ours.spent("albums"), ours.spent("artists"), ours.counts["requests"]) == (0, 0, {"artists": 0})


def test_a_budget_of_one_is_one_call() -> None:
    ours = quota(MemoryStore(), budget=1)
    ours.charge("albums")
    with pytest.raises(BudgetSpent):
        ours.charge("albums")


@pytest.mark.parametrize("calls", [{}, {"albums": 1}])
def test_what_is_given_back_after_the_day_began_anew_is_no_credit(calls: dict[str, int]) -> None:
    store = MemoryStore()
    ours = quota(store)
    ours.reserve(["albums"] * 4)
    ours.release()
    store.write(keys.QUOTA, json.loads(store.objects[keys.QUOTA][0]) | {"calls": calls})
    ours.save()
    assert written(store) == 0


def test_a_lake_that_never_called_has_no_calls_behind_it() -> None:
    assert quota(MemoryStore()).just_called == (0, datetime(1970, 1, 1, tzinfo=UTC))
