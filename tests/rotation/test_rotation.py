"""With any budget a release is reported within a round and a day, and no artist takes the requests of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rotation.simulation import FIRST, Rotation

pytestmark = pytest.mark.dateless("its clock is the simulation's")
SMALL = {"artists": 20, "artist_albums": 30, "albums": 40}
"""A third of the requests that Spotify was measured to allow."""


def hold(made: Rotation) -> None:
    """Raise unless the promises of the rotation are kept."""
    print(made.row())  # the figures of docs/measures.md
    assert made.late() == []
    assert made.not_news() == []
    assert made.out_of_order == []
    assert made.over_budget == []
    assert made.spotify.wasted <= 0.05 * made.requests


@pytest.mark.parametrize("days", [pytest.param(60, marks=pytest.mark.soak), 24])
def test_twelve_artists_with_a_big_catalog_and_budgets_that_are_too_small(days: int) -> None:
    small = {"artists": 2, "artist_albums": 7, "albums": 9}
    made = Rotation(12, days, budgets=small, releases_a_year=30).live()
    hold(made)
    assert max(made.rounds.values()) > 4
    assert len(made.delays()) > 5


@pytest.mark.soak
def test_sixty_artists_beside_a_big_catalog() -> None:
    made = Rotation(60, 30, "extended", {"artists": 20, "artist_albums": 20, "albums": 2}, releases_a_year=12).live()
    hold(made)
    assert len(made.delays()) > 5


@pytest.mark.soak
def test_searches_for_new_albums_report_them_earlier_where_listings_have_to_wait() -> None:
    small = {"artists": 20, "artist_albums": 6, "albums": 40, "search": 20}
    made, without = (Rotation(30, 40, budgets=small, searches=each, releases_a_year=20, big_catalog=20).live()
                     for each in (True, False))  # fmt: skip
    for each in (made, without):
        hold(each)
    mean, mean_without = (sum(each.days for each in one.delays()) / len(one.delays()) for one in (made, without))
    assert mean < 0.7 * mean_without


@pytest.mark.soak
def test_a_lake_that_begins_to_list_compilations_keeps_its_promises() -> None:
    """Its albums and singles wait no longer than doctor's forecast, and all compilations are listed within weeks."""
    small = {"artists": 20, "artist_albums": 12, "albums": 40}
    made = Rotation(30, 50, budgets=small, releases_a_year=20, big_catalog=60)
    configured = made.config
    for number in range(made.days):
        begun_by = {"album": 1, "single": 1} if number < 20 else configured.release_groups
        made.config = replace(configured, release_groups=begun_by)
        made.day(FIRST + timedelta(days=number))
    hold(made)
    living = {*made.spotify.ids} - made.spotify.dead - made.spotify.failing
    begun = [made.frontier()["artists"][each]["listings"]["compilation"]["complete"] for each in living]
    assert min(begun) == (FIRST + timedelta(days=20)).isoformat()
    assert max(begun) <= (FIRST + timedelta(days=32)).isoformat()  # 30 of them, and 3 of 12 requests a day
    counted = [made.frontier()["artists"][each]["listings"]["compilation"]["at"] for each in living]
    assert sum(later > first for later, first in zip(counted, begun, strict=True)) > 0


@pytest.mark.parametrize(
    "withdrawn",
    [
        pytest.param(3, id="within a page", marks=pytest.mark.soak),
        pytest.param(25, id="more than a page", marks=pytest.mark.slow),
    ],
)
def test_a_listing_that_is_continued_on_later_days_skips_nothing_when_albums_leave_it(withdrawn: int) -> None:
    made = Rotation(3, 30, budgets={"artist_albums": 8}, searches=False, big_catalog=200)
    big = made.spotify.ids[0]
    for number in range(made.days):
        made.day(FIRST + timedelta(days=number))
        known = made.frontier()["albums"]
        read = [each.id for each in made.spotify.visible(big, "album") if each.id in known]
        made.spotify.withdrawn.update(read[:withdrawn] if 0 < number < 6 else [])
    listing = made.frontier()["artists"][big]["listings"]["album"]
    there = {each.id for each in made.spotify.visible(big, "album") if each.visible is None}
    found = {each for each in there if made.frontier()["albums"].get(each, {}).get("baseline")}
    assert "complete" in listing
    assert len(there) > 50
    assert found == there


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("searches", [True, False], ids=["with searches", "without searches"])
@pytest.mark.parametrize("budgets", [{}, SMALL], ids=["default budgets", "small budgets"])
@pytest.mark.parametrize("profile", ["development", "extended"])
@pytest.mark.parametrize("artists", [12, 400, 2_300])
def test_120_days_of_a_rotation(artists: int, profile: str, budgets: dict[str, int], searches: bool) -> None:
    hold(Rotation(artists, 120, profile, budgets, searches=searches).live())
