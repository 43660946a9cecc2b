"""Applying responses in any order and any number of times: dates move in one direction, and nothing is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from functions.extract.frontier.document import Document, empty
from functions.extract.frontier.schedule import after_release, due, ordinal
from functions.extract.frontier.update import FrontierUpdate, full_listing_is_due
from tests.functions.extract.frontier.test_baseline import API, ONE, OTHER, applied, listing

FIRST, SECOND = "2026-11-22", "2026-11-23"
ALBUMS = [f"{number:022d}" for number in range(10, 60)]
TRACK, ANOTHER = f"{90:022d}", f"{91:022d}"


def response(path: str, body: object, status: int = 200) -> Any:
    """Return a response to a request."""
    return {"fetched_at": "x", "first_seen": None, "url": API + path, "status": status, "etag": None, "body": body}


def tracks(*ids: str, more: bool = False) -> dict[str, object]:
    """Return the first page of an album's tracks; with `more` another follows."""
    items = [{"id": each} for each in ids]
    return {"items": items, "total": len(items) + more * 50, "offset": 0, "limit": 50, "next": None}


def found(*artists: str) -> Any:
    """Return new releases that are one album of some artists."""
    album = {"id": ALBUMS[0], "album_type": "album", "artists": [{"id": each} for each in artists]}
    page = {"items": [album], "total": 1, "offset": 0, "limit": 50, "next": None}
    return response("/browse/new-releases?limit=50&offset=0", {"albums": page})


def test_what_responds_again_is_not_gone_any_more() -> None:
    document = applied(empty(), FIRST, response(f"/artists/{ONE}", None, 404))
    assert document["artists"][ONE]["gone"] == FIRST
    applied(document, SECOND, response(f"/artists/{ONE}", {"id": ONE}))
    assert document["artists"][ONE] == {"first_seen": FIRST, "at": SECOND, "full": SECOND}


def test_an_artist_and_an_album_were_first_seen_on_the_earliest_day() -> None:
    document = applied(empty(), SECOND, response(f"/artists/{ONE}", {"id": ONE}), listing(ONE, ALBUMS[:1]))
    applied(document, FIRST, response(f"/artists/{ONE}", {"id": ONE}), listing(ONE, ALBUMS[:1]))
    assert document["albums"][ALBUMS[0]]["listed"] == SECOND  # the latest day
    document["known"][ALBUMS[0]] = "2026-10-01"
    applied(document, SECOND, listing(ONE, ALBUMS[:1]))
    album = document["albums"][ALBUMS[0]]
    assert (document["artists"][ONE]["first_seen"], album["first_seen"]) == (FIRST, "2026-10-01")


def test_an_older_response_to_an_album_leaves_its_tracks_where_they_are() -> None:
    document = applied(empty(), SECOND, response(f"/albums/{ALBUMS[0]}", {"tracks": tracks(TRACK)}))
    applied(document, FIRST, response(f"/albums/{ALBUMS[0]}", {"tracks": tracks(ANOTHER, more=True)}))
    assert "next" not in document["albums"][ALBUMS[0]]
    assert document["tracks"].keys() == {TRACK}


@pytest.mark.parametrize(("day", "read"), [(FIRST, False), (SECOND, True)])
def test_a_page_of_tracks_counts_unless_it_is_older_than_the_album(day: str, read: bool) -> None:
    document = applied(empty(), SECOND, response(f"/albums/{ALBUMS[0]}", {"tracks": tracks(TRACK, more=True)}))
    applied(document, day, response(f"/albums/{ALBUMS[0]}/tracks?offset=50&limit=50", tracks(ANOTHER)))
    assert (len(document["tracks"]) == 2) is read


def test_an_album_that_did_not_change_keeps_the_page_of_tracks_that_is_next() -> None:
    document = applied(empty(), FIRST, response(f"/albums/{ALBUMS[0]}", {"tracks": tracks(TRACK, more=True)}))
    following = document["albums"][ALBUMS[0]]["next"]
    applied(document, SECOND, response(f"/albums/{ALBUMS[0]}", None, 304))
    assert document["albums"][ALBUMS[0]]["next"] == following


def test_a_track_keeps_what_is_known_of_it_when_an_album_names_it_again() -> None:
    document = applied(empty(), FIRST, response(f"/albums/{ALBUMS[0]}", {"tracks": tracks(TRACK)}))
    document["tracks"][TRACK] |= {"at": FIRST, "full": FIRST}
    before = dict(document["tracks"][TRACK])
    applied(document, SECOND, response(f"/albums/{ALBUMS[1]}", {"tracks": tracks(TRACK)}))
    assert document["tracks"] == {TRACK: before}


def test_an_albums_artists_stand_sorted_so_that_equal_frontiers_are_equal_bytes() -> None:
    artists = [f"{number:022d}" for number in range(20)]
    document = empty()
    update = FrontierUpdate(document, FIRST, frozenset(artists), 21)
    update.apply(found(*artists[::-1]))
    assert document["albums"][ALBUMS[0]]["via"] == artists


