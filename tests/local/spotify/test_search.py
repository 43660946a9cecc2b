from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.spotify import search

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.spotify.conftest import Simulation


def found(simulation: Simulation, query: str, kind: str = "album") -> list[dict[str, Any]]:
    """Return all results of a search."""
    page = simulation.json("/search", q=query, type=kind, limit=10)[f"{kind}s"]
    items = list(page["items"])
    while page["next"]:
        page = simulation.client.get(page["next"]).json()[f"{kind}s"]
        items += page["items"]
    return items


def test_tag_new_brings_the_albums_of_the_past_two_weeks(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    dates = [date.fromisoformat(album["release_date"]) for album in found(simulation, "tag:new")]
    assert len(dates) >= 14
    assert min(dates) > date(2026, 11, 23) - timedelta(days=14)
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize(("query", "first", "last"), [("year:1990-1999", 1990, 1999), ("year:2026", 2026, 2026)])
def test_a_year_or_a_span_of_years_brings_albums_of_it_only(
    simulate: Callable[..., Simulation], query: str, first: int, last: int
) -> None:
    years = {int(album["release_date"][:4]) for album in found(simulate(), query)}
    assert years
    assert years <= set(range(first, last + 1))


def test_a_label_brings_its_albums(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(profile="extended")
    snapshot = simulation.spotify.snapshot
    label = snapshot.album(snapshot.albums[0].key).label
    albums = found(simulation, f'label:"{label}"')
    assert albums
    assert {simulation.json(f"/albums/{album['id']}")["label"] for album in albums} == {label}


def test_an_artist_is_found_by_a_part_of_the_name(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    name = simulation.json(f"/artists/{simulation.artists[3]}")["name"]
    assert simulation.artists[3] in {artist["id"] for artist in found(simulation, name[:7].lower(), "artist")}


def test_a_track_is_found_by_its_isrc(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    snapshot = simulation.spotify.snapshot
    track = snapshot.track(snapshot.album(snapshot.albums[0].key), 1)
    assert [item["id"] for item in found(simulation, f"isrc:{track.isrc}", "track")] == [track.id]


def test_an_album_is_found_by_its_upc_and_nothing_by_an_unknown_one(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    snapshot = simulation.spotify.snapshot
    album = snapshot.album(snapshot.albums[0].key)
    assert [item["id"] for item in found(simulation, f"upc:{album.upc}")] == [album.id]
    assert found(simulation, "upc:0000000000000") == []


@pytest.mark.parametrize("kind", ["album", "artist", "track"])
def test_a_page_holds_what_its_offset_and_its_limit_say(simulate: Callable[..., Simulation], kind: str) -> None:
    simulation = simulate()

    def page(offset: int, limit: int) -> list[str]:
        found = simulation.json("/search", q="a", type=kind, offset=offset, limit=limit)[f"{kind}s"]["items"]
        return [each["id"] for each in found]

    whole = page(0, 4)
    assert len(set(whole)) == 4
    assert page(1, 2) == whole[1:3]


def test_a_search_counts_no_more_than_can_be_reached(
    simulate: Callable[..., Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = simulate()
    monkeypatch.setattr(search, "FURTHEST", 3)
    assert simulation.json("/search", q="a", type="artist", limit=1)["artists"]["total"] == 3


def test_several_kinds_come_in_one_answer(simulate: Callable[..., Simulation]) -> None:
    assert set(simulate().json("/search", q="a", type="album,artist,track")) == {"albums", "artists", "tracks"}
