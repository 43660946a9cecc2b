"""Rebuild the frontier from raw, which holds the responses it was made from, if the bucket's is missing or unreadable.

The dates in raw are read again, oldest first. Facts that raw does not hold are lost: IDs of albums whose rows have
expired, and which requests failed. `ops state rebuild` adds what the published tables know.
"""

from __future__ import annotations

import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, cast

from functions.extract.api.config import LISTINGS
from functions.extract.api.endpoint import endpoint_of
from functions.extract.api.json_access import a_text, an_object
from functions.extract.frontier.update import FrontierUpdate
from functions.extract.raw.envelope import unpack
from functions.shared import keys
from functions.shared.ids import is_valid
from functions.shared.watchlist import Artist, Search, WatchList
from functions.shared.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from functions.extract.frontier.document import Document, Seen
    from functions.extract.raw.envelope import Envelope
    from functions.extract.raw.store import Store

PART = re.compile(r"raw/snapshot_date=(?P<date>[^/]+)/(?P<dataset>[^/]+)/[^/]+\.ndjson\.gz")
READERS = 16
DAMAGED = (OSError, EOFError, zlib.error, ValueError)
"""The exceptions that reading a damaged object raises: those of gzip and of JSON."""


class RawDates(NamedTuple):
    """The keys of raw parts, by date; the oldest date first."""

    parts: dict[str, list[str]]

    @classmethod
    def of(cls, store: Store, until: str) -> RawDates:
        """Return the keys of raw up to and including a date, without rehearsals."""
        dates: dict[str, list[str]] = {}
        for key in store.keys("raw/"):
            found = PART.fullmatch(key)
            if found and found["date"] <= until and found["date"] != keys.REHEARSAL_DATE:
                dates.setdefault(found["date"], []).append(key)
        return cls(dates)  # the keys are sorted

    def of_dataset(self, date: str, *datasets: str) -> list[str]:
        """Return the parts of a date that are of some datasets."""
        return [key for key in self.parts[date] if key.split("/")[2] in datasets]


def catch_up(
    document: Document, store: Store, until: str, refresh_days: int, time_left: Callable[[], float]
) -> list[str]:
    """Read raw again from the date up to which the frontier was rebuilt; return what was done, as sentences.

    If the time ends before, the document keeps its mark `rebuilt_to`, and the next slice continues.
    """
    if "rebuilt_to" not in document:
        return []
    raw = RawDates.of(store, until)
    waiting = [date for date in raw.parts if date > document["rebuilt_to"]]
    for date in waiting:
        if time_left() <= 0:
            return []
        apply_date(document, _read(store, raw.parts[date]), date, refresh_days, oldest=min(raw.parts))
        document["rebuilt_to"] = date
    del document["rebuilt_to"]
    if not waiting or (waiting == [until] and store.get(keys.manifest(until)) is None):
        return []  # a new lake, or the first slice was cut off
    held = f"{counted(len(document['artists']), 'artist')} and {counted(len(document['albums']), 'album')}"
    told = (
        f"{keys.FRONTIER} was missing, unreadable or restored: the raw data of {waiting[0]} to {waiting[-1]} was read "
        f"again. The frontier now has {held}."
    )
    return [told]


def apply_date(document: Document, lines: list[Envelope], date: str, refresh_days: int, *, oldest: str) -> None:
    """Update a frontier with a date's responses, and with what their envelopes state about earlier days."""
    artists = frozenset(str(an_object(line["body"]).get("id")) for line in lines if line["url"] == keys.WATCHLIST)
    update = FrontierUpdate(document, date, artists, refresh_days)
    for line in lines:
        _prepare(document, line, oldest)
        update.apply(line)
        _complete(document, line)


def remembered_watchlist(store: Store, until: str) -> tuple[WatchList, str] | None:
    """Return the artists and searches followed on the last date in raw, and that date; None if raw has none."""
    raw = RawDates.of(store, until)
    date = next((each for each in reversed(raw.parts) if raw.of_dataset(each, "watchlist")), None)
    if date is None:
        return None
    followed = _read(store, raw.of_dataset(date, "watchlist"))
    names = _names(_read(store, [key for each in raw.parts for key in raw.of_dataset(each, "artists")]))
    ids = dict.fromkeys(str(an_object(line["body"]).get("id")) for line in followed)
    searched = next((each for each in reversed(raw.parts) if raw.of_dataset(each, "search")), None)
    found = [endpoint_of(line["url"]) for line in _read(store, raw.of_dataset(searched, "search"))] if searched else []
    queries = dict.fromkeys(each.id for each in found if each and each.kind == "search")
    artists = tuple(Artist(each, names.get(each)) for each in ids if is_valid(each))
    return WatchList(artists, tuple(Search(query, query) for query in queries)), date


def _names(lines: Iterable[Envelope]) -> dict[str, str]:
    """Return the last names of artists by ID."""
    bodies = [an_object(line["body"]) for line in lines]
    return {str(body.get("id")): name for body in bodies if (name := a_text(body.get("name")))}


def _read(store: Store, parts: list[str]) -> list[Envelope]:
    """Return the envelopes of raw parts in the order in which they were fetched; a damaged part gives none."""
    with ThreadPoolExecutor(READERS) as threads:
        lines = [line for part in threads.map(store.get, parts) for line in _lines(part)]
    return sorted(lines, key=lambda line: line["fetched_at"])


def _lines(part: tuple[bytes, str] | None) -> list[Envelope]:
    try:
        return unpack(part[0]) if part else []
    except DAMAGED:
        return []


def _prepare(document: Document, line: Envelope, oldest: str) -> None:
    """Take from an envelope when its album was first seen, or whether its listing was complete before raw begins.

    If an artist was followed before the oldest date in raw, its listings had been read to their end: what they name for
    the first time is news. Nothing is assumed of compilations, which may have been listed for the first time since.
    """
    endpoint, first_seen = endpoint_of(line["url"]), line["first_seen"]
    if endpoint is None or first_seen is None:
        return
    if endpoint.kind == "albums":
        known = document["known"].get(endpoint.id, first_seen)
        document["known"][endpoint.id] = min(known, first_seen)
    elif endpoint.listing in LISTINGS and first_seen < oldest:
        listings = document["artists"].setdefault(endpoint.id, {}).setdefault("listings", {})
        listings.setdefault(endpoint.listing, {}).setdefault("complete", first_seen)


def _complete(document: Document, line: Envelope) -> None:
    """Overwrite what the response alone gives with what only the envelope states."""
    endpoint, first_seen = endpoint_of(line["url"]), line["first_seen"]
    if endpoint is None:
        return
    if endpoint.kind == "albums" and "baseline" in line:
        document["albums"][endpoint.id]["baseline"] = line["baseline"]
    if endpoint.kind == "artists" and first_seen:
        artist = cast("Seen", document["artists"][endpoint.id])
        artist["first_seen"] = min(artist["first_seen"], first_seen)
