"""The forecasts of `ops doctor` and `ops watch` for the coming days."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from functions.shared import keys
from functions.shared.watchlist import parse
from ops.commands.doctor import _waiting, costs
from ops.doctor.forecast import Forecast, ListingDates, _fresh_after, forecast
from tests.functions.extract.world import EACH_ROUND, FIRST_DAY, World, world

if TYPE_CHECKING:
    from functions.extract.api.config import Group

GROUPS = {"album": 1, "single": 1, "compilation": 7}


def foretold(made: World, today: str) -> Forecast:
    watchlist = parse(made.store.objects[keys.WATCHLIST][0])
    return forecast(watchlist, made.frontier(), made.config, today)


def test_the_forecast_of_a_steady_day_is_what_it_costs() -> None:
    """It is exact up to new albums, which no forecast can contain, and the random part of a day's share."""
    made = world(artists=20, budgets={"tracks": 0}, release_groups=EACH_ROUND)
    list(made.days(FIRST_DAY, 3))
    told = foretold(made, "2026-11-26")
    made.spotify.log.entries.clear()
    made.dawn("2026-11-26")
    (cost,) = (result["requests"] for result in made.day("2026-11-26"))
    assert told.calls_a_day["artist_albums"] == 40
    assert 40 <= cost["artist_albums"] <= 46
    assert abs(cost["albums"] - told.calls_a_day["albums"]) <= 12
    assert told.over_budget == []
    assert told.round_days == 1


def test_a_round_takes_as_many_days_as_the_budget_needs() -> None:
    """Each artist is requested on the forecast day."""
    made = world(artists=20, budgets={"artist_albums": 8, "tracks": 0}, release_groups=EACH_ROUND)
    list(made.days(FIRST_DAY, 8))
    told = foretold(made, "2026-12-01")
    assert told.round_days == 5
    assert told.over_budget == ["artist_albums"]
    assert sorted(visit.next_in_days or 0 for visit in told.visits) == [day for day in range(5) for _ in range(4)]
    first = {visit.artist for visit in told.visits if visit.next_in_days == 0}
    made.spotify.log.entries.clear()
    made.dawn("2026-12-01")
    made.day("2026-12-01")
    assert {request.path.split("/")[3] for request in made.asked("artist_albums")} == first


def test_before_a_first_run_every_artist_is_still_to_come() -> None:
    """A forecast needs no frontier."""
    told = foretold(world(artists=3), FIRST_DAY)
    assert [visit.last_looked for visit in told.visits] == [None] * 3
    assert told.waiting["artists"] == 3


def test_a_round_takes_longer_while_first_full_listings_and_failing_ones_take_their_shares() -> None:
    made = world(artists=20, budgets={"artist_albums": 20, "tracks": 0}, release_groups=EACH_ROUND)
    assert foretold(made, FIRST_DAY).round_days == 3  # 40 listings, and 15 requests per day go to the round
    list(made.days(FIRST_DAY, 6))
    document = made.frontier()
    assert all("walked" in each for seen in document["artists"].values() for each in seen["listings"].values())
    assert foretold(made, "2026-11-29").round_days == 2
    item = f"artist_albums/{min(document['artists'])}.album"
    document["failing"][item] = {"days": 1, "last": "2026-11-28"}
    watchlist = parse(made.store.objects[keys.WATCHLIST][0])
    assert forecast(watchlist, document, made.config, "2026-11-29").round_days == 3  # 19 of 20 go to the round


def test_each_kind_of_listing_has_its_cost() -> None:
    made = world(artists=14, budgets={"artist_albums": 30, "tracks": 0}, release_groups=GROUPS)
    list(made.days(FIRST_DAY, 2))
    told = {each.name: each for each in foretold(made, "2026-11-25").release_groups}
    assert foretold(made, "2026-11-25").round_days == 1  # 14 x 2, and 2 compilations
    assert (told["album"].every, told["album"].calls_a_day, told["album"].days) == (1, 14, 1)
    assert (told["compilation"].every, told["compilation"].calls_a_day, told["compilation"].days) == (7, 2, 7)
    assert (told["appears_on"].every, told["appears_on"].days) == (None, 14)  # a round would take two days
    assert told["appears_on"].fits


def test_a_kind_whose_rounds_outlast_retention_does_not_fit() -> None:
    made = world(artists=20, budgets={"artist_albums": 8, "tracks": 0}, release_groups=GROUPS)
    told = {each.name: each for each in foretold(made, FIRST_DAY).release_groups}
    assert (told["album"].days, told["album"].fits) == (8, True)
    assert (told["compilation"].days, told["compilation"].fits) == (56, False)


@pytest.mark.parametrize(("budget", "fresh"), [(1000, 21), (5, 21), (4, 25), (0, None)])
def test_an_album_is_as_old_as_refresh_days_or_as_the_budget_makes_it(budget: int, fresh: int | None) -> None:
    made = world(artists=1, budgets={"albums": budget})
    assert _fresh_after(100, made.config) == fresh


@pytest.mark.parametrize(("retention", "fits"), [(56, True), (55, False)])
def test_a_kind_that_returns_on_the_day_on_which_what_it_brought_expires_fits(retention: int, fits: bool) -> None:
    made = world(artists=20, budgets={"artist_albums": 8, "tracks": 0}, release_groups=GROUPS, retention_days=retention)
    told = {each.name: each for each in foretold(made, FIRST_DAY).release_groups}
    assert (told["compilation"].days, told["compilation"].fits) == (56, fits)


def test_doctor_and_an_import_say_what_each_kind_of_listing_costs() -> None:
    made = world(artists=20, budgets={"artist_albums": 8, "tracks": 0}, release_groups=GROUPS)
    told = Console(width=120, file=StringIO())
    told.print(*costs(foretold(made, FIRST_DAY)))
    lines = " ".join(told.file.getvalue().split())  # type: ignore[attr-defined]  # a text in memory
    assert "album every round 2.5 every 8 days" in lines
    assert "compilation every 7 rounds 0.4 every 56 days: not with this profile" in lines
    assert "appears_on off" in lines


def test_a_budget_that_a_steady_day_spends_to_the_last_request_is_enough() -> None:
    """ISRC lookups never make a day partial."""
    calls: dict[Group, int] = {"artists": 5, "albums": 6, "tracks": 9}
    budgets: dict[Group, int] = dict.fromkeys(calls, 5)
    assert Forecast(calls, {}, budgets, 1, 1, ()).over_budget == ["albums"]


@pytest.mark.parametrize(("round_days", "shown"), [(1, []), (2, ["Artists with the longest wait"])])
def test_who_waits_is_shown_where_a_round_takes_more_than_a_day(round_days: int, shown: list[str]) -> None:
    """An artist that was requested today is not requested again either."""
    ahead = Forecast(
        {}, {}, {}, round_days, 1, (ListingDates("a", "A", FIRST_DAY, None), ListingDates("b", "B", None, 0))
    )
    assert [str(each).strip() for each in _waiting(ahead)[:1]] == shown
