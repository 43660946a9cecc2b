"""A listing counts as read only if `total` agrees; one that ended early is named and requested on another day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.functions.extract.world import EACH_ROUND, FEW_LOOKUPS, World, world
from tests.local.spotify.transport import SimulatedTransport
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.dateless("its clock is the simulation's")
FIRST, SECOND = "2026-11-23", "2026-11-24"


def is_listing(path: str) -> bool:
    return path.endswith("/albums") and "/artists/" in path


def is_tracks(path: str) -> bool:
    return "/albums/" in path


def alter(made: World, of: Callable[[str], bool], change: Callable[[dict[str, Any], int], None]) -> None:
    """Change the pages that Spotify sends for some paths; `change` gets the page and the offset asked for."""

    def instead(request: httpx.Request) -> httpx.Response | None:
        if not of(request.url.path):
            return None
        response = SimulatedTransport(made.spotify).handle_request(request)
        body = json.loads(response.read())
        page = body if "items" in body else body.get("tracks")
        if response.status_code != 200 or not page:
            return response
        change(page, int(request.url.params.get("offset", 0)))
        return httpx.Response(200, json=body, request=request)

    made.instead = instead


def without_next(page: dict[str, Any], _offset: int) -> None:
    page["next"] = None


def empty_later(page: dict[str, Any], offset: int) -> None:
    if offset:
        page["items"], page["next"] = [], None


def albums_there(made: World) -> set[str]:
    found = made.spotify.snapshot
    return {found.album(origin.key).id for origin in found.albums if origin.kind != "compilation"}


def tracks_landed(made: World) -> int:
    raw = made.raw(FIRST)
    bodies = {key: lines[0]["body"] or {} for key, lines in raw.items()}
    first: list[Any] = [body["tracks"] for key, body in bodies.items() if key.startswith("albums/")]
    rest: list[Any] = [body for key, body in bodies.items() if key.startswith("album_tracks/")]
    return sum(len(page["items"]) for page in first + rest)


def test_a_next_that_is_null_too_early_loses_no_album() -> None:
    made = world(artists=3, albums=40, budgets=FEW_LOOKUPS, oddities="none", release_groups=EACH_ROUND)
    alter(made, is_listing, without_next)
    result = made.day(FIRST)[-1]
    assert (result["status"], result["reasons"]) == ("DONE", [])
    assert made.frontier()["albums"].keys() == albums_there(made)


def test_a_next_that_is_null_too_early_loses_no_track() -> None:
    plain, altered = (world(artists=6, albums=12, budgets=FEW_LOOKUPS) for _ in range(2))
    alter(altered, is_tracks, without_next)
    results = [each.day(FIRST)[-1]["status"] for each in (plain, altered)]
    assert results == ["DONE", "DONE"]
    assert [key for key in plain.raw(FIRST) if key.startswith("album_tracks/")], "no album is that long"
    assert tracks_landed(altered) == tracks_landed(plain)


def test_pages_that_stay_empty_before_total_leave_the_day_partial_and_are_asked_again() -> None:
    made = world(artists=1, albums=40, budgets=FEW_LOOKUPS, oddities="none")
    alter(made, is_listing, empty_later)
    there = albums_there(made)
    first = made.day(FIRST)[-1]
    assert first["status"] == "PARTIAL"
    assert not made.frontier()["albums"].keys() >= there
    assert "Ended before the `total`" in first["reasons"][0]
    [seen] = made.frontier()["artists"].values()
    short = [listing for listing in seen["listings"].values() if "short" in listing]
    assert short
    assert not any("walked" in listing or "complete" in listing for listing in short)
    made.instead = lambda _: None
    made.dawn(SECOND)
    assert made.day(SECOND)[-1]["status"] == "DONE"
    assert made.frontier()["albums"].keys() >= there & albums_there(made)


@pytest.mark.parametrize("kind", one_in(3, ["artist_albums", "album_tracks", "search"]))
def test_a_200_that_is_not_a_page_fails_its_item_and_leaves_the_day_partial(kind: str) -> None:
    made = world(artists=6, albums=12, budgets=FEW_LOOKUPS)
    made.follow(searches=["tag:new"])
    one = made.control.watchlist()["artists"][0]["id"]
    end = {"artist_albums": f"/artists/{one}/albums", "album_tracks": "/tracks", "search": "/search"}[kind]

    def instead(request: httpx.Request) -> httpx.Response | None:
        body = {"items": None, "albums": {"message": "try again"}}
        return httpx.Response(200, json=body, request=request) if request.url.path.endswith(end) else None

    made.instead = instead
    result = made.day(FIRST)[-1]
    assert result["status"] == "PARTIAL"
    assert "not a page" in " ".join(result["reasons"])
    assert [item for item in made.frontier()["failing"] if item.startswith(f"{kind}/")]
    made.instead = lambda _: None
    made.dawn(SECOND)
    assert made.day(SECOND)[-1]["status"] == "DONE"


def test_an_end_that_two_days_have_seen_is_believed() -> None:
    """A `total` above the number delivered is normal: it must not make every day partial."""
    made = world(artists=1, albums=40, budgets=FEW_LOOKUPS, oddities="none")
    alter(made, is_listing, empty_later)
    assert [result["status"] for result in made.days(FIRST, 3)] == ["PARTIAL", "DONE", "DONE"]
    [seen] = made.frontier()["artists"].values()
    assert all("walked" in listing for listing in seen["listings"].values())


def test_a_doubted_end_costs_one_request_and_not_the_day() -> None:
    """The page is requested only once on the day on which it is doubted."""
    made = world(artists=1, albums=40, budgets=FEW_LOOKUPS, oddities="none")
    alter(made, is_listing, empty_later)
    made.day(FIRST)
    asked = [request.path + request.query for request in made.asked("artist_albums")]
    assert len(asked) == len(set(asked))


def test_tracks_that_end_too_soon_are_asked_for_on_the_next_day() -> None:
    made = world(artists=6, albums=12, budgets=FEW_LOOKUPS)
    alter(made, lambda path: path.endswith("/tracks"), empty_later)
    first = made.day(FIRST)[-1]
    assert first["status"] == "PARTIAL"
    short = {album for album, seen in made.frontier()["albums"].items() if "short" in seen}
    assert short
    made.instead = lambda _: None
    made.dawn(SECOND)
    assert made.day(SECOND)[-1]["status"] == "DONE"
    assert {key[13:35] for key in made.raw(SECOND) if key.startswith("album_tracks/")} >= short
    assert not [album for album in short if "next" in made.frontier()["albums"][album]]
