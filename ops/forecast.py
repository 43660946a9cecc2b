"""What the coming days will cost in calls, and how often each artist is visited.

Extraction's own code runs on a copy of the frontier, day after day, against a Spotify on which nothing changes. So it
is what the pipeline would do, and the least that it will: what is new costs more.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from functions.extract import frontier
from functions.extract.clock import stamp
from functions.extract.places import place_of
from functions.extract.run import extract
from functions.shared import keys
from ops.raw import Memory, raw_bucket
from ops.unchanged import HOME, Unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.extract.config import Config
    from functions.extract.frontier import Document
    from functions.extract.limiter import Limiter
    from functions.extract.meter import Meter
    from functions.shared.events import ExtractResult, Run
    from ops.stack import Stack

MORNING = time(6)
NO_HURRY_S = 1e9


@dataclass(frozen=True)
class Ahead:
    """One day to come: calls made and calls left, by quota group, and the artists looked at."""

    snapshot_date: str
    calls: dict[str, int]
    left: dict[str, int]
    visited: frozenset[str]


class Sundial:
    """A clock that a forecast sets; sleeping moves it on."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the time it shows."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.time += timedelta(seconds=seconds)


def forecast(stack: Stack, config: Config, days: int) -> list[Ahead]:
    """Return the next `days` days, from tomorrow on, or from the day after the last one that was asked for.

    Raises:
        WatchListInvalid: nobody is followed yet, or the watch-list does not parse.
    """
    bucket = raw_bucket(stack)
    found = {key: bucket.get(key) for key in (keys.WATCHLIST, keys.FRONTIER, keys.QUOTA)}
    zone = ZoneInfo(stack.outputs["time_zone"])
    objects = {key: each[0] for key, each in found.items() if each}
    newest = max([datetime.now(zone).date().isoformat(), *_looks(frontier.load(Memory(objects))[0])])
    return ahead(objects, config, date.fromisoformat(newest) + timedelta(days=1), days, zone)


def _looks(document: Document) -> Iterator[str]:
    """Yield the dates of the last look at each listing."""
    for seen in document["artists"].values():
        yield from (listing["at"] for listing in seen.get("listings", {}).values() if "at" in listing)
    yield from (listing["at"] for listing in document["searches"].values() if "at" in listing)


def ahead(objects: Mapping[str, bytes], config: Config, first: date, days: int, zone: ZoneInfo) -> list[Ahead]:
    """Return `days` days from `first` on, for what the raw bucket holds under `state/`."""
    store, clock = Memory(dict(objects)), Sundial()
    found: list[Ahead] = []
    for day in (first + timedelta(days=number) for number in range(days)):
        clock.time = datetime.combine(day, MORNING, zone).astimezone(UTC)
        spotify = Unchanged(frontier.load(store)[0], clock)
        result = _extracted(store, config, _run_of(day, zone), spotify, clock)
        visited = {_artist_of(call.path) for call in spotify.asked if call.group == "artist_albums"}
        found.append(Ahead(day.isoformat(), result["requests"], result["work"], frozenset(visited)))
    return found


def _extracted(store: Memory, config: Config, run: Run, spotify: Unchanged, clock: Sundial) -> ExtractResult:
    def connect(meter: Meter, _limiter: Limiter) -> nullcontext[Unchanged]:
        return nullcontext(spotify.metered(meter))

    return extract(run, config, store, connect=connect, clock=clock, time_left=lambda: NO_HURRY_S)


def longest_gap(days: list[Ahead], artist: str) -> int | None:
    """Return after how many days an artist is visited at the latest; None where the forecast is too short to say."""
    seen = [number for number, day in enumerate(days, start=1) if artist in day.visited]
    if not seen:
        return None
    return max(later - earlier for earlier, later in zip([0, *seen], seen, strict=False))


def _artist_of(path: str) -> str:
    place = place_of(HOME + path)
    return place.id if place else ""


def _run_of(day: date, zone: ZoneInfo) -> Run:
    started = datetime.combine(day, MORNING, zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
    return {
        "run_id": f"forecast-{day}",
        "snapshot_date": day.isoformat(),
        "mode": "daily",
        "started_at": stamp(started),
        "ends_at": stamp(ends),
        "execution_arn": "",
    }
