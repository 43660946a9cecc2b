"""Albums are the baseline if they were found before the listing that names them had been read to its end once."""

from __future__ import annotations

from typing import Any

import pytest

from functions.extract.api.endpoint import Endpoint, endpoint_of
from functions.extract.frontier.document import Document, empty, forget
from functions.extract.frontier.schedule import ordinal
from functions.extract.frontier.update import FrontierUpdate, Oddities
from functions.extract.frontier.worklist import WorkList
from functions.extract.raw.envelope import _with_what_is_known
from functions.shared.watchlist import Artist, WatchList
from tests.functions.extract.test_run import CONFIG

API = "https://api.spotify.com/v1"
ONE, OTHER = f"{1:022d}", f"{2:022d}"
ALBUM = f"{10:022d}"


def listing(artist: str, albums: list[str], *, groups: str = "album", offset: int = 0, more: bool = False) -> Any:
    """Return a page of an artist's listing that names albums."""
    url = f"{API}/artists/{artist}/albums?include_groups={groups}&limit=10&offset={offset}&market=US"
    following = url.replace(f"offset={offset}", f"offset={offset + 10}") if more else None
    items = [{"id": album, "artists": [{"id": artist}]} for album in albums]
    body = {"items": items, "next": following, "total": 99 if more else offset + len(items)}
    return {"fetched_at": "x", "first_seen": None, "url": url, "status": 200, "etag": None, "body": body}


def applied(document: Document, day: str, *envelopes: Any) -> Document:
    update = FrontierUpdate(document, day, frozenset({ONE, OTHER}), 21)
    for envelope in envelopes:
        update.apply(envelope)
    return document


def baselines(document: Document) -> dict[str, bool | None]:
    return {album: seen.get("baseline") for album, seen in document["albums"].items()}


def test_what_a_first_walk_finds_is_the_baseline_however_many_days_it_takes() -> None:
    first, second, third = ALBUM, f"{11:022d}", f"{12:022d}"
    document = applied(empty(), "2026-11-01", listing(ONE, [first], more=True))
    applied(document, "2026-11-02", listing(ONE, [second], offset=10))
    applied(document, "2026-11-03", listing(ONE, [third, second, first]))
    assert baselines(document) == {first: True, second: True, third: False}


def test_reading_the_first_walk_again_on_its_day_changes_nothing() -> None:
    """A slice was killed after the first full listing had ended: its pages are applied again."""
    pages = [listing(ONE, [ALBUM], more=True), listing(ONE, [f"{11:022d}"], offset=10)]
    document = applied(empty(), "2026-11-01", *pages, *pages)
    assert set(baselines(document).values()) == {True}


@pytest.mark.parametrize("order", [1, -1], ids=["the complete one first", "the new one first"])
def test_an_album_of_a_known_artist_and_of_a_new_one_is_news(order: int) -> None:
    document = applied(empty(), "2026-11-01", listing(ONE, []))
    applied(document, "2026-11-05", *[listing(ONE, [ALBUM]), listing(OTHER, [ALBUM], more=True)][::order])
    assert baselines(document) == {ALBUM: False}


def test_a_new_kind_of_listing_of_a_known_artist_begins_with_a_baseline() -> None:
    document = applied(empty(), "2026-11-01", listing(ONE, []))
    applied(document, "2026-11-05", listing(ONE, [ALBUM], groups="compilation"))
    applied(document, "2026-11-06", listing(ONE, [f"{11:022d}"], groups="compilation"))
    assert baselines(document) == {ALBUM: True, f"{11:022d}": False}


def searched(albums: list[str], *artists: str, kind: str = "album", query: str = "tag:new") -> Any:
    """Return a page of a saved search that names albums of some artists."""
    url = f"{API}/search?q={query}&type=album&limit=10&offset=0&market=US"
    items = [{"id": each, "album_type": kind, "artists": [{"id": artist} for artist in artists]} for each in albums]
    body = {"albums": {"items": items, "next": None, "total": len(items)}}
    return {"fetched_at": "x", "first_seen": None, "url": url, "status": 200, "etag": None, "body": body}


@pytest.mark.parametrize(
    ("artist", "kind", "baseline"),
    [(ONE, "album", False), (ONE, "compilation", True), (OTHER, "album", True)],
    ids=["a known listing's", "of a kind never listed", "of an artist never listed"],
)
def test_what_a_new_saved_search_finds_is_news_where_the_artists_listing_was_complete(
    artist: str, kind: str, baseline: bool
) -> None:
    document = applied(empty(), "2026-11-01", listing(ONE, []))
    applied(document, "2026-11-05", searched([ALBUM], artist, kind=kind))
    assert baselines(document) == {ALBUM: baseline}


