"""The page at which a listing continues: on the same day, on a later day, or after an early end."""

from __future__ import annotations

from typing import Any

import pytest

from functions.extract.frontier.document import Document, empty, search_key
from functions.extract.frontier.paging import is_doubted, overlapped
from tests.functions.extract.frontier.test_baseline import API, ONE, OTHER, applied, listing

FIRST, SECOND = "2026-11-22", "2026-11-23"
ALBUMS = [f"{number:022d}" for number in range(10, 60)]


def page(offset: int, albums: list[str], *, total: int = 99) -> Any:
    """Return a page of ten of an artist's listing, which goes on."""
    found = listing(ONE, albums, offset=offset, more=True)
    found["body"]["total"] = total
    return found


def begun() -> Document:
    """Return a frontier whose listing was read to its third page on the first day, which is the next."""
    return applied(empty(), FIRST, page(0, ALBUMS[:10]), page(10, ALBUMS[10:20]))


def state(document: Document) -> Any:
    return document["artists"][ONE]["listings"]["album"]


def offset_of(path: str) -> int:
    return int(path.split("offset=")[1].split("&", maxsplit=1)[0])


def test_a_listing_goes_on_where_the_page_before_begins_with_an_album_that_is_known() -> None:
    document = begun()
    assert offset_of(state(document)["next"]) == 20
    applied(document, SECOND, page(10, ALBUMS[12:22]))
    assert (offset_of(state(document)["next"]), state(document)["paged"]) == (20, SECOND)


@pytest.mark.parametrize(
    ("first_seen", "via"),
    [(None, ONE), (SECOND, ONE), (FIRST, OTHER)],
    ids=["unknown", "first seen today", "known of another artist"],
)
def test_a_listing_that_has_moved_by_more_than_a_page_begins_again(first_seen: str | None, via: str) -> None:
    """Otherwise albums between the read pages and the next page would be skipped."""
    document = begun()
    if first_seen:
        document["albums"][ALBUMS[40]] = {"first_seen": first_seen, "via": [via]}
    applied(document, SECOND, page(10, ALBUMS[40:50]))
    assert offset_of(state(document)["next"]) == 0
    assert "at" not in state(document)


def test_on_the_day_itself_a_page_of_unknown_albums_is_just_the_next_one() -> None:
    document = begun()
    applied(document, FIRST, page(10, ALBUMS[30:40]))
    assert offset_of(state(document)["next"]) == 20


def test_a_page_at_or_past_the_mark_cannot_show_whether_the_listing_has_moved() -> None:
    document = begun()
    applied(document, SECOND, page(20, ALBUMS[30:40]))
    assert offset_of(state(document)["next"]) == 30


def test_an_older_response_changes_nothing_of_a_listing() -> None:
    document = applied(empty(), SECOND, listing(ONE, ALBUMS[:2]))
    before = dict(state(document))
    gone = {**listing(ONE, []), "status": 404, "body": None}
    applied(document, FIRST, page(0, ALBUMS[:10]), gone)
    assert state(document) == before


def test_a_listing_is_gone_since_its_first_404_until_it_responds() -> None:
    document = applied(empty(), FIRST, listing(ONE, ALBUMS[:2]))
    gone = {**listing(ONE, []), "status": 404, "body": None}
    for day in (SECOND, "2026-11-24"):
        applied(document, day, gone)
        assert (state(document)["gone"], state(document)["at"]) == (SECOND, day)
    applied(document, "2026-11-25", listing(ONE, ALBUMS[:2]))
    assert "gone" not in state(document)


def test_an_end_before_total_is_doubted_on_its_day_without_an_etag_and_believed_on_the_next() -> None:
    ends = {**listing(ONE, []), "etag": '"end"'}
    ends["body"]["total"] = 25
    document = applied(empty(), FIRST, ends)
    assert state(document)["short"] == FIRST
    assert not {"etag", "walked", "complete"} & state(document).keys()
    applied(document, SECOND, ends)
    assert (state(document)["short"], state(document)["walked"]) == (FIRST, SECOND)
    assert state(document)["etag"] == '"end"'


def test_the_date_on_which_an_end_was_first_doubted_stays() -> None:
    seen: Any = {"short": FIRST}
    assert is_doubted(seen, SECOND, doubtful=True) is False
    assert seen == {"short": FIRST}
    assert is_doubted(seen, SECOND, doubtful=False) is False
    assert seen == {}
    assert is_doubted(seen, SECOND, doubtful=True) is True


def test_the_end_of_a_search_is_not_doubted() -> None:
    """Its `total` counts what no page delivers (Web API reference, "Search for Item")."""
    url = f"{API}/search?q=tag:new&type=album&limit=10&offset=10&market=US"
    body = {"albums": {"items": [], "total": 25, "next": None}}
    ends: Any = {"fetched_at": "x", "first_seen": None, "url": url, "status": 200, "etag": None, "body": body}
    found = applied(empty(), FIRST, ends)["searches"][search_key("tag:new")]
    assert found == {"at": FIRST, "complete": FIRST, "walked": FIRST}


def test_where_a_full_listing_goes_on_stays_while_the_newest_page_is_read_each_day() -> None:
    document = applied(empty(), FIRST, listing(ONE, ALBUMS[:3]))
    state(document).update(walked="2026-10-01", rest=f"/artists/{ONE}/albums?include_groups=album&limit=10&offset=30")
    applied(document, SECOND, page(0, ALBUMS[:3]))
    assert (offset_of(state(document)["rest"]), state(document)["at"]) == (30, SECOND)


@pytest.mark.parametrize(("offset", "before"), [(30, 20), (10, 0), (5, 0), (0, 0)])
def test_the_page_before_is_at_least_the_first(offset: int, before: int) -> None:
    assert offset_of(overlapped(f"/artists/{ONE}/albums?include_groups=album&limit=10&offset={offset}")) == before


def test_the_newest_page_read_again_on_its_day_begins_no_full_listing() -> None:
    """A slice that was killed after it: its part is applied once more."""
    document = applied(empty(), FIRST, listing(ONE, ALBUMS[:10]))
    for _ in range(2):
        applied(document, SECOND, page(0, ALBUMS[:10]))
        assert (state(document)["at"], "rest" in state(document), "next" in state(document)) == (SECOND, False, False)
