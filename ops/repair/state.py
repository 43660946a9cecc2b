"""The pipeline's state, `state/`: list the versions that S3 keeps, restore one, or rebuild it from the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from functions.extract.api.config import LISTINGS
from functions.extract.frontier import document as frontier
from functions.extract.frontier.rebuild import catch_up, remembered_watchlist
from functions.extract.raw.store import StoredDocument, packed
from functions.shared import keys
from functions.shared.watchlist import WatchList, parse
from ops.athena import ask
from ops.errors import OpsError
from ops.repair import locks
from ops.spotify.extraction import Deployed
from ops.watch import watchlist

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document, Listing
    from ops.stack import Stack

NAMES = {"frontier": keys.FRONTIER, "watchlist": keys.WATCHLIST, "quota": keys.QUOTA}
PUBLISHED_ALBUMS = "SELECT album_id, min(first_seen) FROM albums WHERE first_seen IS NOT NULL GROUP BY album_id"
PUBLISHED_ARTISTS = "SELECT artist_id, min(first_seen) FROM artists WHERE first_seen IS NOT NULL GROUP BY artist_id"


@dataclass(frozen=True)
class Version:
    """One version of an object of `state/`; a deletion has no size."""

    name: str
    version_id: str
    written_at: datetime
    size_bytes: int | None
    current: bool


@dataclass(frozen=True)
class Rebuilt:
    """The result of a rebuild: sentences on raw, and how many artists and albums only the published tables knew."""

    told: list[str]
    artists: int
    albums: int
    watchlist: bool


def history(stack: Stack) -> list[Version]:
    """Return the versions of each object of `state/`, the newest first."""
    pages = stack.client("s3").get_paginator("list_object_versions")
    found = []
    for name, key in NAMES.items():
        for page in pages.paginate(Bucket=stack.outputs["raw_bucket"], Prefix=key):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                version = each["VersionId"], each["LastModified"], each.get("Size"), each["IsLatest"]
                found.append(Version(name, *version))
    return sorted(found, key=lambda each: (each.written_at, each.current), reverse=True)


def version_of(stack: Stack, name: str, version_id: str | None) -> Version:
    """Return a version to bring back: the named one, or the newest that is not current.

    Raises:
        OpsError: there is none.
    """
    for each in history(stack):
        wanted = each.version_id == version_id if version_id else not each.current
        if each.name == name and each.size_bytes is not None and wanted:
            return each
    raise OpsError(
        f"There is no version {version_id or 'before the current one'} of {NAMES[name]}: S3 keeps old versions for "
        "a week. `ops state history` lists them."
    )


def restore(stack: Stack, version: Version) -> None:
    """Make a version the current one. A frontier is marked to read again what raw holds since then."""
    nobody_extracts(stack)
    s3, bucket, key = stack.client("s3"), stack.outputs["raw_bucket"], NAMES[version.name]
    body = s3.get_object(Bucket=bucket, Key=key, VersionId=version.version_id)["Body"].read()
    if version.name == "frontier":
        document = frontier.read(body)
        before = version.written_at.astimezone(UTC).date() - timedelta(days=2)  # a time zone's date may be behind
        document.setdefault("rebuilt_to", before.isoformat())
        body = packed(document)
    elif version.name == "watchlist":
        parse(body)
    s3.put_object(Bucket=bucket, Key=key, Body=body)


def rebuild(stack: Stack) -> Rebuilt:
    """Make the frontier again from raw and the published tables, and the watch-list where it is missing.

    Raises:
        OpsError: an extraction runs, or neither raw nor the tables hold anything.
    """
    nobody_extracts(stack)
    store, today = stack.raw(), stack.today().isoformat()
    document, config = frontier.missing(), Deployed.of(stack).config
    told = catch_up(document, store, today, config.refresh_days, lambda: 1.0)
    artists, albums = _add_published(stack, document)
    if not document["artists"] and not document["known"] and not document["albums"]:
        raise OpsError(
            "Neither raw nor the published tables contain data from which state/ can be rebuilt; nothing was changed."
        )
    followed, etag = watchlist.load(stack)
    found = remembered_watchlist(store, today) if etag is None else None
    if found:
        watchlist.save(stack, found[0], None)
    frontier_of(stack).update(lambda _: document)
    return Rebuilt(told, artists, albums, watchlist=found is not None and followed == WatchList())


def _add_published(stack: Stack, document: Document) -> tuple[int, int]:
    """Add when published artists and albums were first seen; return how many artists and albums raw did not know.

    The listings of such an artist count as complete since then: an album that they name from now on is news, unless it
    was published.
    """
    artists = albums = 0
    for artist, day in ask(stack, PUBLISHED_ARTISTS).rows:
        if str(artist) not in document["artists"]:
            artists += 1
            complete: dict[str, Listing] = {name: {"complete": str(day)} for name in LISTINGS}
            document["artists"][str(artist)] = {"first_seen": str(day), "listings": complete}
    for album, day in ask(stack, PUBLISHED_ALBUMS).rows:
        known = document["albums"].get(str(album))
        albums += known is None and str(album) not in document["known"]
        if known is not None:
            known["first_seen"] = min(known["first_seen"], str(day))
        else:
            document["known"][str(album)] = min(document["known"].get(str(album), str(day)), str(day))
    return artists, albums


def nobody_extracts(stack: Stack) -> None:
    """Raise OpsError if an execution extracts: it would write its own state over the change."""
    held = locks.holder_of(stack, keys.LEASE)
    if held and held.alive:
        raise OpsError(f"{held.holder} is extracting and would overwrite state/. Wait until it has ended.")


def frontier_of(stack: Stack) -> StoredDocument[Document]:
    """Return the stack's frontier, to read or to change with optimistic locking."""
    return StoredDocument(
        stack.raw(), keys.FRONTIER, read=frontier.read, write=packed, merge=lambda _theirs, _ours: None
    )
