"""Seeded fault schedules: whatever fails, a later run fetches what is missing, and no rule is broken."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.config import GROUPS
from functions.shared.errors import PipelineError
from local.spotify.config import CLIENT_SECRET, FaultSchedule
from local.spotify.faults.book import FaultBook
from local.spotify.faults.kinds import KINDS
from tests.functions.extract.world import World, again, world

if TYPE_CHECKING:
    from functions.shared.events import ExtractResult

pytestmark = pytest.mark.dateless("its clock is the simulation's")
DAYS = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27")
BUDGETS = {"artists": 6, "artist_albums": 14, "albums": 40, "album_tracks": 4, "tracks": 6, "search": 3}
FATAL = frozenset({"premium_lapsed", "forbidden", "bad_request"})
LASTING = frozenset({"not_found", "next_to_foreign_host", "next_to_itself", "empty_page_with_next", "short_page"})
"""Faults that claim that something is gone or missing: this is believed until it is listed or due again."""
SURVIVABLE = tuple(sorted(KINDS - FATAL - LASTING))
EVERYTHING = tuple(sorted(KINDS))


@cache
def base() -> World:
    """Return the world in which each storm begins."""
    made = world(artists=3, albums=3, budgets=BUDGETS, refresh_days=4, retention_days=9)
    made.follow(searches=["tag:new"])
    return made


def fetched(made: World) -> set[str]:
    """Return the albums that were fetched, without those that have left Spotify since."""
    return {album for album, seen in made.frontier()["albums"].items() if "full" in seen and "gone" not in seen}


@cache
def there_in_the_end() -> set[str]:
    """Return the albums that a new lake without limits finds on the last day, without faults."""
    quiet = again(base())
    quiet.control.clear_faults()
    quiet.control.lift_bans()
    quiet.config = replace(quiet.config, budgets=dict.fromkeys(GROUPS, 1000))
    quiet.dawn(DAYS[-1])
    quiet.day(DAYS[-1])
    return fetched(quiet)


def through_a_storm(seed: int, kinds: tuple[str, ...]) -> tuple[World, list[ExtractResult | PipelineError]]:
    """Run three days under a schedule of faults, then two quiet ones, with a Lambda of a random length."""
    random = Random(seed)
    made = again(base())
    made.slice_s = random.choice([30.0, 60.0, 860.0])
    made.spotify.faults = FaultBook(FaultSchedule(seed=seed, rate=random.choice([0.02, 0.1, 0.3]), kinds=kinds))
    made.control.lift_bans()
    made.spotify.tokens.expire_all()
    came_to: list[ExtractResult | PipelineError] = []
    for number, today in enumerate(DAYS):
        made.dawn(today)
        if number == 3:
            made.control.clear_faults()
            made.config = replace(made.config, budgets=dict.fromkeys(GROUPS, 1000))
        try:
            came_to += made.day(today)
        except PipelineError as exc:
            came_to.append(exc)
    return made, came_to


def obeys_the_rules(made: World, came_to: list[ExtractResult | PipelineError]) -> None:
    """Check the rules that hold in spite of faults: budgets, bans (if known), sleeps, secrets, no part twice."""
    for today in DAYS[:3]:
        for group, budget in BUDGETS.items():
            calls = [r for r in made.asked(group) if made.day_of(r) == today]
            assert len(calls) <= budget, (today, group)
    assert not [request for request in made.asked() if request.banned and request.retry_after]
    assert max(made.clock.sleeps, default=0.0) <= 30.0
    parts = [key for key in made.store.writes if key.startswith("raw/") and key.endswith(".gz")]
    assert len(parts) == len(set(parts))
    told = "".join(str(outcome) for outcome in came_to) + str([body for body, _ in made.store.objects.values()])
    assert CLIENT_SECRET not in told
    assert not any(token in told for token in made.tokens_given())


def storm(seed: int) -> None:
    whole = there_in_the_end()
    made, came_to = through_a_storm(seed, SURVIVABLE)
    obeys_the_rules(made, came_to)
    last = came_to[-1]
    assert isinstance(last, dict), last
    if last["blocked"]:
        return
    assert fetched(made) >= whole, "a later run brings what an earlier one lost"
    assert all("responded 404 to" in reason for reason in last["reasons"]), last["reasons"]


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(1, 30), marks=pytest.mark.soak)], ids=["one", "more"])
def test_storms_lose_nothing_and_break_no_rule(seeds: range, caplog: pytest.LogCaptureFixture) -> None:
    """Each of the schedules is a few days of faults, and quiet days to catch up."""
    caplog.set_level(logging.DEBUG)
    for seed in seeds:
        storm(seed)
    assert CLIENT_SECRET not in caplog.text
    assert "Bearer" not in caplog.text


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("block", range(10))
def test_a_thousand_storms_lose_nothing_and_break_no_rule(block: int) -> None:
    """The same with many more schedules."""
    for seed in range(100 * block, 100 * block + 100):
        storm(seed)


@pytest.mark.parametrize(
    "seeds", [range(1000, 1001), pytest.param(range(1001, 1020), marks=pytest.mark.soak)], ids=["one", "more"]
)
def test_whatever_goes_wrong_no_rule_is_broken(seeds: range) -> None:
    """Every kind of fault, also fatal ones: a day may fail with an error of the tree, but breaks no rule."""
    for seed in seeds:
        obeys_the_rules(*through_a_storm(seed, EVERYTHING))


def test_the_simulation_bans_for_real() -> None:
    """Without bans, the rules above would not be tested."""
    made = again(base())
    made.control.set_limits(quotas={"albums": 1})
    made.day(DAYS[0])
    made.control.set_limits(quotas={"albums": 10_000})
    assert any(request.status == 429 for request in made.asked("albums"))
