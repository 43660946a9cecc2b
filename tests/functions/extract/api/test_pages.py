"""Pages whose `next` leads to a wrong place, and the requests to an app of either profile."""

from __future__ import annotations

import pytest

from tests.functions.extract.world import EACH_ROUND, FIRST_DAY, an_album, one_artist, world
from tests.often import one_in

pytestmark = pytest.mark.dateless("its clock is the simulation's")


def test_a_redirect_to_a_foreign_host_is_not_followed() -> None:
    made = one_artist()
    made.control.inject("redirect_to_foreign_host", path=f"/albums/{an_album()}", times=None)
    result = made.day(FIRST_DAY)[-1]
    assert result["failed_calls"] == 1
    assert "foreign host api.spotify.example.net" in result["reasons"][-1]


@pytest.mark.parametrize("kind", one_in(2, ["next_to_foreign_host", "next_to_itself"]))
def test_a_next_that_leads_away_or_back_is_not_followed(kind: str) -> None:
    made = world(artists=2, albums=30, budgets={"tracks": 0})
    made.control.inject(kind, group="artist_albums", times=None)
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert any("was not followed" in reason for reason in result["reasons"])
    honest = world(artists=2, albums=30, budgets={"tracks": 0}).day(FIRST_DAY)[-1]
    assert result["requests"]["artist_albums"] == honest["requests"]["artist_albums"] > 4, "by offset, up to `total`"


def test_an_empty_page_with_a_next_ends_the_listing() -> None:
    made = world(artists=1, albums=30, budgets={"tracks": 0}, release_groups=EACH_ROUND)
    made.control.inject("empty_page_with_next", group="artist_albums", times=None)
    result = made.day(FIRST_DAY)[-1]
    assert result["requests"]["artist_albums"] == 2


@pytest.mark.parametrize("kind", one_in(2, ["null_items", "short_page", "total_lies", "doubled_item"]))
def test_pages_that_mislead_lose_no_page_after_them(kind: str) -> None:
    honest, odd = (
        world(artists=2, albums=30, budgets={"tracks": 0}, oddities="none", release_groups=EACH_ROUND) for _ in range(2)
    )
    honest.day(FIRST_DAY)
    odd.control.inject(kind, group="artist_albums", times=None)
    result = odd.day(FIRST_DAY)[-1]
    assert result["status"] == ("PARTIAL" if kind == "short_page" else "DONE"), "one listing's last page is empty"
    listed = [part for part in odd.raw(FIRST_DAY) if part.startswith("artist_albums/")]
    assert listed == [part for part in honest.raw(FIRST_DAY) if part.startswith("artist_albums/")]
    if kind == "null_items":
        assert any("no valid ID" in note for note in result["notes"])
