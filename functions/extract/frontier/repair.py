"""Repair a frontier: remove request dates after the run's date, and IDs and ETags that are not valid.

Earlier releases left them there after a run ahead of the clock or a response with a damaged ID. Such a mark delays all
requests until that date; such an ID is requested in vain each day. They are removed before a slice works, and the run
reports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from functions.extract.api.endpoint import endpoint_of
from functions.extract.frontier.document import search_key
from functions.shared.ids import is_valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.extract.frontier.document import Document

MARKS = ("at", "full", "gone", "walked", "complete", "listed", "short", "paged", "heard", "recounted")
PAGES = ("next", "rest")
ENTITIES = ("artists", "albums", "tracks")
Marked = dict[str, object]


def is_valid_etag(etag: object) -> bool:
    """Return whether an ETag can be sent back: printable ASCII, as RFC 9110 (8.8.3) has it, and of a sensible size."""
    return isinstance(etag, str) and 0 < len(etag) <= 512 and etag.isascii() and etag.isprintable()


def repair(document: Document, today: str) -> list[str]:
    """Repair a frontier, and return one sentence per kind of repair."""
    ids = _drop_ids(document)
    marks = sum(_forget_later(marked, today) for marked in _marked(document)) + _forget_later_failures(document, today)
    etags = sum(_drop_etag(marked) for marked in _marked(document))
    pages = sum(_drop_pages(marked) for marked in _marked(document))
    sentences = [
        (marks, f"request dates after {today}, from a run of a later date: they were removed"),
        (len(ids), f"IDs that are not valid, the first {ids[0][:40]!r}: they were removed" if ids else ""),
        (etags, "ETags that are not valid: they were removed"),
        (pages, "pages that cannot be requested: they were removed"),
    ]
    return [f"The frontier had {count} {what}." for count, what in sentences if count]


def _marked(document: Document) -> Iterator[Marked]:
    """Yield every entity and every listing."""
    for kind in ENTITIES:
        for seen in cast("dict[str, Marked]", document[kind]).values():  # type: ignore[literal-required]  # one of three
            yield seen
            yield from cast("dict[str, Marked]", seen.get("listings", {})).values()
    yield from cast("dict[str, Marked]", document["searches"]).values()


def _forget_later(marked: Marked, today: str) -> int:
    """Remove request dates after a date and return how many; `first_seen` becomes the date instead."""
    later = [name for name in MARKS if str(marked.get(name, "")) > today]
    for name in later:
        del marked[name]
    if "at" in later or "full" in later:
        for name in ("etag", "gone"):
            marked.pop(name, None)
    if str(marked.get("first_seen", "")) > today:
        marked["first_seen"] = today
        later.append("first_seen")
    return len(later)


def _forget_later_failures(document: Document, today: str) -> int:
    later = [
        (items, item)
        for items in (document["failing"], document["missing"])
        for item, each in items.items()
        if each["last"] > today
    ]
    for items, item in later:
        del cast("dict[str, object]", items)[item]
    if (found := document["profile"]) and found["at"] > today:
        document["profile"] = None
    if document.get("full_shape_at", "") > today:
        del document["full_shape_at"]
    return len(later)


def _drop_ids(document: Document) -> list[str]:
    """Remove the entities whose IDs are not valid, and return their IDs."""
    dropped = [each for kind in ENTITIES for each in document[kind] if not is_valid(each)]  # type: ignore[literal-required]  # one of three
    for each in dropped:
        for kind in ENTITIES:
            document[kind].pop(each, None)  # type: ignore[literal-required]  # one of three
    document["tracks"] = {track: seen for track, seen in document["tracks"].items() if is_valid(seen["album"])}
    for album in document["albums"].values():
        album["via"] = [via for via in album["via"] if is_valid(via) or via.startswith(search_key(""))]
    return dropped


def _drop_etag(marked: Marked) -> bool:
    damaged = "etag" in marked and not is_valid_etag(marked["etag"])
    if damaged:
        del marked["etag"]
    return damaged


def _drop_pages(marked: Marked) -> int:
    """Remove saved next pages that are not valid or that name an ID that is not valid."""
    damaged = [name for name in PAGES if name in marked and not _is_page(str(marked[name]))]
    for name in damaged:
        del marked[name]
    return len(damaged)


def _is_page(path: str) -> bool:
    endpoint = endpoint_of(path)
    return endpoint is not None and all(map(is_valid, endpoint.ids))
