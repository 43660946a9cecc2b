"""Simulate months of a watch-list with the real extraction and doctor's daily forecast."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from functions.extract.api.clock import instant
from functions.extract.api.config import Config
from functions.extract.api.spotify import Account, connect
from functions.extract.api.tokens import Credentials
from functions.extract.context import SliceContext
from functions.extract.frontier.document import load
from functions.extract.run import extract
from functions.shared import keys
from functions.shared.watchlist import parse
from infra.settings import Settings
from ops.doctor.forecast import forecast
from tests.functions.extract.world import API, TOKEN, MemoryStore
from tests.rotation.spotify import BIG_CATALOG, RELEASES_A_YEAR, SmallSpotify

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document
    from functions.shared.events import ExtractResult, Run

FIRST = date(2026, 1, 1)
BUDGETS = Settings("dev").budgets | {"tracks": 0}
"""The default budgets without lookups of ISRCs, which do not rotate and would hide the cost of failures."""
SLICE_S = 860.0


@dataclass
class VirtualClock:
    """A clock that only sleeping moves."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Delay:
    """A release: the days until it was reported, and those that doctor's forecast of its first day allows."""

    album: str
    days: int
    round_days: int


@dataclass
class Rotation:
    """A lake that follows every artist of a small Spotify."""

    artists: int
    days: int
    profile: str = "development"
    budgets: dict[str, int] = field(default_factory=dict)
    searches: bool = True
    release_groups: dict[str, int] = field(default_factory=lambda: Settings("dev").release_groups)
    seed: int = 0
    releases_a_year: float = RELEASES_A_YEAR
    big_catalog: int = BIG_CATALOG
    requests: int = 0
    over_budget: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    rounds: dict[date, int] = field(default_factory=dict)
    _read: tuple[str, Document] | None = None

    def __post_init__(self) -> None:
        self.spotify = SmallSpotify(self.artists, FIRST, self.days, self.seed, self.releases_a_year, self.big_catalog)
        self.clock, self.store = VirtualClock(datetime.combine(FIRST, time(6), UTC)), MemoryStore()
        settings: Any = {"profile": self.profile, "budgets": BUDGETS | self.budgets}
        settings["release_groups"] = self.release_groups
        self.config = Config(
            market="US", refresh_days=21, retention_days=30, max_wait_minutes=20, concurrency=1,
            requests_per_window=10_000, **settings,
        )  # fmt: skip
        named = [
            {"id": each} | ({"name": self.spotify.name(each)} if self.searches else {}) for each in self.spotify.ids
        ]
        self.store.write(keys.WATCHLIST, {"artists": named, "searches": []})
        self.watchlist = parse(self.store.objects[keys.WATCHLIST][0])

    def live(self) -> Rotation:
        """Simulate all days."""
        for number in range(self.days):
            self.day(FIRST + timedelta(days=number))
        return self

    def day(self, day: date) -> None:
        """Simulate one day, and check its budgets and the order of its albums."""
        self.clock.moment = datetime.combine(day, time(6), UTC)
        self.spotify.begin(day)
        before = self.frontier()
        self.rounds[day] = forecast(self.watchlist, before, self.config, day.isoformat()).round_days or 10**6
        result, run = self._slice(day), self._run(day)
        while result["status"] in {"MORE", "WAIT"}:
            if result["status"] == "WAIT":
                self.clock.moment = max(self.clock.moment, instant(result["resume_at"]))
            result = self._slice(day)
        assert run["snapshot_date"] == day.isoformat()
        self.requests += self.spotify.requests.total()
        for group, made in self.spotify.requests.items():
            if made > self.config.budgets[group]:  # type: ignore[index]  # the groups of the Web API
                self.over_budget.append(f"{day}: {made} of {group}")
        self._note_order(day)
        self._forget_raw(day)

    def _note_order(self, day: date) -> None:
        """Record each news album that was requested after one that is not news, or after one found earlier."""
        albums = self.frontier()["albums"]
        news = [albums[each].get("baseline") is False and albums[each].get("full") == day.isoformat()
                and self.spotify.reported[each] == day for each in self.spotify.order]  # fmt: skip
        if any(late and not before for before, late in pairwise(news)):
            self.out_of_order.append(day.isoformat())

    def _slice(self, day: date) -> ExtractResult:
        ends = self.clock.now() + timedelta(seconds=SLICE_S)

        def time_left() -> float:
            return (ends - self.clock.now()).total_seconds()

        context = SliceContext(self._run(day), self.config, self.store, self.clock, time_left)
        account = Account(API, TOKEN, Credentials("x", "y"))
        return extract(context, partial(connect, context, account, transport=self.spotify))

    def _run(self, day: date) -> Run:
        return {
            "run_id": f"{day:%Y%m%d}T060000Z-00000000",
            "snapshot_date": day.isoformat(),
            "mode": "daily",
            "started_at": f"{day}T06:00:00Z",
            "ends_at": f"{day + timedelta(days=1)}T00:00:00Z",
            "execution_arn": "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-dev:test",
        }

    def frontier(self) -> Document:
        """Return the frontier as it lies in the bucket, read again only where it was written again."""
        etag = self.store.objects.get(keys.FRONTIER, (b"", ""))[1]
        if self._read is None or self._read[0] != etag:
            self._read = etag, load(self.store)
        return self._read[1]

    def _forget_raw(self, day: date) -> None:
        """Drop the day's raw parts: nobody reads them here."""
        prefix = keys.raw_date(day.isoformat())
        for key in self.store.keys(prefix):
            with suppress(KeyError):
                del self.store.objects[key]

    def delays(self) -> list[Delay]:
        """Return each release that must be reported: visible after its listing was complete.

        One that was not reported by the last day has waited until then.
        """
        seen, last = self.frontier()["artists"], FIRST + timedelta(days=self.days - 1)
        found = []
        for album in self.spotify.albums.values():
            listing = seen.get(album.artist, {}).get("listings", {}).get(album.group, {})
            if album.visible and listing.get("complete", "9") < album.visible.isoformat():
                days = (self.spotify.reported.get(album.id, last) - album.visible).days
                found.append(Delay(album.id, days, self.rounds[album.visible]))
        return found

    def row(self) -> str:
        """Return the row of docs/measures.md: the parameters of the simulation, and its results."""
        delays = sorted(each.days for each in self.delays()) or [0]
        budgets = "small" if self.budgets else "default"
        cells = [f"{self.artists:,}", self.profile, budgets, "yes" if self.searches else "no", f"{self.requests:,}"]
        cells += [f"{min(self.rounds.values())} to {max(self.rounds.values())}", f"{len(delays):,}"]
        cells += [f"{sum(delays) / len(delays):.1f}", str(delays[len(delays) // 2]), str(delays[-1])]
        cells += [str(len(self.late())), f"{self.spotify.wasted / self.requests:.1%}"]
        return f"| {' | '.join(cells)} |"

    def late(self) -> list[Delay]:
        """Return the releases that were reported later than doctor's forecast allows."""
        return [each for each in self.delays() if each.days > each.round_days + 1]

    def not_news(self) -> list[str]:
        """Return the releases that were sent and yet count as part of the baseline."""
        albums = self.frontier()["albums"]
        return [each.album for each in self.delays() if albums.get(each.album, {}).get("baseline") is True]
