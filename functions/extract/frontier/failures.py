"""Note items whose requests failed, and 404s not believed yet; decide when each is requested again.

An item is an artist, an album, a track, a listing, a search or the rest of an album's tracks. What fails on one day is
requested once on the next, in a share of the requests (`turns`), then after 2, 4, 8 and 16 days. A 404 counts only when
it was seen on two days: a single one may be a passing error that would hide the item for weeks. The 404 of an album
counts only after the listings that named it were read again: a listing that names it outweighs a 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.api.endpoint import KINDS, endpoint_of
from functions.extract.frontier.document import entities_of, search_key, seen_of
from functions.extract.frontier.schedule import ordinal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from functions.extract.api.endpoint import Endpoint
    from functions.extract.frontier.document import Document, Failing, Listing, Missing
    from functions.extract.raw.envelope import Envelope

LONGEST_BACKOFF_DAYS = 16
LONGEST_DOUBT_PAUSE_DAYS = 8
REQUESTS_A_DAY = 2
"""The number of requests per day for an item that responded 404 for the first time on that day."""
LONGEST_DOUBT_DAYS = 90
"""After this many days an album's 404 is believed, even if a listing that named it was never read again."""
MOST_NAMED = 10
OPTIONAL = ("tracks/", "artist_search/")
"""Items without which a date is complete: lookups of ISRCs, and searches that only supplement the listings."""


def item_of(endpoint: Endpoint) -> str:
    """Return the name of the item that an endpoint requests: the same for every page of it."""
    return f"{endpoint.kind}/{endpoint.id}" + (f".{endpoint.listing}" if endpoint.listing else "")


def item_at(url: str) -> str | None:
    """Return the name of the item that a URL or a path asks for; None for a batch."""
    endpoint = endpoint_of(url)
    return item_of(endpoint) if endpoint else None


def note_failed(document: Document, item: str, today: str) -> None:
    """Note that an item's requests failed on a date."""
    before = document["failing"].get(item)
    if before is None or before["last"] < today:
        document["failing"][item] = {"days": before["days"] + 1 if before else 1, "last": today}


def note_missing(document: Document, item: str, today: str) -> None:
    """Note a 404 that is not believed yet. If the item was listed since, its two days begin again."""
    before = document["missing"].get(item, {"first": today, "last": today, "times": 0})
    times = before["times"] + 1 if before["last"] == today else 1
    listed = document["albums"].get(item.removeprefix("albums/"), {}).get("listed", "")
    document["missing"][item] = {"first": max(before["first"], listed), "last": today, "times": times}


def forget_failures(document: Document, item: str) -> None:
    """Forget what failed before: the item responded."""
    document["failing"].pop(item, None)
    document["missing"].pop(item, None)


def is_doubtful(
    document: Document, envelope: Envelope, today: str, followed: frozenset[str], kinds: Collection[str]
) -> bool:
    """Return whether a response is a 404 that is not believed yet.

    Not believed are the first 404, another one on the same date, and one of an album that a listing may still name: a
    listing of the requested `kinds`, of an artist in `followed`.
    """
    if envelope["status"] != 404:
        return False
    endpoint = endpoint_of(envelope["url"])
    if endpoint is None or _is_gone(document, endpoint):
        return False
    missing = document["missing"].get(item_of(endpoint))
    if missing is None or missing["first"] >= today:
        return True
    if endpoint.kind != "albums" or ordinal(today) - ordinal(missing["first"]) >= LONGEST_DOUBT_DAYS:
        return False
    is_listed_since = _is_listed_since(document, endpoint, missing["first"])
    return is_listed_since or _may_be_listed(document, endpoint.id, followed, kinds)


def _may_be_listed(document: Document, album: str, followed: frozenset[str], kinds: Collection[str]) -> bool:
    """Return whether a listing or search that named an album was not read in full since, so that it may still name it.

    The result does not include listings that extraction no longer requests, or that respond 404.
    """
    seen = document["albums"].get(album, {"via": []})
    read = [
        listing.get("full", "")
        for via in seen["via"]
        for name, listing in _listings(document, via, followed, kinds)
        if "gone" not in listing and name in {"", *seen.get("groups", kinds)}
    ]
    return min(read, default="9999") <= seen.get("listed", "")


def _listings(
    document: Document, via: str, followed: frozenset[str], kinds: Collection[str]
) -> list[tuple[str, Listing]]:
    """Return the requested listings of a followed artist that is not gone, or the one search, under the name ""."""
    if via in document["searches"]:
        return [("", document["searches"][via])]
    artist = document["artists"].get(via, {})
    if via not in followed or "gone" in artist:
        return []
    return [(name, listing) for name, listing in artist.get("listings", {}).items() if name in kinds]


def _is_listed_since(document: Document, endpoint: Endpoint, first: str) -> bool:
    """Return whether a listing has named an album since a date."""
    return endpoint.kind == "albums" and document["albums"].get(endpoint.id, {}).get("listed", "") > first


def contradicted(document: Document) -> set[str]:
    """Return the artists and searches that listed an album whose 404 is doubted: reading these again decides."""
    albums = (item.removeprefix("albums/") for item in document["missing"] if item.startswith("albums/"))
    return {via for album in albums for via in document["albums"].get(album, {}).get("via", [])}


