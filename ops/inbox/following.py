"""Recognize a file that lists artists to follow: `ops watch import` reads it, and no run should."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import artist_id

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 8 << 20
"""Bytes of a file that is looked at: a watch-list of 50,000 artists has fewer."""
GZIP = b"\x1f\x8b"
OF_AN_ENTRY = frozenset({"id", "uri", "name"})
"""The members of an artist in a watch-list or in a data download; in a response it has its type too."""
LIBRARY = frozenset({"tracks", "albums", "artists"})


def lists_artists(file: Path) -> bool:
    """Return whether a file is a watch-list, another list of artists, or such a file of Spotify's data download."""
    try:
        with file.open("rb") as opened:
            packed = opened.read(len(GZIP)) == GZIP
        with (gzip.open if packed else open)(file, "rb") as opened:
            content = opened.read(LARGEST + 1)
        return len(content) <= LARGEST and _lists_artists(json.loads(content))
    except (ValueError, RecursionError, EOFError, zlib.error, gzip.BadGzipFile):
        return False  # the check reads it as a run does


def _lists_artists(found: object) -> bool:
    if isinstance(found, list):
        return _are_artists(found, OF_AN_ENTRY)
    if not isinstance(found, dict):
        return False
    if "userIsFollowing" in found or set(found) == {"artists", "searches"}:
        return True
    if set(found) == {"artists"}:
        return _are_artists(found["artists"], OF_AN_ENTRY)
    return set(found) >= LIBRARY and _are_artists(found["artists"], OF_AN_ENTRY - {"id"})


def _are_artists(entries: object, members: frozenset[str]) -> bool:
    """Return whether this is a list of IDs, URIs and links, or of objects with no other members than these."""
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(_is_id(each) or (isinstance(each, dict) and bool(each) and set(each) <= members) for each in entries)
    )


def _is_id(entry: object) -> bool:
    try:
        return isinstance(entry, str) and bool(artist_id(entry, ""))
    except WatchListInvalid:
        return False
