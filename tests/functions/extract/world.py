"""A lake and a Spotify in memory: the real extraction, the simulated Web API, and a clock that tests move."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from functions.extract.api.clock import LONGEST_SLEEP_S, instant
from functions.extract.api.config import GROUPS, LISTINGS, Config
from functions.extract.api.spotify import Account, connect
from functions.extract.api.tokens import Credentials
from functions.extract.context import SliceContext
from functions.extract.frontier.document import Document, load
from functions.extract.raw.envelope import Envelope, unpack
from functions.extract.run import extract
from functions.shared import keys
from functions.shared.json_objects import LostRace
from local.spotify.config import CLIENT_ID, CLIENT_SECRET, CatalogueSize, Limits
from local.spotify.config import Config as Simulation
from local.spotify.control import Control
from local.spotify.service import Spotify as SimulatedSpotify
from tests.local.spotify.transport import SimulatedTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from functions.shared.events import ExtractResult, Run
    from local.spotify.requests import LoggedRequest

API = "https://api.spotify.com/v1"
TOKEN = "https://accounts.spotify.com/api/token"
PLENTY = dict.fromkeys(GROUPS, 10_000)
FEW_LOOKUPS = {"tracks": 20}
"""For tests of other requests: six in seven requests of a day look up tracks, one by one."""
EACH_ROUND = dict.fromkeys(LISTINGS, 1)  # for tests that count requests: without the listings of every n-th round
FIRST_DAY = "2026-11-23"


class Killed(BaseException):
    """The Lambda was killed in the middle of its work."""


@dataclass
class MemoryStore:
    """A bucket in memory. `before` and `after` are called around each write, to kill the Lambda or to interfere."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None
    writes: list[str] = field(default_factory=list)

    def get(self, key: str) -> tuple[bytes, str] | None:
        return self.objects.get(key)

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        self.before(key)
        there = self.objects.get(key)
        if (there[1] if there else None) != replaces:
            raise LostRace(key)
        etag = hashlib.md5(body + str(len(self.writes)).encode(), usedforsecurity=False).hexdigest()
        self.objects[key] = (body, etag)
        self.writes.append(key)
        self.after(key)
        return etag

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def write(self, key: str, document: object) -> None:
        """Write an object unconditionally, as a person would."""
        self.objects[key] = (json.dumps(document).encode(), f"by-hand-{len(self.writes)}")


@dataclass
class SimulatedClock:
    """The simulation's clock, which a sleep puts forward; threads that sleep at once do not add up."""

    spotify: SimulatedSpotify
    sleeps: list[float] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> datetime:
        return self.spotify.clock.instant()

    def sleep(self, seconds: float) -> None:
        assert seconds <= LONGEST_SLEEP_S, f"a sleep of {seconds} s in a Lambda"
        self.sleeps.append(seconds)
        wake_at = self.spotify.clock.now() + seconds
        with self._lock:
            self.spotify.clock.move(max(wake_at - self.spotify.clock.now(), 0.0))


