"""The frontier document, `state/frontier.json.gz`: the known facts of each entity. Written with optimistic locking.

Dates are snapshot dates. It holds ids, dates and ETags, never Spotify's responses about an entity.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

from functions.extract.frontier.schedule import ordinal, spread
from functions.extract.raw.store import unpacked
from functions.shared import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.extract.api.config import Profile
    from functions.extract.api.endpoint import Endpoint
    from functions.extract.raw.store import Store

VERSION = 1
FEWEST_PER_SAVE = 100  # requests between two saves of the frontier
ENTITIES_PER_REQUEST = 200  # a larger frontier is saved once per this many entities
MOST_KNOWN = 180_000
"""The number of artists and albums that fit in Extract's 512 MB: each takes 2 kB while the frontier is written, and
the function itself takes 130 MB (`python -m bench.scale`)."""


class Seen(TypedDict, total=False):
    """An entity: first seen, last response, last response with a body, its ETag, since when it is gone."""

    first_seen: str
    at: str
    full: str
    etag: str
    gone: str


class Listing(TypedDict, total=False):
    """A listing: last incremental listing, its first page's ETag and last full response, last full listing (`walked`).

    `complete` is the date of the first full listing: everything found until then is the baseline.

    `gone` is the date since which Spotify responds 404.

    `at` moves when an incremental listing reaches a known album; until then it continues at `next`, today or later.
    `rest` is the page where a full listing continues if budget is left after all incremental listings.
    `short` is the first date on which the listing ended although its `total` says that it continues.
    `paged` is the date on which `next` or `rest` was noted: on a later day the pages may have moved.
    `heard` is the date on which a search found an album of this listing: the listing is requested first.
    """

    at: str
    etag: str
    full: str
    walked: str
    complete: str
    next: str
    rest: str
    gone: str
    short: str
    paged: str
    heard: str


class ArtistSeen(Seen, total=False):
    """A followed artist, and its listings by name."""

    listings: dict[str, Listing]


class AlbumSeen(Seen, total=False):
    """An album: the artists and searches whose listings name it, the last day one did, its next page of tracks.

    `groups` are the listings of its artists that named it.

    `short` is the first date on which its list of tracks ended although `total` says that it continues.

    `baseline` is true if the album was found before any listing that names it had been read to its end. An earlier
    release did not write it.

    `again` is the day on which it is requested once more, whatever its age: a few days after its release, or when a
    listing said another number of tracks than before. `tracks` is a checksum of that number, `recounted` the last day
    on which it changed.
    """

    via: list[str]
    groups: list[str]
    listed: str
    next: str
    short: str
    baseline: bool
    again: str
    tracks: str
    recounted: str


class TrackSeen(Seen, total=False):
    """A track whose ISRC is looked up; `first_seen` is that of its album."""

    album: str


class ProfileFound(TypedDict):
    """The profile that the app turned out to have, the configured one, and when this was tried."""

    configured: Profile
    found: Profile
    at: str


class Failing(TypedDict):
    """The number of days in a row on which an item's requests failed, and the last of these days."""

    days: int
    last: str


class Missing(TypedDict):
    """The dates of an item's first and last 404, and how often it responded 404 on the last."""

    first: str
    last: str
    times: int


class Document(TypedDict):
    """The frontier as it is stored. Searches are keyed by `search_key` of their query.

    `known` holds of each album that was dropped the date on which it was first seen: one that returns is not new.
    `failing` and `missing` are keyed by `failures.item_of`. `rebuilt_to` is there while the frontier is rebuilt from
    raw: the last date that was read, or nothing. `full_shape_at` is when the app last sent the fields that
    newer apps in development mode do not get.
    """

    version: int
    artists: dict[str, ArtistSeen]
    albums: dict[str, AlbumSeen]
    tracks: dict[str, TrackSeen]
    searches: dict[str, Listing]
    known: dict[str, str]
    failing: dict[str, Failing]
    missing: dict[str, Missing]
    profile: ProfileFound | None
    full_shape_at: NotRequired[str]
    rebuilt_to: NotRequired[str]


def search_key(query: str) -> str:
    """Return a saved search's key, which no artist's id can be."""
    return f"search:{query}"


NEW_RELEASES = search_key("browse/new-releases")


def search_of(endpoint: Endpoint) -> str:
    """Return the key under which the frontier keeps a search, or the new releases."""
    return NEW_RELEASES if endpoint.kind == "new_releases" else search_key(endpoint.id)


def entities_of(document: Document, kind: str) -> Mapping[str, Seen]:
    """Return the artists, the albums or the tracks of a frontier."""
    found: Mapping[str, Seen] = document[kind]  # type: ignore[literal-required]  # one of three
    return found


