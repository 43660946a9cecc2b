"""The number of tracks that a listing states for an album: if it changes, the album is requested again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zlib import crc32

from functions.extract.frontier.schedule import ordinal

if TYPE_CHECKING:
    from functions.extract.api.json_access import Body
    from functions.extract.frontier.document import AlbumSeen

RECOUNT_DAYS = 7
"""An album is requested for this at most once in this many days: two listings may disagree about it every day."""


def note_tracks(album: AlbumSeen, item: Body, today: str) -> None:
    """Note the number of tracks that an artist's listing states; if it stated another before, request the album again.

    If several listings of a day differ, the first counts. The number in the album's own response is not compared:
    Spotify may state another one there permanently. The frontier keeps a checksum, not what Spotify sent.
    """
    number = item.get("total_tracks")
    if type(number) is not int or today < album["listed"] or today == album.get("recounted"):
        return
    tracks, before = f"{crc32(str(number).encode()) & 0xFFFF:04x}", album.get("tracks")
    if before not in {None, tracks}:
        again = after_recount(album.get("recounted"), today)
        if again > today or album.get("at") != today:  # raw may be read again in another order: albums first
            album["again"] = min(album.get("again", again), again)
        album["recounted"] = today
    album["tracks"] = tracks


def after_recount(recounted: str | None, today: str) -> str:
    """Return the day on which an album is requested again, given today and the day of the previous change."""
    again = max(ordinal(today), ordinal(recounted) + RECOUNT_DAYS if recounted else 0)
    return date.fromordinal(again).isoformat()
