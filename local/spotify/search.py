"""The search endpoint's query language: words, and `field:value` filters, over a snapshot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from local.spotify.messages import ApiError

if TYPE_CHECKING:
    from local.spotify.catalogue.entities import Album, Origin, Track
    from local.spotify.catalogue.generated import Snapshot

TERM = re.compile(r'(?:(\w+):)?(?:"([^"]*)"|(\S+))')
FILTERS = frozenset({"tag", "label", "year", "artist", "album", "track", "upc", "isrc"})
KINDS = ("album", "artist", "track")
NEW_FOR = timedelta(days=14)
FURTHEST = 1000


@dataclass(frozen=True)
class Query:
    """Words that a name must hold, and filters."""

    words: tuple[str, ...]
    filters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Query:
        """Return the query of `q`; an unknown field is a word."""
        words: list[str] = []
        filters: dict[str, str] = {}
        for name, quoted, plain in TERM.findall(text):
            value = (quoted or plain).lower()
            if name in FILTERS:
                filters[name] = value
            else:
                words += value.split()
        return cls(tuple(words), filters)

    def artists(self, snapshot: Snapshot) -> list[int]:
        """Return the indexes of the artists found."""
        if self.filters.keys() - {"artist"}:
            return []
        wanted = (*self.words, *self.filters.get("artist", "").split())
        everyone = range(snapshot.catalogue.size.artists)
        return [index for index in everyone if _holds(snapshot.artist(index).name, wanted)]

    def albums(self, snapshot: Snapshot) -> list[Origin]:
        """Return the albums found, newest first."""
        if self.filters.keys() & {"track", "isrc"}:
            return []
        return [origin for origin in self._dated(snapshot) if self._fits(snapshot.album(origin.key), snapshot)]

    def tracks(self, snapshot: Snapshot) -> list[tuple[Origin, int]]:
        """Return the tracks found, as album and number; only the first thousand that can be reached."""
        albums = ((origin, snapshot.album(origin.key)) for origin in self._dated(snapshot))
        every = ((origin, album, n) for origin, album in albums for n in range(1, album.track_count + 1))
        fits = ((o, n) for o, album, n in every if self._fits_track(snapshot.track(album, n), album, snapshot))
        return list(islice(fits, FURTHEST))

    def _dated(self, snapshot: Snapshot) -> list[Origin]:
        origins = snapshot.albums
        if self.filters.get("tag") == "new":
            origins = [origin for origin in origins if snapshot.day - origin.release_date < NEW_FOR]
        if span := self.filters.get("year"):
            first, last = _years(span)
            origins = [origin for origin in origins if first <= origin.release_date.year <= last]
        return origins

    def _fits(self, album: Album, snapshot: Snapshot) -> bool:
        names = " ".join(snapshot.artist(index).name for index in album.origin.artists)
        return (
            _holds(f"{album.name} {names}", self.words)
            and _holds(album.name, self.filters.get("album", "").split())
            and _holds(names, self.filters.get("artist", "").split())
            and self.filters.get("label", album.label).lower() == album.label.lower()
            and self.filters.get("upc", album.upc) == album.upc
        )

    def _fits_track(self, track: Track, album: Album, snapshot: Snapshot) -> bool:
        names = " ".join(snapshot.artist(index).name for index in track.artists)
        return (
            _holds(f"{track.name} {names}", self.words)
            and _holds(track.name, self.filters.get("track", "").split())
            and _holds(names, self.filters.get("artist", "").split())
            and _holds(album.name, self.filters.get("album", "").split())
            and self.filters.get("isrc", track.isrc).upper() == track.isrc
        )


def _holds(text: str, words: tuple[str, ...] | list[str]) -> bool:
    low = text.lower()
    return all(word in low for word in words)


def _years(span: str) -> tuple[int, int]:
    """Return the first and last year of `1994` or `1990-1999`."""
    first, _, last = span.partition("-")
    if not (first.isdecimal() and (not last or last.isdecimal())):
        raise ApiError(400, "Invalid year filter")
    return int(first), int(last or first)
