"""The catalog's artists, albums and tracks, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from local.spotify.catalogue.ids import Key

LISTING_GROUPS = ("album", "single", "compilation", "appears_on")


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist on a date."""

    id: str
    index: int
    name: str
    genres: tuple[str, ...]
    followers: int
    popularity: int


@dataclass(frozen=True, slots=True)
class Origin:
    """The constant facts of an album. `artists` and `guest` (on its first track) are indexes of artists."""

    key: Key
    kind: str
    artists: tuple[int, ...]
    guest: int | None
    release_date: date
    oddity: str


@dataclass(frozen=True, slots=True)
class Album:
    """An album on a date. Its flags say which of its moves are in force."""

    id: str
    origin: Origin
    name: str
    label: str
    upc: str
    popularity: int
    track_count: int
    unplayable: bool
    retimed: bool
    made_explicit: bool


@dataclass(frozen=True, slots=True)
class Track:
    """A track of an album, on a date; `n` counts through the album's discs, from 1."""

    id: str
    n: int
    name: str
    artists: tuple[int, ...]
    disc_number: int
    track_number: int
    duration_ms: int
    explicit: bool
    is_playable: bool
    isrc: str
    popularity: int
