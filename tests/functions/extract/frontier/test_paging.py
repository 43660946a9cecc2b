"""`next` and `total` decide whether a page is the last; an end that contradicts `total` must be seen on two days."""

from __future__ import annotations

from typing import Any

import pytest

from functions.extract.api.endpoint import endpoint_of
from functions.extract.frontier.document import empty
from functions.extract.frontier.paging import PageEnd, page_end
from tests.functions.extract.frontier.test_baseline import ONE, applied, listing

HOST = "https://api.spotify.com/v1"
LISTING = "/artists/a/albums?include_groups=album&limit=10&offset={}&market=US"


def end(path: str, **page: Any) -> PageEnd:
    here = endpoint_of(path)
    assert here is not None
    return page_end(here, HOST + path, page)


def ids(count: int) -> list[dict[str, str]]:
    return [{"id": f"{number:022d}"} for number in range(count)]


@pytest.mark.parametrize(
    ("offset", "page", "following", "doubtful"),
    [
        (0, {"items": ids(10), "total": 10}, None, False),
        (0, {"items": ids(10), "total": 11}, 10, False),
        (80, {"items": ids(1), "total": 83}, None, False),
        (0, {"items": ids(8), "total": 25}, 10, False),
        (0, {"items": [None] * 10, "total": 25}, 10, False),
        (0, {"items": ids(5), "total": 25, "limit": 5}, 5, False),
        (20, {"items": [], "total": 25}, None, True),
        (0, {"items": [], "total": 25}, None, True),
        (30, {"items": [], "total": 25}, None, False),
        (25, {"items": [], "total": 25}, None, False),
        (0, {"items": ids(10), "total": 25, "limit": 50}, 10, False),
        (0, {"items": ids(10), "total": 25, "offset": -1}, 10, False),
        (10, {"items": ids(10), "total": 25, "offset": 0}, None, True),
        (0, {"items": ids(10), "total": 4}, None, False),
        (0, {"items": ids(10), "total": "many"}, None, False),
        (0, {"items": ids(10), "total": True}, None, False),
        (0, {"items": None, "total": 25}, None, False),
        (0, {"items": ids(10), "total": 45, "next": HOST + LISTING.format(30)}, 10, False),
        (0, {"items": ids(10), "total": 45, "next": "https://example.net/"}, 10, False),
        (10, {"items": ids(10), "total": 45, "next": HOST + LISTING.format(10)}, 20, False),
    ],
    ids=[
        "all is read",
        "one more by total",
        "holes in the last page",
        "holes in the middle",
        "a page of nulls",
        "a smaller page than asked for",
        "empty before total",
        "empty at once",
        "empty past total",
        "empty at total",
        "a larger page than asked for",
        "an offset that is none",
        "another page",
        "more than total",
        "total is a text",
        "total is a boolean",
        "not a page",
        "next skips a page",
        "next to a foreign host",
        "next to itself",
    ],
)
def test_a_page_ends_a_listing_only_where_total_agrees(
    offset: int, page: dict[str, Any], following: int | None, doubtful: bool
) -> None:
    found = end(LISTING.format(offset), **page)
    assert (found.following.offset if found.following else None, found.doubtful) == (following, doubtful)


def test_the_rest_of_an_albums_tracks_is_requested_even_without_a_next() -> None:
    following = end("/albums/b?market=US", items=ids(50), total=73, limit=50).following
    assert following is not None
    assert following.path == "/albums/b/tracks?market=US&limit=50&offset=50"


def test_a_page_requested_again_on_a_later_day_does_not_end_an_incremental_listing() -> None:
    """Its albums are known since the day on which the budget was used up; those of the next page are not."""
    old, newer, newest = ([f"{number:022d}" for number in range(start, start + 10)] for start in (10, 30, 50))
    document = applied(empty(), "2026-11-01", listing(ONE, old))
    applied(document, "2026-11-11", listing(ONE, newest, more=True))
    applied(document, "2026-11-12", listing(ONE, newest, more=True))
    kept = document["artists"][ONE]["listings"]["album"]
    assert "offset=10" in kept["next"]
    assert kept["at"] == "2026-11-01"
    applied(document, "2026-11-12", listing(ONE, newer, offset=10, more=True), listing(ONE, old, offset=20))
    assert kept["at"] == "2026-11-12"
    assert {document["albums"][album]["baseline"] for album in newer + newest} == {False}
    applied(document, "2026-11-13", listing(ONE, newest, more=True))
    assert (kept["at"], "next" in kept) == ("2026-11-13", False)