def artists_of(failing: Iterable[str]) -> set[str]:
    """Return the artists of these items: an item is the artist itself or one of its listings."""
    kinds = ("artists", "artist_albums")
    return {rest.partition(".")[0] for kind, _, rest in (item.partition("/") for item in failing) if kind in kinds}


def next_attempt(failing: Failing) -> int:
    """Return the day on which an item that failed is requested again."""
    days: int = 2 ** (failing["days"] - 1)
    return ordinal(failing["last"]) + min(days, LONGEST_BACKOFF_DAYS)


def rests(document: Document, item: str, today: str) -> bool:
    """Return whether an item waits on a date: it failed lately, or responded 404 often enough on that date."""
    failing, missing = document["failing"].get(item), document["missing"].get(item)
    if missing and _has_responded_enough(missing, today):
        return True
    return failing is not None and failing["last"] < today and ordinal(today) < next_attempt(failing)


def _has_responded_enough(missing: Missing, today: str) -> bool:
    """Return whether an item with an unbelieved 404 waits: for tomorrow, or until a listing is read again.

    The longer it waits, the less often it is requested.
    """
    if missing["last"] == today:
        return missing["times"] >= REQUESTS_A_DAY
    last = ordinal(missing["last"])
    return ordinal(today) - last < min(last - ordinal(missing["first"]), LONGEST_DOUBT_PAUSE_DAYS)


def forget_unfollowed(document: Document, artists: set[str], searches: set[str]) -> None:
    """Drop failures of entities that are no longer followed and no longer in the frontier."""
    held = {"artists": artists, "albums": document["albums"].keys(), "tracks": document["tracks"].keys()}

    def is_held(item: str) -> bool:
        kind, _, rest = item.partition("/")
        section = KINDS[kind].entity
        return rest.partition(".")[0] in held[section] if section else search_key(rest) in searches or not rest

    document["failing"] = {item: each for item, each in document["failing"].items() if is_held(item)}
    document["missing"] = {item: each for item, each in document["missing"].items() if is_held(item)}


def reasons(document: Document, today: str, names: dict[str, str]) -> list[str]:
    """Return sentences on listings that ended early, items left out after failures, and doubted 404s that leave a gap.

    A 404 of an entity whose last response is still shown leaves no gap. Lookups of ISRCs never count as left out. The
    names come last, since the state machine gets only the beginning of a long sentence (`bounds.ENTRY_BYTES`).
    """
    resting = [item for item in document["failing"] if rests(document, item, today) and not item.startswith(OPTIONAL)]
    doubted = [
        item
        for item, missing in document["missing"].items()
        if missing["last"] == today or _has_responded_enough(missing, today)
    ]
    gaps = [item for item in doubted if item not in resting and not _is_held(document, item)]
    sentences = []
    if short := _short(document, today):
        told = "Ended before the `total` or otherwise than Spotify states; read again before this is accepted"
        sentences.append(f"{told} {counted_few(short, names)}.")
    if resting:
        told = "Left out, since their requests failed on the days before; requested again"
        sentences.append(f"{told} within {LONGEST_BACKOFF_DAYS} days {counted_few(resting, names)}.")
    if gaps:
        told = "Spotify responded 404 to these; requested again on another day before they count as gone"
        sentences.append(f"{told} {counted_few(gaps, names)}.")
    return sentences


def _short(document: Document, today: str) -> list[str]:
    """Return the listings, and the albums' lists of tracks, that ended early today."""
    listings = [
        f"artist_albums/{artist}.{name}"
        for artist, seen in document["artists"].items()
        for name, listing in seen.get("listings", {}).items()
        if listing.get("short") == today
    ]
    return listings + [
        f"album_tracks/{album}" for album, seen in document["albums"].items() if seen.get("short") == today
    ]


def counted_few(items: Collection[str], names: dict[str, str]) -> str:
    """Return in how many artists, albums or searches these items are, and the names of a few."""
    return f"({len({_named(item, names) for item in items}):,}): {named_few(items, names)}"


def named_few(items: Iterable[str], names: dict[str, str]) -> str:
    """Return the names of a few of these items, and how many more there are."""
    every = sorted({_named(item, names) for item in items})
    more = f" and {len(every) - MOST_NAMED:,} more" if len(every) > MOST_NAMED else ""
    return ", ".join(every[:MOST_NAMED]) + more


def _named(item: str, names: dict[str, str]) -> str:
    """Return an item in words: an artist (with its name in the watch-list), an album, a track or a search."""
    kind, _, rest = item.partition("/")
    section = KINDS[kind].entity
    if section is None:
        return f"{kind} {rest}"[:100]
    entity = rest.partition(".")[0]
    return f"{section.removesuffix('s')} {entity[:40]}" + (f" ({names[entity][:60]})" if entity in names else "")


def _is_held(document: Document, item: str) -> bool:
    """Return whether a doubted 404 leaves no gap: an earlier response is still shown, or the item is a track."""
    kind, _, entity = item.partition("/")
    return kind == "tracks" or (kind in {"artists", "albums"} and "full" in entities_of(document, kind).get(entity, {}))


def _is_gone(document: Document, endpoint: Endpoint) -> bool:
    """Return whether an item is known to be gone and was not listed since: another 404 changes nothing."""
    gone = None if endpoint.kind == "album_tracks" else seen_of(document, endpoint).get("gone")
    return gone is not None and not _is_listed_since(document, endpoint, gone)
