"""The frontier keeps and drops the right entities on the day when raw expires, the day before and the day after."""

from __future__ import annotations

import gzip
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.frontier.document import (
    empty,
    followed_albums,
    forget,
    keep_newest_tracks,
    missing,
    read,
    requests_per_save,
)
from functions.extract.frontier.schedule import ordinal, spread
from functions.extract.raw.store import packed

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document

EXPIRED = "2026-10-24"
BEFORE = "2026-10-23"
LONG_AGO = "2026-01-01"
ONE, ALBUM = f"{1:022d}", f"{10:022d}"


def forgotten(document: Document, *, artists: frozenset[str] = frozenset()) -> Document:
    """Return a frontier without the entities last seen before the day of expiry."""
    forget(document, set(artists), set(), ordinal(EXPIRED))
    return document


@pytest.mark.parametrize(("day", "kept"), [(EXPIRED, True), (BEFORE, False)])
@pytest.mark.parametrize(
    "seen",
    [
        lambda day: {"at": day},
        lambda day: {"first_seen": day},
        lambda day: {"at": LONG_AGO, "listings": {"album": {"at": day}}},
        lambda day: {"at": "2026-11-20", "gone": day},
    ],
    ids=["requested", "first seen", "listed", "gone, and requested since"],
)
def test_an_artist_no_longer_followed_is_kept_until_the_day_its_raw_expires(seen: Any, day: str, kept: bool) -> None:
    document = empty()
    document["artists"] = {ONE: {"first_seen": LONG_AGO} | seen(day)}
    assert (ONE in forgotten(document)["artists"]) is kept
    document["artists"] = {ONE: {"first_seen": LONG_AGO} | seen(day)}
    assert ONE in forgotten(document, artists=frozenset({ONE}))["artists"]


@pytest.mark.parametrize(("day", "kept"), [(EXPIRED, True), (BEFORE, False)])
@pytest.mark.parametrize("mark", ["at", "listed", "first_seen"])
def test_an_album_nobody_follows_is_kept_until_the_day_its_raw_expires(mark: str, day: str, kept: bool) -> None:
    document = empty()
    document["albums"][ALBUM] = {"first_seen": LONG_AGO, "via": [ONE]}
    document["albums"][ALBUM] |= {mark: day}  # type: ignore[misc]  # one of its marks
    forgotten(document)
    assert (ALBUM in document["albums"], ALBUM in document["known"]) == (kept, not kept)


@pytest.mark.parametrize(("day", "kept"), [(EXPIRED, True), (BEFORE, False)])
def test_an_album_that_is_gone_is_dropped_though_its_artist_is_followed(day: str, kept: bool) -> None:
    document = empty()
    document["albums"][ALBUM] = {"first_seen": LONG_AGO, "via": [ONE], "at": "2026-11-20", "gone": day}
    assert (ALBUM in forgotten(document, artists=frozenset({ONE}))["albums"]) is kept


def test_an_album_of_a_followed_artist_is_kept_however_long_ago_it_was_seen() -> None:
    document = empty()
    document["albums"][ALBUM] = {"first_seen": LONG_AGO, "via": [ONE], "at": LONG_AGO}
    assert ALBUM in forgotten(document, artists=frozenset({ONE}))["albums"]


@pytest.mark.parametrize(("listed", "follows"), [(EXPIRED, True), (BEFORE, False)])
def test_an_album_that_only_a_search_lists_is_followed_as_long_as_it_was_listed_not_long_ago(
    listed: str, follows: bool
) -> None:
    document = empty()
    document["albums"][ALBUM] = {"first_seen": LONG_AGO, "via": ["search:tag:new"], "listed": listed}
    assert (followed_albums(document, set(), {"search:tag:new"}, ordinal(EXPIRED)) == [ALBUM]) is follows


DAMAGED = {
    "cut short": packed(empty())[:40],
    "no gzip": b"{}",
    "gzip of garbage": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 20,
    "another checksum": packed(empty())[:-8] + b"\x00" * 8,
    "no JSON": gzip.compress(b"{"),
    "no object": packed([1]),
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_frontier_that_cannot_be_read_is_made_again(body: bytes) -> None:
    assert read(body) == missing()


def test_a_frontier_of_a_later_release_is_not_taken_for_a_damaged_one() -> None:
    with pytest.raises(ValueError, match="has version 2; this code reads version 1"):
        read(packed({**empty(), "version": 2}))


def test_the_tracks_of_the_newest_albums_are_kept_as_many_as_can_be_kept_fresh() -> None:
    document = empty()
    days = [(date.fromisoformat(EXPIRED) + timedelta(days=number)).isoformat() for number in range(4)]
    for number, day in enumerate(days):
        document["tracks"][f"{number:022d}"] = {"album": ALBUM, "first_seen": day}
    keep_newest_tracks(document, 4)
    assert len(document["tracks"]) == 4
    keep_newest_tracks(document, 3)
    assert sorted(document["tracks"]) == [f"{number:022d}" for number in (1, 2, 3)]


def test_the_tracks_that_are_kept_stand_sorted_so_that_equal_frontiers_are_equal_bytes() -> None:
    document = empty()
    for number in range(30):
        document["tracks"][f"{number:022d}"] = {"album": "a", "first_seen": "2026-11-23"}
    keep_newest_tracks(document, 20)
    assert list(document["tracks"]) == sorted(document["tracks"])


@pytest.mark.parametrize(
    ("artists", "requests"), [(0, 100), (20_000, 100), (20_199, 100), (20_200, 101), (40_200, 201)]
)
def test_a_large_frontier_is_saved_less_often(artists: int, requests: int) -> None:
    document = empty()
    document["artists"] = {str(number): {} for number in range(artists)}
    assert requests_per_save(document) == requests


def test_of_tracks_that_are_equally_new_those_kept_are_spread_over_all_ids() -> None:
    document, tracks = empty(), [f"{number:022d}" for number in range(40)]
    document["tracks"] = {track: {"album": ALBUM, "first_seen": "2026-11-01"} for track in tracks}
    keep_newest_tracks(document, 10)
    assert list(document["tracks"]) == sorted(sorted(tracks, key=spread)[:10])
