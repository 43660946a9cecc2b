"""Invariant 12: a misbehaving item is named and affects only itself, that day and later; one 404 is never believed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from functions.extract.frontier.failures import named_few
from functions.shared.errors import SpotifyRefused, WatchListInvalid
from tests.functions.extract.world import EACH_ROUND, FEW_LOOKUPS, FIRST_DAY, World, world
from tests.local.spotify.transport import SimulatedTransport
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from functions.shared.events import ExtractResult

pytestmark = pytest.mark.dateless("its clock is the simulation's")


def later(days: int) -> str:
    return (date.fromisoformat(FIRST_DAY) + timedelta(days=days)).isoformat()


def followed(made: World) -> list[str]:
    return [entry["id"] for entry in made.control.watchlist()["artists"]]


def day(made: World, number: int) -> ExtractResult:
    """Run a day (the first is 0), and return its result."""
    made.dawn(later(number))
    made.spotify.log.entries.clear()
    return made.day(later(number))[-1]


def answer(made: World, status: int, *ends: str, of: Callable[[httpx.Request], bool] = lambda _: True) -> list[str]:
    """Let Spotify respond with a status if a path ends like this; return the growing list of these paths."""
    answered: list[str] = []

    def instead(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(ends) or not of(request) or "/v1/" not in request.url.path:
            return None
        answered.append(request.url.path)
        said = {404: "Service not found", 500: "Internal server error"}[status]
        return httpx.Response(status, json={"error": {"status": status, "message": said}}, request=request)

    made.instead = instead
    return answered


def unlist(made: World, album: str) -> None:
    """Remove an album from all listings; other responses stay."""
    before, network = made.instead, SimulatedTransport(made.spotify)

    def instead(request: httpx.Request) -> httpx.Response | None:
        if "/artists/" not in request.url.path or not request.url.path.endswith("/albums"):
            return before(request)
        response = network.handle_request(request)
        if response.status_code != 200:
            return response
        page = json.loads(response.read())
        page["items"] = [each for each in page["items"] if each["id"] != album]
        return httpx.Response(200, json=page, headers={"etag": response.headers["etag"]}, request=request)

    made.instead = instead


def listings(artists: Collection[str]) -> tuple[str, ...]:
    return tuple(f"/artists/{artist}/albums" for artist in artists)


def looked_at(made: World, today: str) -> set[str]:
    """Return the artists whose two listings were read on a date."""
    seen = made.frontier()["artists"]
    return {
        artist
        for artist in seen
        if all(seen[artist].get("listings", {}).get(name, {}).get("at") == today for name in ("album", "single"))
    }


@pytest.mark.parametrize(
    "failing", [pytest.param(1, marks=pytest.mark.slow), 6, pytest.param(9, marks=pytest.mark.slow)]
)
def test_artists_that_always_fail_are_named_and_the_others_go_on(failing: int) -> None:
    made = world(artists=10, albums=3, budgets={"tracks": 0}, concurrency=4, release_groups=EACH_ROUND)
    everyone = followed(made)
    bad = set(everyone[-failing:])
    day(made, 0)
    answered = answer(made, 500, *listings(bad))
    requests = []
    for number in range(1, 12):
        answered.clear()
        result = day(made, number)
        assert result["status"] == "PARTIAL"
        assert all(artist in " ".join(result["reasons"]) for artist in bad)
        assert not [artist for artist in everyone if artist not in bad and artist in " ".join(result["reasons"])]
        assert looked_at(made, later(number)) == set(everyone) - bad
        requests.append(len(answered))
    assert [number for number, made_of in enumerate(requests, start=1) if made_of] == [1, 2, 4, 8]


def test_artists_that_failed_are_requested_behind_the_rest_and_recover() -> None:
    made = world(artists=6, albums=3, budgets={"tracks": 0})
    bad = set(followed(made)[:2])
    day(made, 0)
    answer(made, 500, *listings(bad))
    day(made, 1)
    made.instead = lambda _: None
    result = day(made, 2)
    assert (result["status"], result["reasons"]) == ("DONE", [])
    asked = [r.path.split("/")[3] for r in made.asked("artist_albums") if "offset=0" in r.query]
    assert set(asked[-4:]) == bad
    assert made.frontier()["failing"] == {}


def test_in_a_new_lake_the_first_in_line_may_fail_and_the_rest_is_read() -> None:
    made = world(artists=12, albums=2, budgets={"tracks": 0})
    order: list[str] = []
    made.instead = lambda request: order.append(request.url.path)  # None: Spotify answers
    day(made, 0)
    first = [path for path in dict.fromkeys(order) if path.endswith("/albums")][:5]
    fresh = world(artists=12, albums=2, budgets={"tracks": 0})
    answer(fresh, 500, *first)
    result = day(fresh, 0)
    assert result["status"] == "PARTIAL"
    assert len(looked_at(fresh, FIRST_DAY)) == 7


def test_a_failure_that_passes_within_the_day_costs_that_day_nothing() -> None:
    made = world(artists=4, albums=3, budgets={"tracks": 0})
    day(made, 0)
    times = iter(range(4))
    answer(made, 500, *listings(followed(made)[:1]), of=lambda _: next(times, None) is not None)
    assert day(made, 1)["reasons"] == []


@pytest.mark.parametrize("status", one_in(2, [404, 500]))
def test_a_404_of_an_album_is_not_believed_while_its_listing_fails(status: int) -> None:
    made = world(artists=1, albums=4, budgets={"tracks": 0}, oddities="none", refresh_days=2, retention_days=9)
    day(made, 0)
    album, number = min(made.frontier()["albums"]), 1
    answer(made, 404, f"/albums/{album}")
    while f"albums/{album}" not in made.frontier()["missing"]:
        day(made, number)
        number += 1
    album_fails = made.instead
    answer(made, status, *listings(followed(made)))
    listing_fails = made.instead
    made.instead = lambda request: album_fails(request) or listing_fails(request)
    day(made, number)
    made.instead = album_fails
    for later_on in (1, 2):
        assert "gone" not in made.frontier()["albums"][album]
        day(made, number + later_on)
    unlist(made, album)
    day(made, number + 3)
    assert made.frontier()["albums"][album]["gone"] == later(number + 3)


@pytest.mark.parametrize("kind", one_in(3, ["artists", "artist_albums", "albums"]))
def test_a_passing_404_removes_nothing(kind: str) -> None:
    made = world(artists=3, albums=4, budgets={"tracks": 0}, refresh_days=3)
    day(made, 0)
    seen: set[str] = set()

    def once(request: httpx.Request) -> bool:
        path = request.url.path
        is_kind = {"artists": path.count("/") == 3 and "/artists/" in path, "artist_albums": path.endswith("/albums"),
                   "albums": path.startswith("/v1/albums/") and path.count("/") == 3}[kind]  # fmt: skip
        wanted = is_kind and not seen
        seen.update({path} if wanted else ())
        return wanted

    answer(made, 404, "", of=once)
    for number in range(1, 8):
        assert day(made, number)["status"] == "DONE"
        assert looked_at(made, later(number)) == set(followed(made))
    assert seen
    frontier = made.frontier()
    entity = next(iter(seen)).split("/")[3]
    assert "gone" not in {**frontier["artists"].get(entity, {}), **frontier["albums"].get(entity, {})}
    assert not [item for item in frontier["missing"] if entity in item]


@pytest.mark.slow
def test_a_404_that_lasts_is_recorded_a_day_later_and_checked_daily_for_a_week_then_weekly() -> None:
    made = world(artists=2, albums=4, budgets={"tracks": 0}, new_ratio=0)
    day(made, 0)
    album = min(made.frontier()["albums"])
    answered = answer(made, 404, f"/albums/{album}")
    unlist(made, album)
    asked, landed = [], []
    for number in range(1, 60):
        answered.clear()
        assert day(made, number)["status"] == "DONE"  # its last response is still shown
        asked += [number] * bool(answered)
        if lines := made.raw(later(number)).get(f"albums/{album}.ndjson.gz"):
            assert (lines[0]["status"], lines[0]["body"]) == (404, None)
            landed.append(number)
    first = asked[0]
    week = list(range(first + 1, first + 9))
    assert asked[:11] == [first, *week, week[-1] + 7, week[-1] + 14][:11]
    assert landed == asked[1:]
    assert made.frontier()["albums"].get(album, {}).get("gone", later(first + 1)) == later(first + 1)


def test_a_day_on_which_everything_is_404_is_partial_and_the_next_day_knows_no_better() -> None:
    made = world(artists=4, albums=3, budgets={"tracks": 0})
    day(made, 0)
    before = made.frontier()
    answer(made, 404, "")
    result = day(made, 1)
    assert result["status"] == "PARTIAL"
    assert "responded 404 to" in result["reasons"][0]
    made.instead = lambda _: None
    assert day(made, 2)["status"] == "DONE"
    after = made.frontier()
    assert not any("gone" in seen for seen in (*after["artists"].values(), *after["albums"].values()))
    assert before["albums"].keys() <= after["albums"].keys()


def test_when_everything_is_really_gone_that_is_accepted_a_day_later() -> None:
    made = world(artists=3, albums=2, budgets={"tracks": 0}, refresh_days=1)
    day(made, 0)
    answer(made, 404, "")
    assert day(made, 1)["status"] == "PARTIAL"
    day(made, 2)
    assert all("gone" in seen for seen in made.frontier()["artists"].values())
    assert day(made, 3)["status"] == "DONE"
    made.instead = lambda _: None
    day(made, 4)
    assert not any("gone" in seen for seen in made.frontier()["artists"].values())
    assert looked_at(made, later(4)) == set(followed(made))


def test_an_artist_taken_down_is_known_to_be_gone_within_days() -> None:
    """Its listings show it long before the artist itself is requested again."""
    made = world(artists=3, albums=2, budgets={"tracks": 0}, refresh_days=21)
    day(made, 0)
    gone = followed(made)[0]
    answer(made, 404, f"/artists/{gone}", *listings([gone]))
    for number in range(1, 4):
        day(made, number)
    assert "gone" in made.frontier()["artists"][gone]


@pytest.mark.parametrize(
    ("items", "told"),
    [
        (["artist_albums/A.album", "artist_albums/A.single", "artists/A"], "artist A (Ann)"),
        (["albums/B", "album_tracks/B"], "album B"),
        (["search/tag:new"], "search tag:new"),
        ([f"tracks/{n:02d}" for n in range(10)], ", ".join(f"track {n:02d}" for n in range(10))),
        ([f"tracks/{n:02d}" for n in range(12)], ", ".join(f"track {n:02d}" for n in range(10)) + " and 2 more"),
    ],
    ids=["an artist once", "an album once", "a search", "ten", "not all of many"],
)
def test_items_are_named_as_people_know_them(items: list[str], told: str) -> None:
    assert named_few(items, {"A": "Ann"}) == told


def refuse(made: World, status: int, said: str, *words: str) -> list[str]:
    """Let Spotify reject each request whose URL contains one of the words; return the growing list of them."""
    refused: list[str] = []

    def instead(request: httpx.Request) -> httpx.Response | None:
        if "/v1/" not in request.url.path or not any(word in str(request.url) for word in words):
            return None
        refused.append(str(request.url))
        return httpx.Response(status, json={"error": {"status": status, "message": said}}, request=request)

    made.instead = instead
    return refused


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("new", [True, False], ids=["new lake", "known lake"])
def test_an_artist_that_spotify_refuses_is_left_out_and_named(status: int, new: bool) -> None:
    made = world(artists=5, albums=2, budgets={"tracks": 0})
    bad = followed(made)[2]
    if not new:
        day(made, 0)
    refused = refuse(made, status, "Invalid base62 id", f"/artists/{bad}")
    for number in (1, 2):
        refused.clear()
        result = day(made, number)
        assert result["status"] == "PARTIAL"
        assert [bad in reason for reason in result["reasons"]] == [True]
        assert looked_at(made, later(number)) == set(followed(made)) - {bad}
        assert len(refused) == len(set(refused))  # refused once, it is not requested again
    assert "400" in result["reasons"][0] or "403" in result["reasons"][0]


def test_a_search_that_spotify_refuses_is_left_out_and_named() -> None:
    made = world(artists=3, albums=2, budgets={"tracks": 0})
    made.follow(searches=["genre:" + "x" * 300])
    refuse(made, 400, "Query exceeds maximum length of 250 characters", "/search")
    result = day(made, 0)
    assert result["status"] == "PARTIAL"
    assert "search genre-xxx" in result["reasons"][0]
    assert looked_at(made, FIRST_DAY) == set(followed(made))


@pytest.mark.parametrize(("status", "said"), one_in(2, [(400, "Invalid market code"), (403, "Forbidden")]))
def test_an_app_that_is_refused_everything_stops_after_a_few_requests(status: int, said: str) -> None:
    made = world(artists=6, albums=3, budgets=FEW_LOOKUPS)
    day(made, 0)
    refused = refuse(made, status, said, "market=", "/artists/")
    made.dawn(later(1))
    with pytest.raises(SpotifyRefused, match=said):
        made.day(later(1))
    assert len(refused) <= 10
    assert made.frontier()["failing"] == {}


def test_an_entry_that_is_no_id_is_left_out_and_named() -> None:
    made = world(artists=3, albums=2, budgets={"tracks": 0})
    made.follow(artists=[*followed(made), "z" * 22, "spotify:album:0000000000000000000001"])
    result = day(made, 0)
    assert result["status"] == "PARTIAL"
    assert ["artists[3]" in result["reasons"][0], "artists[4]" in result["reasons"][1]] == [True, True]
    assert looked_at(made, FIRST_DAY) == set(followed(made))
    made.follow(artists=["z" * 22])
    made.dawn(later(1))
    with pytest.raises(WatchListInvalid, match=r"artists\[0\] is 'zzz"):
        made.day(later(1))


def test_a_404_of_an_album_that_its_listing_still_names_is_not_believed() -> None:
    made = world(artists=1, albums=4, budgets={"tracks": 0}, oddities="none", refresh_days=2, retention_days=9)
    made.day(FIRST_DAY)
    album = min(made.frontier()["albums"])
    answer(made, 404, f"/albums/{album}")
    for number in range(1, 6):
        day(made, number)
        assert "gone" not in made.frontier()["albums"][album], number
    made.instead = lambda _: None
    day(made, 6)
    assert made.frontier()["albums"][album]["at"] == later(6)
    assert f"albums/{album}" not in made.frontier()["missing"]
