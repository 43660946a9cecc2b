"""The order of requests where a budget is too small for all: what takes long, and what fails, gets a share."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar, cast

from functions.extract.frontier.document import seen_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from functions.extract.api.request import Request
    from functions.extract.frontier.document import Document, Listing

T = TypeVar("T")
FIRST_LISTINGS_TURN = 4
"""While others wait, so many requests include one that continues a first full listing."""
FAILING_TURN = 20
"""While others wait, so many requests include one of what failed on the days before: 5%."""


class Turns:
    """The requests of a phase. Those that continue first full listings take two pages at a time, one after the other.

    One catalog may have 300 pages: it would take the requests of everybody else for days.
    """

    def __init__(self, requests: Iterable[Request], document: Document) -> None:
        self._document, self._taken = document, 0
        self._others: deque[Request] = deque()
        self._continued: deque[Request] = deque()
        self._had_one: set[tuple[str, str | None]] = set()
        for request in requests:
            (self._continued if self._continues_first_listing(request) else self._others).append(request)

    def __bool__(self) -> bool:
        """Return whether a request is left."""
        return bool(self._others or self._continued)

    def popleft(self) -> Request:
        """Return the next request."""
        self._taken += 1
        is_theirs = self._taken % FIRST_LISTINGS_TURN == 0 or not self._others
        return (self._continued if self._continued and is_theirs else self._others or self._continued).popleft()

    def follow(self, requests: list[Request]) -> None:
        """Put follow-up requests first; those that continue a first full listing behind the others of their kind."""
        for request in reversed(requests):
            queue = self._continued if self._continues_first_listing(request) else self._others
            if queue is self._continued and self._had_two(request):
                queue.append(request)
            else:
                queue.appendleft(request)

    def _had_two(self, request: Request) -> bool:
        """Return whether a first full listing has had two pages: the first one of a day may be one that was read."""
        listing = request.endpoint.id, request.endpoint.listing
        self._had_one ^= {listing}
        return listing not in self._had_one

    def _continues_first_listing(self, request: Request) -> bool:
        if request.endpoint.kind != "artist_albums":
            return False
        return is_first_listing(cast("Listing", seen_of(self._document, request.endpoint)))


def is_first_listing(listing: Listing) -> bool:
    """Return whether a listing has begun and was never read to its end."""
    return "next" in listing and "walked" not in listing


def with_share(items: Iterable[T], others: Sequence[T], turn: int) -> Iterator[T]:
    """Yield items in order, one of the others in every `turn`, and at last the rest of the others."""
    left = iter(others)
    for taken, item in enumerate(items, start=1):
        yield item
        if taken % (turn - 1) == 0:
            yield from _one(left)
    yield from left


def _one(items: Iterator[T]) -> Iterator[T]:
    """Yield the next item, if there is one."""
    for item in items:
        yield item
        return
