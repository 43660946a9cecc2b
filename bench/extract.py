"""Web API requests of a steady day, against the least possible and against a full crawl."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING, TypedDict

from infra.settings import Settings
from tests.functions.extract.world import FIRST_DAY, world
from tests.local.spotify.transport import SimulatedTransport

if TYPE_CHECKING:
    import httpx

    from functions.extract.api.config import Profile
    from tests.functions.extract.world import World

ARTISTS = 400
ALBUMS_PER_ARTIST = 11
NEW_ALBUMS_A_DAY = 0.02
DAYS = 4


class ExtractMeasure(TypedDict):
    """`steady_calls` of the last day, the fewest with the same result, and those of a full crawl.

    `cpu_ms_per_request` is the extraction's processor time on the last day, without the simulated Spotify's.
    """

    steady_calls: int
    least_calls: int
    full_calls: int
    cpu_ms_per_request: float
    by_group: dict[str, int]
    artists: int
    albums: int
    new_albums: int


class _Clocked(SimulatedTransport):
    """The simulated Spotify, and the processor time that it takes."""

    spent_s = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began = time.thread_time()
        try:
            return super().handle_request(request)
        finally:
            _Clocked.spent_s += time.thread_time() - began


def measure(artists: int = ARTISTS, days: int = DAYS, profile: Profile = "development") -> ExtractMeasure:
    """Follow a watch-list for some days, without budgets or ISRC lookups; count the requests of the last."""
    deployed = Settings(stack="dev")
    lake = world(
        artists=artists,
        albums=ALBUMS_PER_ARTIST,
        new_ratio=NEW_ALBUMS_A_DAY,
        budgets={"tracks": 0},
        app=profile,
        profile=profile,
        release_groups=deployed.release_groups,
        refresh_days=deployed.refresh_days,
        retention_days=deployed.retention_days,
    )
    lake.transport = lambda: _Clocked(lake.spotify)  # type: ignore[method-assign]  # the same, with a clock
    last = (date.fromisoformat(FIRST_DAY) + timedelta(days=days - 1)).isoformat()
    calls: list[Counter[str]] = []
    known = released = 0
    took = 0.0
    began = _extraction_s()
    for _ in lake.days(FIRST_DAY, days):
        began, took = _extraction_s(), _extraction_s() - began
        calls.append(Counter(request.group for request in lake.asked()))
        lake.spotify.log.entries.clear()
        if len(calls) < days:
            known = len(lake.frontier()["albums"])
            released = sum(seen.get("again", "9") <= last for seen in lake.frontier()["albums"].values())
    new = len(lake.frontier()["albums"]) - known
    recounted = sum(seen.get("recounted") == last for seen in lake.frontier()["albums"].values())
    return {
        "steady_calls": calls[-1].total(),
        "least_calls": least_calls(lake, artists, known, new + released + recounted, calls[-1]),
        "full_calls": calls[0].total(),
        "cpu_ms_per_request": took * 1000 / calls[-1].total(),
        "by_group": dict(calls[-1]),
        "artists": artists,
        "albums": known + new,
        "new_albums": new,
    }


def _extraction_s() -> float:
    """Return this process's processor time so far, without the simulated Spotify's."""
    return time.process_time() - _Clocked.spent_s


def least_calls(lake: World, artists: int, known: int, wanted: int, made: Counter[str]) -> int:
    """Return the fewest requests with the same result.

    A look at each artist's listings, as often as `releaseGroups` says, since nothing else tells what is new; each album
    that is wanted, because it is new, was released three days ago or has another number of tracks; the share of albums
    and artists that `refresh_days` makes due; the pages that an album's response has no room for; and the new releases.
    """
    config = lake.config
    listings = sum(artists // every for every in config.release_groups.values())
    albums = ceil((wanted + known // config.refresh_days) / config.pages.albums)
    due = ceil(artists // config.refresh_days / config.pages.artists)
    return listings + albums + due + made["album_tracks"] + made["search"]
