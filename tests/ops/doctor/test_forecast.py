"""What `ops doctor` and `ops watch` say of the days to come."""

from __future__ import annotations

from functions.shared import keys
from functions.shared.watchlist import parse
from ops.doctor.forecast import Forecast, forecast
from tests.functions.extract.world import FIRST_DAY, World, world


def foretold(made: World, today: str) -> Forecast:
    watchlist = parse(made.store.objects[keys.WATCHLIST][0])
    return forecast(watchlist, made.frontier(), made.config, today)


def test_the_forecast_of_a_steady_day_is_what_it_costs() -> None:
    """Within the new albums, which nobody foretells, and the chance of a day's share."""
    made = world(artists=20, budgets={"tracks": 0})
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
    """Each artist's turn is foretold, and comes."""
    made = world(artists=20, budgets={"artist_albums": 8, "tracks": 0})
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
    made = world(artists=20, budgets={"artist_albums": 20, "tracks": 0})
    assert foretold(made, FIRST_DAY).round_days == 3  # 40 listings, and 15 requests per day go to the round
    list(made.days(FIRST_DAY, 6))
    document = made.frontier()
    assert all("walked" in each for seen in document["artists"].values() for each in seen["listings"].values())
    assert foretold(made, "2026-11-29").round_days == 2
    item = f"artist_albums/{min(document['artists'])}.album"
    document["failing"][item] = {"days": 1, "last": "2026-11-28"}
    watchlist = parse(made.store.objects[keys.WATCHLIST][0])
    assert forecast(watchlist, document, made.config, "2026-11-29").round_days == 3  # 19 of 20 go to the round