def test_the_listings_that_name_an_album_stand_sorted_too() -> None:
    groups = ("single", "album", "compilation", "appears_on")
    document = applied(empty(), FIRST, *(listing(ONE, ALBUMS[:1], groups=each) for each in groups))
    assert document["albums"][ALBUMS[0]]["groups"] == sorted(groups)


@pytest.mark.parametrize(("artist", "albums"), [(ONE, 1), (f"{7:022d}", 0)], ids=["followed", "of a stranger"])
def test_of_the_new_releases_only_those_of_followed_artists_are_taken_up(artist: str, albums: int) -> None:
    assert len(applied(empty(), FIRST, found(artist))["albums"]) == albums


def test_a_search_for_one_artist_was_made_on_its_latest_day() -> None:
    path = f"/search?q=tag%3Anew+artist%3A%22{OTHER}%22&type=album&limit=5&offset=0&market=US"
    document = applied(empty(), SECOND, response(path, {"albums": {"items": []}}))
    applied(document, FIRST, response(path, {"albums": {"items": []}}))
    assert [seen["at"] for seen in document["searches"].values()] == [SECOND]


def state(document: Document) -> Any:
    return document["artists"][ONE]["listings"]["album"]


@pytest.mark.parametrize("kept", ["rest", "next"])
def test_a_full_listing_that_has_moved_begins_again(kept: str) -> None:
    """From its first page: on a later day, and what continued the full listing is forgotten."""
    document = applied(empty(), FIRST, listing(ONE, ALBUMS[:3]))
    state(document).update(paged=FIRST, walked="2026-10-01", rest=listing(ONE, [], offset=30)["url"].removeprefix(API))
    if kept == "next":
        state(document)["next"] = state(document)["rest"]
    else:
        state(document)["at"] = SECOND
    applied(document, SECOND, listing(ONE, ALBUMS[40:50], offset=20, more=True))
    assert "rest" not in state(document)
    assert ("next" in state(document)) is (kept == "next")


def test_a_listing_without_a_date_goes_on_past_albums_that_are_new_today() -> None:
    """A repair removes marks ahead of today: the last full listing may be known, but not the last listing."""
    document = empty()
    document["artists"][ONE] = {"first_seen": FIRST, "listings": {"album": {"walked": FIRST, "complete": FIRST}}}
    applied(document, SECOND, listing(ONE, ALBUMS[:10], more=True))
    assert ("next" in state(document), "at" in state(document)) == (True, False)


def test_a_listing_may_have_more_pages_than_a_search() -> None:
    document = applied(empty(), FIRST, listing(ONE, ALBUMS[:10], offset=990, more=True))
    assert "offset=1000" in state(document)["next"]


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        ({"items": [], "next": None}, True),
        ({"total": 3}, False),
        ({"items": [{"id": ALBUMS[0]}], "total": 1, "next": "https://example.net/v1/artists?offset=10"}, False),
    ],
    ids=["an empty page", "not a page", "a page that leads away"],
)
def test_a_listing_is_complete_only_where_its_last_page_says_so(body: object, complete: bool) -> None:
    document = applied(empty(), FIRST, listing(ONE, []) | {"body": body})
    assert ("complete" in state(document)) is complete


@pytest.mark.parametrize(("days", "is_due"), [(-1, False), (0, True), (1, True)])
def test_a_full_listing_is_due_from_its_own_day_on(days: int, is_due: bool) -> None:
    name = next(each for each in ALBUMS if due(each, "2026-11-08", 21) == ordinal(SECOND) - days)
    assert full_listing_is_due(name, {"walked": "2026-11-08"}, SECOND, 21) is is_due


def test_what_is_requested_every_day_or_oftener_is_due_on_the_next() -> None:
    assert [due(each, SECOND, days) - ordinal(SECOND) for each in ALBUMS[:3] for days in (1, 0)] == [1] * 6


@pytest.mark.parametrize(
    ("release_date", "again"), [("2027-11-20", "2027-11-23"), ("2027-11-21", None), ("2026-11-20", None)]
)
def test_an_album_is_requested_after_a_release_that_lies_less_than_a_year_ahead(
    release_date: str, again: str | None
) -> None:
    assert after_release(release_date, SECOND) == again


def test_a_search_says_nothing_new_of_a_listing_that_was_requested_on_the_same_day() -> None:
    document = applied(empty(), FIRST, listing(ONE, ALBUMS[1:2]))
    seen = document["artists"][ONE]["listings"]["album"]
    assert "heard" not in applied(document, FIRST, found(ONE))["artists"][ONE]["listings"]["album"]
    del document["albums"][ALBUMS[0]]
    applied(document, SECOND, found(ONE))
    assert seen["heard"] == SECOND
