"""Show the frontier's record of an artist or an album, or reset it, so that the entity is requested again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from functions.extract.frontier.repair import MARKS, PAGES
from functions.shared.ids import is_valid
from ops.errors import OpsError, WrongUsage
from ops.repair.state import frontier_of, nobody_extracts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.extract.frontier.document import Document
    from functions.extract.raw.store import StoredDocument
    from ops.stack import Stack

Record = dict[str, Any]
SECTIONS = {"artist": "artists", "album": "albums"}
KEPT = {"complete", "listed", "heard"}
"""Marks that a reset keeps: since when a listing is complete, so that later finds are news, and who listed an album."""


def entity_id(text: str) -> str:
    """Return the ID that an artist's or an album's ID, URI or link names.

    Raises:
        WrongUsage: it names something else.
    """
    found = text.strip().split("?")[0].rstrip("/").replace(":", "/").rsplit("/", 1)[-1]
    if not is_valid(found):
        raise WrongUsage(f"{text!r} is not an artist or an album: expected an ID, a URI or a link.")
    return found


def recorded(document: Document, entity: str) -> Record:
    """Return what a frontier records of an artist or an album: its dates, its listings, what failed, its albums.

    Raises:
        OpsError: it records nothing.
    """
    found: Record = {
        kind: cast("Record", document)[section][entity]
        for kind, section in SECTIONS.items()
        if entity in cast("Record", document)[section]
    }
    for name in ("failing", "missing"):
        items = {item: each for item, each in cast("Record", document)[name].items() if _is_about(item, entity)}
        found |= {name: items} if items else {}
    if albums := sum(entity in album["via"] for album in document["albums"].values()):
        found["albums"] = albums
    if entity in document["known"]:
        found["dropped_album_first_seen"] = document["known"][entity]
    if not found:
        raise OpsError(f"The frontier has no entry for {entity}. `ops watch list` shows who is followed.")
    return found


def show(stack: Stack, entity: str) -> Record:
    """Return what the stack's frontier records of an artist or an album."""
    return recorded(frontier_of(stack).document, entity)


def reset(stack: Stack, entity: str) -> int:
    """Remove the marks of an artist's or album's requests; return their number.

    The date when it was first seen and the baseline mark stay, so it is not reported as new again.
    """
    nobody_extracts(stack)
    stored = frontier_of(stack)
    recorded(stored.document, entity)
    return _changed(stored, lambda document: forget_entity(document, entity))


def reset_after(stack: Stack, snapshot_date: str) -> int:
    """Forget all requests and failures after a date; return how many marks that were."""
    nobody_extracts(stack)
    return _changed(frontier_of(stack), lambda document: forget_after(document, snapshot_date))


def forget_entity(document: Document, entity: str) -> int:
    """Remove the marks of an artist with its listings, or of an album, and its failures; return how many."""
    forgotten = 0
    for section in SECTIONS.values():
        for marked in _marked(cast("Record", document)[section].get(entity, {})):
            forgotten += _forget(marked, "")
    return forgotten + _forget_failures(document, lambda item, _: _is_about(item, entity))


def forget_after(document: Document, snapshot_date: str) -> int:
    """Remove every mark later than a date, and the failures noted since; return how many."""
    forgotten = 0
    for section in ("artists", "albums", "tracks", "searches"):
        for seen in cast("Record", document)[section].values():
            forgotten += sum(_forget(marked, snapshot_date) for marked in _marked(seen))
    return forgotten + _forget_failures(document, lambda _, each: each["last"] > snapshot_date)


def _changed(stored: StoredDocument[Document], change: Callable[[Document], int]) -> int:
    """Write a changed frontier; return the number that the change counted."""
    counted = 0

    def changed(document: Document) -> Document:
        nonlocal counted
        counted = change(document)
        return document

    stored.update(changed)
    return counted


def _marked(seen: Record) -> Iterator[Record]:
    yield seen
    yield from seen.get("listings", {}).values()


def _forget(marked: Record, after: str) -> int:
    """Remove the request dates after a date, with the ETag, the saved next page and the date since which it is gone."""
    later = [name for name in MARKS if str(marked.get(name, "")) > after and name not in KEPT]
    for name in [*later, *(("etag", "gone", *PAGES) if later else ())]:
        marked.pop(name, None)
    return len(later)


def _forget_failures(document: Document, is_meant: Callable[[str, Any], bool]) -> int:
    meant = [
        (name, item)
        for name in ("failing", "missing")
        for item, each in cast("Record", document)[name].items()
        if is_meant(item, each)
    ]
    for name, item in meant:
        del cast("Record", document)[name][item]
    return len(meant)


def _is_about(item: str, entity: str) -> bool:
    """Return whether an item (kind/ID, kind/ID.listing) belongs to an entity."""
    return item.partition("/")[2].partition(".")[0] == entity
