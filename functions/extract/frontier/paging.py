"""Decide what follows a page of a listing: the next page, the end, or an end that contradicts `total`.

`next` alone does not say that a listing ended: Spotify was seen to send null in the middle (web-api issues 201, 225 and
1200). So the next page is requested while the pages read so far do not reach `total`. Positions are counted, not items,
since short pages and totals above the number delivered are normal (`total` 83, items 81).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from functions.extract.api.endpoint import TRACKS_PER_PAGE, endpoint_of, next_page

if TYPE_CHECKING:
    from functions.extract.api.endpoint import Endpoint
    from functions.extract.api.json_access import Body
    from functions.extract.frontier.document import AlbumSeen, Listing

LAST_SEARCH_OFFSET = 1000


class PageEnd(NamedTuple):
    """The following page, if any; whether `next` was rejected; and whether the end of the listing is doubtful."""

    following: Endpoint | None
    refused: bool
    doubtful: bool


def page_end(here: Endpoint, url: str, page: Body) -> PageEnd:
    """Return what follows a page.

    The end of a listing is doubtful if the page is empty before `total` is reached, or is not the requested page. More
    items than `total` lose nothing. A response that is not a page ends the listing without doubt.
    """
    items, total = page.get("items"), _count(page.get("total"))
    following, refused = next_page(here, url, page.get("next"))
    if not isinstance(items, list):
        return PageEnd(None, refused, doubtful=False)
    if not items:
        return PageEnd(None, refused, doubtful=total is not None and here.offset < total)
    if _count(page.get("offset")) not in {None, here.offset}:
        return PageEnd(None, refused, doubtful=True)
    reached = here.offset + _size(here, page)
    if following is not None:
        return PageEnd(following.with_query(offset=str(min(following.offset, reached))), refused, doubtful=False)
    if total is not None and reached < total:
        return PageEnd(page_at(here, reached), refused, doubtful=False)
    return PageEnd(None, refused, doubtful=False)


def overlapped(path: str) -> str:
    """Return the page before the one at a path, or the first page.

    A listing that continues on a later day may have lost albums, which moves the others up. If the page before begins
    with a known album, no album was skipped.
    """
    here = endpoint_of(path)
    return here.with_query(offset=str(max(here.offset - _size(here, {}), 0))).path if here else path


def page_at(here: Endpoint, offset: int) -> Endpoint:
    """Return the page of a listing at an offset; for an album, the page of its tracks."""
    if here.about.inside is None:
        return here.with_query(offset=str(offset))
    return replace(here, kind=here.about.inside).with_query(limit=TRACKS_PER_PAGE, offset=str(offset))


def is_past_the_last(following: Endpoint) -> bool:
    """Return whether a page is beyond the reach of Spotify's search."""
    return following.kind == "search" and following.offset >= LAST_SEARCH_OFFSET


def is_doubted(seen: Listing | AlbumSeen, today: str, *, doubtful: bool) -> bool:
    """Return whether an end is not believed on a date, and note its first date: a second date confirms it."""
    if not doubtful:
        seen.pop("short", None)
        return False
    seen["short"] = min(seen.get("short", today), today)
    return seen["short"] == today


def _size(here: Endpoint, page: Body) -> int:
    """Return how many positions a page covers: the number requested, or fewer if the response says so."""
    asked = int(dict(here.query).get("limit", TRACKS_PER_PAGE))
    return min(_count(page.get("limit")) or asked, asked)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