def seen_of(document: Document, endpoint: Endpoint) -> Seen | Listing:
    """Return the frontier's entry for an endpoint: a listing, a search, or an entity."""
    if endpoint.kind == "artist_albums":
        return document["artists"].get(endpoint.id, {}).get("listings", {}).get(endpoint.listing, {})
    section = endpoint.about.entity
    if section is None:
        return document["searches"].get(search_of(endpoint), {})
    return entities_of(document, section).get(endpoint.id, {})


def empty() -> Document:
    """Return an empty frontier."""
    return {
        "version": VERSION,
        "artists": {},
        "albums": {},
        "tracks": {},
        "searches": {},
        "known": {},
        "failing": {},
        "missing": {},
        "profile": None,
    }


def missing() -> Document:
    """Return the frontier of a lake whose own is missing: it is made again from raw, which in a new lake is empty."""
    return {**empty(), "rebuilt_to": ""}


def read(body: bytes | None) -> Document:
    """Return the frontier that an object holds. An earlier release wrote fewer members.

    One that is missing or cannot be read (cut short, overwritten by something else) is made again from raw.

    Raises:
        ValueError: it was written by a later version.
    """
    try:
        found = unpacked(body) if body is not None else None
    except (OSError, EOFError, zlib.error, ValueError):
        found = None
    if not isinstance(found, dict):
        return missing()
    document = cast("Document", {**empty(), **found})
    if document["version"] != VERSION:
        raise ValueError(f"{keys.FRONTIER} has version {document['version']}; this code reads version {VERSION}.")
    return document


def size(document: Document) -> int:
    """Return how many artists and albums a frontier knows."""
    return len(document["artists"]) + len(document["albums"])


def requests_per_save(document: Document) -> int:
    """Return how many requests lie between two saves of a frontier.

    A save writes the whole frontier. So that its cost per request stays the same, twice the entities mean half as many
    saves. If a slice is killed, the next one reads from raw what was requested since the last save.
    """
    return max(FEWEST_PER_SAVE, size(document) // ENTITIES_PER_REQUEST)


def load(store: Store) -> Document:
    """Return the frontier stored in the bucket, or an empty one."""
    body, _ = store.get(keys.FRONTIER) or (None, None)
    return read(body)


def followed_albums(document: Document, artists: set[str], searches: set[str], oldest_listing: int) -> list[str]:
    """Return the albums still followed: a followed artist's, or listed by a followed search since `oldest_listing`."""

    def follows(via: str, seen: AlbumSeen) -> bool:
        return via in artists or (via in searches and _day(seen.get("listed")) >= oldest_listing)

    return [album for album, seen in document["albums"].items() if any(follows(via, seen) for via in seen["via"])]


def forget(document: Document, followed: set[str], searches: set[str], expired: int) -> None:
    """Delete entities that are no longer followed and were last seen before the date `expired`.

    The date on which an album was first seen is kept.
    """
    document["artists"] = {
        artist: seen for artist, seen in document["artists"].items() if artist in followed or _last(seen) >= expired
    }
    document["searches"] = {search: seen for search, seen in document["searches"].items() if search in searches}
    listed = set(followed_albums(document, followed, searches, expired))
    albums = {
        album: seen
        for album, seen in document["albums"].items()
        if (album in listed and "gone" not in seen) or _last(seen) >= expired
    }
    document["known"] |= {
        album: seen["first_seen"] for album, seen in document["albums"].items() if album not in albums
    }
    document["albums"] = albums
    document["tracks"] = {track: seen for track, seen in document["tracks"].items() if seen["album"] in albums}


def is_baseline(document: Document, album: str) -> bool | None:
    """Return whether an album was found while its artist's listing was first read; None if that is not known."""
    return document["albums"].get(album, {}).get("baseline")


def keep_newest_tracks(document: Document, kept: int) -> None:
    """Keep as many tracks as the ISRC budget can refresh in time: those of the newest albums."""
    tracks = document["tracks"]
    if len(tracks) <= kept:
        return
    ranked = sorted(tracks, key=lambda track: (-_day(tracks[track]["first_seen"]), spread(track), track))
    document["tracks"] = {track: tracks[track] for track in sorted(ranked[:kept])}


def _last(seen: ArtistSeen | AlbumSeen) -> int:
    """Return the last day on which a response named an entity; for a gone entity, the day since which it is gone."""
    days = [seen.get("first_seen"), seen.get("gone", seen.get("at")), cast("AlbumSeen", seen).get("listed")]
    days += [listing.get("at") for listing in cast("ArtistSeen", seen).get("listings", {}).values()]
    return max(_day(day) for day in days)


def _day(date: str | None) -> int:
    return ordinal(date) if date else 0
