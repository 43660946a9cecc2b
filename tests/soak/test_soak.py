"""Months of days with seeded faults, through extraction, transform and the views; each day is checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from functions.resolve.request import resolve
from functions.shared.errors import BadRequest, PipelineError
from tests.functions.extract.world import FIRST_DAY, Killed, World, world
from tests.soak.checks import Observed, misreported, news, untraceable, wrongly_removed
from tests.soak.faults import Faults
from tests.soak.lake import SoakLake

if TYPE_CHECKING:
    from functions.shared.events import ExtractResult, Run

pytestmark = pytest.mark.dateless("its clock is the simulation's")
CALM_DAYS = 10
"""The last days have no faults: an item that failed for up to nine days is requested again after at most 8."""
RETENTION_DAYS = 30


@dataclass
class Soak:
    """A lake, its Spotify, and the faults."""

    seed: int
    last: str
    made: World = field(init=False)
    lake: SoakLake = field(default_factory=SoakLake)
    observed: Observed = field(default_factory=Observed)
    runs: dict[str, list[str]] = field(default_factory=dict)
    failed_days: list[str] = field(default_factory=list)
    withdrawn: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    expired: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.made = world(artists=5, albums=6, new_ratio=0.03, budgets={"tracks": 5, "albums": 40}, refresh_days=4)
        self.faults = Faults(self.made, self.seed)

    def day(self, number: int, *, calm: bool) -> ExtractResult | None:
        """Run one day, and check it; return the result of its extraction, or None if its run failed."""
        day = (date.fromisoformat(FIRST_DAY) + timedelta(days=number)).isoformat()
        self.made.dawn(day)
        self.faults.calm() if calm else self.faults.begin(day)
        self._mistype(number)
        result = self._run(day)
        self.made.before_call = lambda: None
        self.observed.note(self.made, day)
        self._repeat(day)
        self._expire(day)
        self.lake.refresh()
        assert untraceable(self.lake, self.observed, day) == []
        assert misreported(self.lake, self.observed) == []
        assert wrongly_removed(self.lake, self.observed) == []
        self.told = news(self.lake)
        assert {each: on for each, on in self.told.items() if each in self.expired} == {}, "told before, and expired"
        return result

    def _run(self, day: str) -> ExtractResult | None:
        """Extract, transform and publish a day; a killed slice is invoked again."""
        run, result = self.made.run(day), None
        for _ in range(3):
            try:
                result = self.made.day(day, run)[-1]
                break
            except Killed:
                continue
            except PipelineError as exc:
                self.failed_days.append(f"{day}: {exc}")
                break
        if result is not None:
            self._publish(day, run)
        return result

    def _publish(self, day: str, run: Run) -> None:
        self.lake.write(run, self.made.store, self.made.clock.now())
        self.runs.setdefault(day, []).append(run["run_id"])
        self.lake.published[day] = run["run_id"]
        self.withdrawn.pop(day, None)

    def _repeat(self, today: str) -> None:
        """Replay a date, undo it, or withdraw one and publish it again."""
        dice = Random(f"{self.seed}/{today}/people")
        dates = sorted(day for day, runs in self.runs.items() if runs)
        if dice.random() < 0.3:
            self.publish_what_was_withdrawn()
        if not dates or dice.random() < 0.5:
            return
        day = dice.choice(dates[-10:])
        what = dice.choice(["replay", "undo", "unpublish"])
        if what == "replay":
            self._replay(day)
        elif what == "undo" and day not in self.withdrawn:
            self.lake.published[day] = dice.choice(self.runs[day])
        elif what == "unpublish" and day not in self.withdrawn and today < self.last:
            self.withdrawn[day] = self.lake.published[day] or ""
            self.lake.published[day] = None

    def publish_what_was_withdrawn(self) -> None:
        """Undo each withdrawal."""
        self.lake.published |= self.withdrawn
        self.withdrawn = {}

    def _replay(self, day: str) -> None:
        """Rebuild a date from raw: the same inputs must give the same rows."""
        before = self.lake.published[day] or self.runs[day][-1]
        self._publish(day, self.made.run(day, len(self.runs[day])))
        now = self.lake.published[day] or ""
        for table in ("artists", "albums", "tracks", "observations"):
            assert self.lake.rows(table, day, now) == self.lake.rows(table, day, before), f"a replay of {day}"

    def _mistype(self, number: int) -> None:
        """Start a run of a date ahead of today, as a person might."""
        now = self.made.clock.now()
        execution = {"Id": f"arn:x:{number}", "Name": "x", "StartTime": now.isoformat().replace("+00:00", "Z")}
        with pytest.raises(BadRequest):
            resolve({"mode": "daily", "snapshot_date": "2036-11-24"}, execution, ZoneInfo("UTC"), "raw")  # type: ignore[arg-type]  # as Step Functions gives it

    def _expire(self, today: str) -> None:
        """Remove everything older than its retention."""
        first = (date.fromisoformat(today) - timedelta(days=RETENTION_DAYS)).isoformat()
        self.expired |= {album: on for album, on in self.told.items() if on < first}
        self.lake.forget(first)
        self.runs = {day: runs for day, runs in self.runs.items() if day >= first}
        self.withdrawn = {day: run for day, run in self.withdrawn.items() if day >= first}
        for key in list(self.made.store.objects):
            if key.startswith(("raw/snapshot_date=", "inbox/snapshot_date=")) and key.split("=")[1][:10] < first:
                del self.made.store.objects[key]

    def figures(self) -> dict[str, int]:
        """Return the counts of what happened."""
        removed = self.lake.ask("""SELECT count(*) FROM "shown.catalogue_changes" WHERE change = 'removed'""")
        return {
            "faults": sum(self.faults.met.values()),
            "kinds": len(self.faults.met),
            "failed_days": len(self.failed_days),
            "requests": len(self.made.asked()),
            "reported": len(self.expired | self.told),
            "removed": removed[0][0],
        }

    def must_have_recovered(self, result: ExtractResult | None) -> None:
        """Raise unless nothing is left over: all is extracted, nothing is in doubt, and what is news has its row."""
        assert result is not None
        assert result["status"] == "DONE", result["reasons"]
        failing = self.made.frontier()["failing"]
        assert [item for item in failing if not item.startswith("tracks/")] == []  # lookups of ISRCs trickle in
        rows = {album for (album,) in self.lake.ask('SELECT DISTINCT album_id FROM "shown.albums"')}
        gone = {album for album, seen in self.made.frontier()["albums"].items() if "gone" in seen}
        news = {album for album in self.observed.first_listed if self.observed.is_news(album)}
        lasting = {album for album in news if self.observed.first_listed[album][0] >= min(self.runs)}  # not expired
        assert lasting - rows - gone - set(self.made.frontier()["known"]) == set()


def live(seed: int, days: int) -> Soak:
    """Return a soak after this many days, the last of them without faults."""
    soak = Soak(seed, last=(date.fromisoformat(FIRST_DAY) + timedelta(days=days - 1)).isoformat())
    result = None
    for number in range(days):
        if number == days - 1:
            soak.publish_what_was_withdrawn()
        result = soak.day(number, calm=number == 0 or number >= days - CALM_DAYS)
    soak.must_have_recovered(result)
    print(json.dumps(soak.figures()))  # the figures of docs/measures.md
    return soak


@pytest.mark.soak
def test_thirty_days_of_faults() -> None:
    figures = live(seed=7, days=30).figures()
    assert figures["faults"] > 40
    assert figures["reported"] > 10
    assert figures["removed"] > 0


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_year_of_faults(seed: int) -> None:
    figures = live(seed, days=365).figures()
    assert figures["reported"] > 150
