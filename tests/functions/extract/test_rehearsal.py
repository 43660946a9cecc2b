"""A rehearsal's extraction: three requests at most, charged like any others, and no frontier kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from functions.shared import keys
from tests.functions.extract.world import FIRST_DAY, World, world

if TYPE_CHECKING:
    from functions.shared.events import ExtractResult, Run


def rehearse(made: World, number: int = 7) -> ExtractResult:
    """Extract as a rehearsal does."""
    run = made.run(keys.REHEARSAL_DATE, number)
    return made.day(keys.REHEARSAL_DATE, {**run, "mode": "rehearsal"})[-1]


@pytest.mark.parametrize("concurrency", [1, 4], ids=["one by one", "side by side"])
@pytest.mark.parametrize("app", ["development", "extended"])
def test_a_listing_and_what_it_names_are_requested_and_nothing_else(concurrency: int, app: str) -> None:
    made = world(concurrency=concurrency, app=app, profile=app)
    result = rehearse(made)
    assert result["status"] == "PARTIAL"
    assert result["requests"] == dict.fromkeys(keys.QUOTA_GROUPS, 0) | {"artist_albums": 1, "albums": 1}
    assert len(made.spotify.log.entries) == 3  # with the token
    assert set(made.raw(keys.REHEARSAL_DATE)) >= {"watchlist/00000.ndjson.gz"}
    assert result["records"]["albums"] >= 1


def test_another_slice_of_the_same_rehearsal_makes_no_more_requests() -> None:
    made = world()
    run: Run = {**made.run(keys.REHEARSAL_DATE), "mode": "rehearsal"}
    made.slice(run)
    made.slice(run)
    assert len(made.asked()) == 2


def test_a_watch_list_of_searches_alone_is_rehearsed_by_one_of_them() -> None:
    made = world()
    made.follow(artists=[], searches=["tag:new", "year:2020"])
    result = rehearse(made)
    assert (result["requests"]["search"], result["requests"]["albums"]) == (1, 1)
    assert len(made.asked()) == 2


def test_the_frontier_stays_as_it_was() -> None:
    made = world()
    made.dawn(FIRST_DAY)
    made.day(FIRST_DAY)
    before = made.store.objects[keys.FRONTIER]
    rehearse(made)
    assert made.store.objects[keys.FRONTIER] == before


def test_without_a_frontier_none_is_made() -> None:
    made = world()
    rehearse(made)
    assert keys.FRONTIER not in made.store.objects


def test_its_requests_are_charged_to_the_day() -> None:
    made = world(budgets={"artist_albums": 1})
    rehearse(made)
    assert json.loads(made.store.objects[keys.QUOTA][0])["calls"] == {"artist_albums": 1, "albums": 1}
    again = rehearse(made, number=8)
    assert again["requests"]["artist_albums"] == 0, "the budget of the day was spent by the first"


def test_it_says_that_the_rest_is_left() -> None:
    made = world()
    (reason,) = rehearse(made)["reasons"]
    assert "A rehearsal makes only two requests" in reason