def test_an_album_that_a_search_finds_first_brings_its_listing_to_the_front() -> None:
    document = applied(empty(), "2026-11-01", listing(ONE, []), listing(ONE, [], groups="single"))
    for name in ("album", "single"):
        applied(document, "2026-11-02", listing(OTHER, [], groups=name))
    applied(document, "2026-11-03", listing(ONE, []), listing(ONE, [], groups="single"))
    list_of = WorkList(WatchList((Artist(ONE), Artist(OTHER))), CONFIG, "2026-11-05")
    assert [each[:2] for each in list_of.turns(document)][:2] == [(OTHER, "album"), (OTHER, "single")]
    applied(document, "2026-11-05", searched([ALBUM], ONE, kind="single"))
    assert [each[:2] for each in list_of.turns(document)][:2] == [(ONE, "single"), (OTHER, "album")]
    applied(document, "2026-11-05", listing(ONE, [ALBUM], groups="single"))
    assert "heard" not in document["artists"][ONE]["listings"]["single"]
    assert [each[:2] for each in list_of.turns(document)][-1] == (ONE, "single")
    assert baselines(document) == {ALBUM: False}


@pytest.mark.parametrize(
    ("album", "first_seen", "heard"),
    [(ALBUM, "2026-11-05", True), (ALBUM, "2026-11-04", False), ("not an ID", "2026-11-05", False)],
    ids=["new", "known", "without an ID"],
)
def test_only_a_new_album_of_a_search_brings_its_listing_to_the_front(album: str, first_seen: str, heard: bool) -> None:
    document = applied(empty(), "2026-11-03", listing(ONE, []))
    for day in (first_seen, "2026-11-05"):
        applied(document, day, searched([album], *([ONE] if day == "2026-11-05" else [])))
    assert ("heard" in document["artists"][ONE]["listings"]["album"]) is heard


def test_a_frontier_of_an_earlier_release_goes_by_its_last_walk() -> None:
    document = applied(empty(), "2026-11-01", listing(ONE, []))
    for each in document["artists"][ONE]["listings"].values():
        del each["complete"]
    applied(document, "2026-11-05", listing(ONE, [ALBUM]))
    assert baselines(document) == {ALBUM: False}
    assert {each["complete"] for each in document["artists"][ONE]["listings"].values()} == {"2026-11-01"}


def test_an_album_that_is_forgotten_and_returns_keeps_its_first_day() -> None:
    document = applied(empty(), "2026-08-01", listing(ONE, [ALBUM]))
    forget(document, set(), set(), ordinal("2026-11-01"))
    assert (document["albums"], document["known"]) == ({}, {ALBUM: "2026-08-01"})
    applied(document, "2026-11-05", listing(ONE, [ALBUM]))
    assert (document["albums"][ALBUM]["first_seen"], document["known"]) == ("2026-08-01", {})
    forget(document, set(), set(), ordinal("2027-02-01"))
    assert document["known"] == {ALBUM: "2026-08-01"}


def test_a_line_of_raw_says_what_the_frontier_alone_knows() -> None:
    document = applied(empty(), "2026-11-01", listing(ONE, [ALBUM]))
    track = f"{5:022d}"
    document["tracks"][track] = {"album": ALBUM, "first_seen": "2026-11-01"}

    def line(path: str) -> Any:
        endpoint = endpoint_of(API + path)
        assert endpoint
        found: Any = {}
        return _with_what_is_known(found, endpoint, document)

    assert line(f"/albums/{ALBUM}?market=US") == {"baseline": True}
    assert line(f"/tracks/{track}?market=US") == {"album_id": ALBUM}
    assert line(f"/albums/{f'{77:022d}'}?market=US") == {}
    assert line(f"/artists/{ONE}") == {}


def test_a_search_for_an_artists_new_albums_brings_its_listing_to_the_front_too() -> None:
    document = applied(empty(), "2026-11-03", listing(ONE, []))
    endpoint = Endpoint("artist_search", (), (("q", "x"),))
    FrontierUpdate(document, "2026-11-05", frozenset((ONE,)), 21).artist_search(
        endpoint, searched([ALBUM], ONE), Oddities()
    )
    assert document["artists"][ONE]["listings"]["album"]["heard"] == "2026-11-05"
    assert list(document["albums"]) == [ALBUM]
