"""The order of requests if a budget is too small for all: long listings and failed items get a share."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar, cast

from functions.extract.api.config import OCCASIONAL
from functions.extract.frontier.document import seen_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from functions.extract.api.request import Request
    from functions.extract.frontier.document import Document, Listing

T = TypeVar("T")
FIRST_LISTINGS_TURN = 4
"""While other requests wait, one in this many continues a first full listing."""
FAILING_TURN = 30
"""While other requests wait, one in this many is for an item that failed before. With new failures: at most 5%."""


class Turns:
    """The requests of a phase. Those that continue a first full listing take two pages at a time, one after the other.

    One catalog may have 300 pages, which would take the requests of all other artists for days. On a new day the first
    of the two pages was read before, so the second follows at once: a small budget may have no other turn for it.
    Listings that were never requested and are not part of every round share these turns, and come last in them.
    """

    def __init__(self, requests: Iterable[Request], document: Document) -> None:
        self._document = document
        self._taken = self._shared = 0
        self._others: deque[Request] = deque()
        self._continued: deque[Request] = deque()
        self._begun_later: deque[Request] = deque()
        self._has_another: set[tuple[str, str]] = set()  # the listings whose next page follows at once
        for request in requests:
            self._queue_of(request).append(request)

    def __bool__(self) -> bool:
        """Return whether a request is left."""
        return bool(self._others or self._continued or self._begun_later)

    def popleft(self) -> Request:
        """Return the next request."""
        self._taken += 1
        share = self._continued or self._begun_later
        if not share or (self._others and FIRST_LISTINGS_TURN * (self._shared + 1) > self._taken):
            return self._others.popleft()
        self._shared += 1
        request = share.popleft()
        self._has_another.add(_listing_of(request))
        return request

    def follow(self, requests: list[Request]) -> None:
        """Put follow-up requests first; those that continue a first full listing go to the end of their own queue."""
        for request in reversed(requests):
            queue = self._queue_of(request)
            if queue is self._continued and _listing_of(request) not in self._has_another:
                queue.append(request)
                continue
            self._shared += queue is self._continued
            self._has_another.discard(_listing_of(request))
            self._others.appendleft(request)

    def _queue_of(self, request: Request) -> deque[Request]:
        if request.endpoint.kind != "artist_albums":
            return self._others
        listing = cast("Listing", seen_of(self._document, request.endpoint))
        if is_first_listing(listing):
            return self._continued
        return self._begun_later if is_begun_later(request.endpoint.listing, listing) else self._others


def is_first_listing(listing: Listing) -> bool:
    """Return whether a listing has begun and was never read to its end."""
    return "next" in listing and "walked" not in listing


def is_begun_later(name: str, listing: Listing) -> bool:
    """Return whether a listing was never requested and is not part of every round: its albums are baseline only."""
    return name in OCCASIONAL and not listing


def with_share(items: Iterable[T], others: Iterable[T], turn: int, taken: int = 0) -> Iterator[T]:
    """Yield items in order, with one of the others at every `turn`-th place, and the rest of the others at the end.

    `taken` is the number taken on earlier days: thus a budget smaller than `turn` reaches the others on some days.
    """
    left = deque(others)
    for item in items:
        taken += 1
        if left and taken % turn == 0:
            yield left.popleft()
            taken += 1
        yield item
    yield from left


def _listing_of(request: Request) -> tuple[str, str]:
    return request.endpoint.id, request.endpoint.listing
