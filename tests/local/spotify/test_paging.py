"""Following `next` returns every item once; oddities make pages short and totals wrong, but lose no item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.spotify.catalogue.entities import LISTING_GROUPS
from local.spotify.config import CatalogueSize
from tests.local.spotify.conftest import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.spotify.conftest import Simulation


NEW = {"/browse/new-releases": {}, "/search": {"q": "tag:new", "type": "album"}}


def listed(simulation: Simulation, index: int, group: str) -> list[str]:
    """Return the IDs that a listing must return, in order."""
    snapshot = simulation.spotify.snapshot
    return [snapshot.album(origin.key).id for origin in snapshot.listing(index, group)]


@pytest.mark.parametrize("size", [PLAIN, CatalogueSize()], ids=["plain", "odd"])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_following_next_brings_every_album_once_in_order(
    simulate: Callable[..., Simulation], limit: int, size: CatalogueSize
) -> None:
    simulation = simulate(size=size)
    for index, artist in enumerate(simulation.artists):
        for group in LISTING_GROUPS:
            pages = simulation.pages(f"/artists/{artist}/albums", include_groups=group, limit=limit)
            brought = [item["id"] for page in pages for item in page["items"] if item is not None]
            assert brought == listed(simulation, index, group)


def test_several_groups_come_one_after_the_other_in_spotifys_order(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    artist = simulation.artists[0]
    pages = simulation.pages(f"/artists/{artist}/albums", include_groups="single,album", limit=10)
    brought = [item["id"] for page in pages for item in page["items"]]
    assert brought == listed(simulation, 0, "album") + listed(simulation, 0, "single")
    assert simulation.get(f"/artists/{artist}/albums", include_groups="mixtape").status_code == 400


def test_links_lead_forward_back_and_to_the_page_itself(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    first, second = simulation.pages(f"/artists/{simulation.artists[0]}/albums", include_groups="album", limit=10)[:2]
    assert first["previous"] is None
    assert simulation.client.get(second["previous"]).json() == first
    assert simulation.client.get(second["href"]).json() == second
    assert all(link.startswith("http://spotify.test/v1/") for link in (first["href"], first["next"]))


def test_a_page_that_ends_where_the_listing_ends_is_the_last_and_none_begins_before_it(
    simulate: Callable[..., Simulation],
) -> None:
    simulation = simulate()
    path = f"/artists/{simulation.artists[0]}/albums"
    total = simulation.json(path, include_groups="album")["total"]
    found = [simulation.json(path, include_groups="album", limit=3, offset=total - back) for back in (4, 3)]
    assert [each["next"] is None for each in found] == [False, True]
    early = simulation.json(path, include_groups="album", limit=3, offset=1)
    assert simulation.client.get(early["previous"]).json()["offset"] == 0


def test_a_search_reaches_its_thousandth_result(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    codes = [simulation.get("/search", q="tag:new", type="album", offset=offset).status_code for offset in (1000, 1001)]
    assert codes == [200, 400]


def test_new_releases_are_those_of_the_search_for_them_page_by_page(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(profile="extended")
    found = []
    for path, asked in NEW.items():
        pages = [simulation.json(path, limit=3, **asked)["albums"]]
        while following := pages[-1]["next"]:
            pages.append(simulation.client.get(following).json()["albums"])
        found.append([album["id"] for page in pages for album in page["items"]])
    releases, searched = found
    assert len(releases) > 3
    assert releases == searched


def test_an_artist_has_ten_top_tracks_at_most(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(profile="extended")
    found = [len(simulation.json(f"/artists/{each}/top-tracks")["tracks"]) for each in simulation.artists]
    assert max(found) == 10


def test_an_album_embeds_fifty_tracks_and_the_rest_is_behind_next(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(size=CatalogueSize())
    snapshot = simulation.spotify.snapshot
    album = next(snapshot.album(origin.key) for origin in snapshot.albums if origin.oddity == "longer")
    body = simulation.json(f"/albums/{album.id}", market="US")
    pages = [body["tracks"]]
    while pages[-1]["next"]:
        pages.append(simulation.client.get(pages[-1]["next"]).json())
    assert len(pages[0]["items"]) == 50
    numbers = [(track["disc_number"], track["track_number"]) for page in pages for track in page["items"]]
    assert len(numbers) == body["total_tracks"] == album.track_count > 100
    assert numbers == sorted(set(numbers))


def test_some_pages_are_short_with_more_to_come_and_some_totals_are_never_reached(
    simulate: Callable[..., Simulation],
) -> None:
    simulation = simulate(size=CatalogueSize())
    listings = [
        simulation.pages(f"/artists/{artist}/albums", include_groups="album", limit=10) for artist in simulation.artists
    ]
    assert any(len(page["items"]) < 10 and page["next"] for pages in listings for page in pages)
    assert any(sum(len(page["items"]) for page in pages) < pages[0]["total"] for pages in listings)
    assert any(None in page["items"] for pages in listings for page in pages)


def test_extended_listings_come_fifty_at_a_time(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(profile="extended")
    pages = simulation.pages(f"/artists/{simulation.artists[0]}/albums", limit=50)
    assert len(pages) == 1
    assert len(pages[0]["items"]) > 10
