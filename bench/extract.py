"""Web API requests of a steady day, against the least possible and against a full crawl."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

from tests.functions.extract.world import FIRST_DAY, world

if TYPE_CHECKING:
    from tests.functions.extract.world import World

ARTISTS = 400
ALBUMS_PER_ARTIST = 11
NEW_ALBUMS_A_DAY = 0.02
DAYS = 4


class ExtractMeasure(TypedDict):
    """`steady_calls` of the last day, the fewest with the same result, and those of a full crawl."""

    steady_calls: int
    least_calls: int
    full_calls: int
    by_group: dict[str, int]
    artists: int
    albums: int
    new_albums: int


def measure(artists: int = ARTISTS, days: int = DAYS) -> ExtractMeasure:
    """Follow a watch-list for some days, without budgets or ISRC lookups; count the requests of the last."""
    lake = world(artists=artists, albums=ALBUMS_PER_ARTIST, new_ratio=NEW_ALBUMS_A_DAY, budgets={"tracks": 0})
    last = (date.fromisoformat(FIRST_DAY) + timedelta(days=days - 1)).isoformat()
    calls: list[Counter[str]] = []
    known = released = 0
    for _ in lake.days(FIRST_DAY, days):
        calls.append(Counter(request.group for request in lake.asked()))
        lake.spotify.log.entries.clear()
        if len(calls) < days:
            known = len(lake.frontier()["albums"])
            released = sum(seen.get("again", "9") <= last for seen in lake.frontier()["albums"].values())
    new = len(lake.frontier()["albums"]) - known
    recounted = sum(seen.get("recounted") == last for seen in lake.frontier()["albums"].values())
    return {
        "steady_calls": calls[-1].total(),
        "least_calls": least_calls(lake, artists, known, new + released + recounted, calls[-1]["album_tracks"]),
        "full_calls": calls[0].total(),
        "by_group": dict(calls[-1]),
        "artists": artists,
        "albums": known + new,
        "new_albums": new,
    }


def least_calls(lake: World, artists: int, known: int, wanted: int, album_tracks: int) -> int:
    """Return the fewest requests with the same result.

    A look at each artist's two listings, since nothing else tells what is new; each album that is wanted, because it is
    new, was released three days ago or has another number of tracks; the share of albums and artists that
    `refresh_days` makes due; and the pages that an album's answer has no room for.
    """
    days = lake.config.refresh_days
    return 2 * artists + wanted + known // days + artists // days + album_tracks