@dataclass
class World:
    """Spotify, a raw bucket and a stack's configuration."""

    spotify: SimulatedSpotify
    config: Config
    store: MemoryStore = field(default_factory=MemoryStore)
    slice_s: float = 860.0
    before_call: Callable[[], None] = lambda: None
    instead: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def __post_init__(self) -> None:
        self.clock = SimulatedClock(self.spotify)
        self.began = self.clock.now()
        self.control = Control(self.spotify)

    def follow(self, *, artists: list[str] | None = None, searches: list[str] | None = None) -> None:
        """Write the watch-list: the whole catalog, or the named artists and searches."""
        whole = [entry["id"] for entry in self.control.watchlist()["artists"]]
        named = [{"name": query, "query": query} for query in searches or []]
        self.store.write(keys.WATCHLIST, {"artists": whole if artists is None else artists, "searches": named})

    def dawn(self, snapshot_date: str) -> None:
        """Set the clock and the catalog to six in the morning of a date."""
        self.control.set_clock(f"{snapshot_date}T06:00:00+00:00")
        self.began = self.clock.now()

    def run(self, snapshot_date: str, number: int = 0) -> Run:
        """Return the execution of a date that starts now."""
        now = self.clock.now()
        ends_at = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return {
            "run_id": f"{now:%Y%m%dT%H%M%S}Z-{number:08x}",
            "snapshot_date": snapshot_date,
            "mode": "daily",
            "started_at": now.isoformat(),
            "ends_at": ends_at.isoformat().replace("+00:00", "Z"),
            "execution_arn": "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-dev:test",
        }

    def slice(self, run: Run) -> ExtractResult:
        """Invoke the Lambda once."""
        ends = self.clock.now() + timedelta(seconds=self.slice_s)

        def time_left() -> float:
            return (ends - self.clock.now()).total_seconds()

        context = SliceContext(run, self.config, self.store, self.clock, time_left)
        account = Account(API, TOKEN, Credentials(CLIENT_ID, CLIENT_SECRET))
        return extract(context, partial(connect, context, account, transport=self.transport()))

    def transport(self) -> SimulatedTransport:
        """Return the network."""
        return Network(self.spotify, self.before_call, self.instead)

    def day(self, snapshot_date: str, run: Run | None = None) -> list[ExtractResult]:
        """Do as the state machine does: call, wait, and call again; return the result of each slice."""
        run = run or self.run(snapshot_date)
        results = [self.slice(run)]
        while results[-1]["status"] in {"MORE", "WAIT"}:
            assert len(results) < 500, "the state machine would loop for ever"
            if results[-1]["status"] == "WAIT":
                wait = (instant(results[-1]["resume_at"]) - self.clock.now()).total_seconds()
                self.control.move_clock(max(wait, 0.0))
            results.append(self.slice(run))
        return results

    def days(self, first: str, count: int) -> Iterator[ExtractResult]:
        """Yield the last result of each of some days in a row."""
        for number in range(count):
            today = (date.fromisoformat(first) + timedelta(days=number)).isoformat()
            self.dawn(today)
            yield self.day(today)[-1]

    def frontier(self) -> Document:
        """Return the frontier as it lies in the bucket."""
        return load(self.store)

    def raw(self, snapshot_date: str) -> dict[str, list[Envelope]]:
        """Return the envelopes of a date, by the end of their key."""
        prefix = keys.raw_date(snapshot_date)
        parts = [key for key in self.store.keys(prefix) if key.endswith(".gz")]
        return {key.removeprefix(prefix): unpack(self.store.objects[key][0]) for key in parts}

    def manifest(self, snapshot_date: str) -> dict[str, object]:
        """Return the manifest of a date."""
        manifest: dict[str, object] = json.loads(self.store.objects[keys.manifest(snapshot_date)][0])
        return manifest

    def manifest_keys(self, snapshot_date: str) -> list[str]:
        """Return the keys that a manifest names."""
        objects = self.manifest(snapshot_date)["objects"]
        assert isinstance(objects, list)
        return [entry["key"] for entry in objects]

    def day_of(self, request: LoggedRequest) -> str:
        """Return the date on which a request reached Spotify."""
        return datetime.fromtimestamp(request.at, UTC).date().isoformat()

    def tokens_given(self) -> set[str]:
        """Return the access tokens that Spotify gave out."""
        return set(self.spotify.tokens._ends)

    def asked(self, group: str | None = None) -> list[LoggedRequest]:
        """Return the requests to Spotify, of one quota group or of all."""
        return [r for r in self.spotify.log.entries if r.group == group or (group is None and r.group != "token")]


class Network(SimulatedTransport):
    """The simulated network, with an action before each request, and other responses to some."""

    def __init__(
        self,
        spotify: SimulatedSpotify,
        before: Callable[[], None],
        instead: Callable[[httpx.Request], httpx.Response | None] = lambda _: None,
    ) -> None:
        super().__init__(spotify)
        self._before, self._instead = before, instead

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._before()
        return self._instead(request) or super().handle_request(request)


def world(
    *,
    artists: int = 4,
    albums: int = 5,
    budgets: dict[str, int] | None = None,
    limits: Limits | None = None,
    new_ratio: float = 0.015,
    oddities: str = "recorded",
    app: str = "development",
    **config: object,
) -> World:
    """Return a small world on its first day, whose watch-list follows its whole catalogue."""
    size = CatalogueSize(artists=artists, albums_per_artist=albums, new_ratio=new_ratio, oddities=oddities)  # type: ignore[arg-type]  # tests name real ones
    simulation = Simulation(
        size=size,
        limits=limits or Limits.none(),
        profile=app,  # type: ignore[arg-type]  # tests name real ones
        now=f"{FIRST_DAY}T06:00:00+00:00",
    )
    settings: dict[str, object] = {
        "market": "US",
        "profile": "development",
        "budgets": PLENTY | (budgets or {}),
        "refresh_days": 21,
        "retention_days": 30,
        "max_wait_minutes": 20,
        "concurrency": 1,
    }
    made = World(SimulatedSpotify(simulation), Config(**(settings | config)))  # type: ignore[arg-type]  # one dict of many types
    made.follow()
    return made


def again(made: World) -> World:
    """Return a copy of a world as it is now: its bucket and its time, on the same Spotify."""
    made.spotify.log.entries.clear()
    copy = World(made.spotify, made.config, MemoryStore(dict(made.store.objects)))
    copy.began = made.began
    made.control.set_clock(made.began.isoformat())
    return copy


def one_artist(**options: object) -> World:
    """Return the world of one artist with two albums."""
    return world(artists=1, albums=2, budgets={"tracks": 0}, oddities="none", **options)  # type: ignore[arg-type]  # passed on


def an_album() -> str:
    """Return an album of the one artist."""
    made = one_artist()
    made.day(FIRST_DAY)
    return min(made.frontier()["albums"])
