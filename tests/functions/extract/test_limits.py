"""Invariant 8: no group over its budget, no request to a closed group, no sleep over 30 s; every artist has a turn."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from functions.extract.api.clock import instant, stamp
from functions.extract.api.config import GROUPS
from functions.extract.api.limiter import Limiter
from functions.extract.api.signals import Paused
from local.spotify.config import Limits
from tests.functions.extract.world import EACH_ROUND, FIRST_DAY, PLENTY, World, one_artist, world
from tests.often import one_in

pytestmark = pytest.mark.dateless("its clock is the simulation's")
TIGHT = {"artists": 3, "artist_albums": 5, "albums": 4, "album_tracks": 1, "tracks": 3, "search": 2}


def spent(made: World) -> dict[str, int]:
    return Counter(request.group for request in made.asked())


def test_no_group_goes_over_its_budget_in_a_day_of_several_runs() -> None:
    """Budgets count per day, over runs of several dates and retries alike."""
    made = world(artists=6, budgets=TIGHT)
    made.follow(searches=["tag:new"])
    made.control.schedule_faults(seed=1, rate=0.2, kinds=["server_error", "reset"])
    for snapshot_date in (FIRST_DAY, FIRST_DAY, "2026-11-22", "2026-11-24"):
        made.day(snapshot_date)
    calls = spent(made)
    assert all(calls[group] <= budget for group, budget in TIGHT.items())
    assert [group for group in GROUPS if calls[group] == TIGHT[group]] == [
        "artists",
        "artist_albums",
        "albums",
        "tracks",
        "search",
    ]


def test_a_date_whose_last_requests_failed_with_the_budgets_spent_is_no_outage() -> None:
    """To start it again, as an outage advises, would send nothing on this day."""
    made = world(artists=3, budgets=dict.fromkeys(GROUPS, 1))
    made.control.schedule_faults(seed=1, rate=1, kinds=["server_error"])
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert any("are spent" in reason for reason in result["reasons"])


def test_a_new_day_has_a_new_budget() -> None:
    """The count begins again at the midnight that ends the run."""
    made = world(artists=6, budgets={"artist_albums": 5})
    list(made.days(FIRST_DAY, 3))
    assert spent(made)["artist_albums"] == 15


def test_a_budget_that_is_spent_ends_the_day_partial_with_the_truth() -> None:
    """The reason names the group, its budget and the number of requests left."""
    made = world(artists=6, budgets={"artist_albums": 5}, release_groups=EACH_ROUND)
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert result["reasons"] == ["artist_albums: 5 of the day's 5 requests are spent; left for later: 7."]
    assert result["work"]["artist_albums"] == 7
    assert made.manifest(FIRST_DAY)["complete"] is False
    assert made.manifest(FIRST_DAY)["reasons"] == result["reasons"]


def test_isrc_lookups_take_what_their_budget_gives_and_do_not_make_a_day_partial() -> None:
    """Each day they use their whole budget, and more are always due."""
    result = world(artists=2, budgets={"tracks": 3}).day(FIRST_DAY)[-1]
    assert (result["status"], result["requests"]["tracks"]) == ("DONE", 3)
    assert result["work"]["tracks"] > 0


@pytest.mark.slow
def test_every_artist_of_a_watch_list_ten_times_the_budget_is_visited_in_turn() -> None:
    """After a full round, every artist was requested, and none twice before all were requested once."""
    made = world(
        artists=40,
        albums=3,
        budgets={"artists": 4, "artist_albums": 8, "albums": 10, "tracks": 0},
        release_groups=EACH_ROUND,
    )
    incremental_listings: list[str] = []
    for number, result in enumerate(made.days(FIRST_DAY, 22)):
        assert result["status"] == "PARTIAL", number
        assert any(reason.startswith("artist_albums:") for reason in result["reasons"])
        incremental_listings += [r.path + r.query for r in made.asked("artist_albums") if "offset=0" in r.query]
        made.spotify.log.entries.clear()
    first_round = incremental_listings[: len(set(incremental_listings))]
    assert len(set(incremental_listings)) == 80
    assert len(set(first_round)) == len(first_round)
    ages = [artist["at"] for artist in made.frontier()["artists"].values()]
    assert len(ages) == 40
    assert min(ages) >= FIRST_DAY


def test_a_ban_of_a_day_in_mid_run_is_obeyed_to_its_end_and_then_caught_up_with() -> None:
    """The run ends partial in minutes, other groups continue, and no request goes to the group before the ban ends."""
    made = world(artists=6, limits=replace(Limits.none(), quotas={"artist_albums": 5}, ban_s=100_000))
    began = made.clock.now()
    result = made.day(FIRST_DAY)[-1]
    assert made.clock.now() - began < timedelta(minutes=10)
    assert result["status"] == "PARTIAL"
    until = instant(result["blocked"]["artist_albums"])
    assert timedelta(hours=27) < until - began < timedelta(hours=28)
    assert "QUOTA_EXCEEDED" in " ".join(result["reasons"])
    assert result["work"]["albums"] == 0
    assert result["requests"]["albums"] > 0
    made.control.set_limits(quotas={"artist_albums": 10_000})
    calls = len(made.asked("artist_albums"))
    made.dawn("2026-11-24")
    second = made.day("2026-11-24")[-1]
    assert instant(second["blocked"]["artist_albums"]) == until
    assert len(made.asked("artist_albums")) == calls
    made.dawn("2026-11-25")  # the ban ended at ten in the morning of the day before
    assert made.day("2026-11-25")[-1]["status"] == "DONE"
    assert not any(request.banned for request in made.asked())


@pytest.mark.slow
def test_a_lambda_whose_time_is_over_before_the_window_moves_on_lets_the_state_machine_wait() -> None:
    """A short slice does not wait in a loop: it ends, and all slices send as many requests as one long slice."""
    whole, cut = (world(artists=9, release_groups=EACH_ROUND) for _ in range(2))
    whole.day(FIRST_DAY)
    cut.slice_s = 35.0
    results = cut.day(FIRST_DAY)
    assert [result["status"] for result in results] == ["WAIT", "DONE"]
    assert results[-1]["status"] == "DONE"
    assert cut.raw(FIRST_DAY).keys() == whole.raw(FIRST_DAY).keys()
    assert results[-1]["requests"] == {group: spent(cut)[group] for group in GROUPS}


def test_a_lambda_whose_time_is_nearly_over_hands_on_and_brings_all() -> None:
    """It returns MORE until the work is done; the slices together send as many requests as one long slice."""
    whole, cut = world(artists=9), world(artists=9)
    whole.day(FIRST_DAY)
    cut.slice_s = 20.0
    cut.before_call = lambda: cut.control.move_clock(0.7)
    results = cut.day(FIRST_DAY)
    assert {result["status"] for result in results[:-1]} == {"MORE"}
    assert len(results) > 5
    assert cut.raw(FIRST_DAY).keys() == whole.raw(FIRST_DAY).keys()
    assert spent(cut) == spent(whole)


def test_work_that_reaches_midnight_ends_partial_and_the_next_day_goes_on() -> None:
    """The next day continues from the frontier."""
    made = world(artists=5)
    made.control.set_clock(f"{FIRST_DAY}T23:59:20+00:00")
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert result["reasons"][0].startswith("The day ended at 2026-11-24 00:00:00 UTC")
    made.dawn("2026-11-24")
    assert made.day("2026-11-24")[-1]["status"] == "DONE"


def test_a_wait_that_would_reach_midnight_ends_the_day_instead() -> None:
    """A wait must not last beyond its day."""
    made = world()
    made.control.set_clock(f"{FIRST_DAY}T23:55:00+00:00")
    made.control.inject("retry_after_long", value=900)
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert "no request until 2026-11-24 00:10:00 UTC" in result["reasons"][0]


def test_a_run_begun_the_day_before_makes_no_call_any_more() -> None:
    """A redrive after midnight publishes the data that was fetched; the new day has its own run."""
    made = world()
    run = made.run(FIRST_DAY)
    made.dawn("2026-11-24")
    assert made.slice(run)["status"] == "PARTIAL"
    assert made.asked() == []


def test_a_run_whose_day_ends_now_is_over_even_where_nothing_is_left_to_request() -> None:
    """Requests that were due on its date may have been made under the next one."""
    made = one_artist()
    made.day(FIRST_DAY)
    result = made.slice({**made.run("2026-11-22"), "ends_at": stamp(made.clock.now())})
    assert result["status"] == "PARTIAL"


def test_no_window_of_thirty_seconds_holds_more_calls_than_the_limiter_allows() -> None:
    """This holds for any times of the requests."""
    made = world(artists=4)
    made.before_call = lambda: made.control.move_clock(0.13)
    made.day(FIRST_DAY)
    times = sorted(request.at for request in made.asked())
    assert max(sum(start <= at < start + 29.9 for at in times) for start in times) <= 100


def test_threads_at_once_get_no_more_places_than_there_are() -> None:
    """Each place in the window is taken by one thread."""
    limiter = Limiter(world().clock, lambda: 0.0, 100)

    def places(_: int) -> bool:
        try:
            limiter.acquire()
        except Paused:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(places, range(400))) == 100


@pytest.mark.parametrize("concurrency", one_in(2, [4, 8]))
def test_calls_side_by_side_come_to_the_same_as_one_after_the_other(concurrency: int) -> None:
    """The order in which responses arrive changes nothing."""
    one, many = (world(artists=4, concurrency=n, requests_per_window=100_000) for n in (1, concurrency))
    one.day(FIRST_DAY)
    many.day(FIRST_DAY)
    assert many.raw(FIRST_DAY).keys() == one.raw(FIRST_DAY).keys()
    assert many.frontier() == one.frontier()
    assert spent(many) == spent(one)


def test_short_waits_asked_for_slow_the_slice_down() -> None:
    """After a complaint the rate is halved, and grows by a tenth every ten seconds."""
    made = world(artists=6)
    made.control.set_limits(calls_per_30_s=40)
    results = made.day(FIRST_DAY)
    assert results[-1]["status"] == "DONE"
    complaints = sum(request.status == 429 for request in made.asked())
    assert 0 < complaints < 12
    assert all(seconds <= 30 for seconds in made.clock.sleeps)


def test_first_seen_is_the_date_an_album_was_first_listed() -> None:
    """It is not the date of the first fetch, which a budget may delay."""
    made = world(artists=3, budgets={"albums": 4, "tracks": 0})
    list(made.days(FIRST_DAY, 6))
    late = made.raw((date.fromisoformat(FIRST_DAY) + timedelta(days=3)).isoformat())
    first_seen = {lines[0]["first_seen"] for part, lines in late.items() if part.startswith("albums/")}
    assert FIRST_DAY in first_seen


def test_plenty_is_plenty() -> None:
    """The budgets of the other tests do not limit anything."""
    assert min(PLENTY.values()) > max(spent(world()).values(), default=0)
