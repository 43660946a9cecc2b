"""Invariant 3: killed anywhere, or run twice, a day gives the same raw objects and the same frontier."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from functions.extract.raw.envelope import pack, unpack
from functions.shared import keys
from tests.functions.extract.world import EACH_ROUND, FIRST_DAY, Killed, World, again, one_artist, world

pytestmark = pytest.mark.dateless("its clock is the simulation's")
SECOND_DAY = "2026-11-24"
LONG = (pytest.mark.long, pytest.mark.timeout(3600))


def small(artists: int = 2, **options: object) -> World:
    made = world(artists=artists, albums=3, budgets={"tracks": 0}, release_groups=EACH_ROUND, **options)  # type: ignore[arg-type]  # passed on
    made.follow(searches=["tag:new"])
    return made


def told(made: World, *dates: str) -> object:
    """Return everything that a day leaves behind, without times of day."""
    raw = {date: made.raw(date) for date in dates}
    lines = {
        (date, part): [{k: v for k, v in line.items() if k != "fetched_at"} for line in envelopes]
        for date, parts in raw.items()
        for part, envelopes in parts.items()
    }
    manifests = {date: _undated(made.manifest(date)) for date in dates}
    return lines, manifests, made.frontier()


def _undated(manifest: dict[str, object]) -> object:
    objects = manifest["objects"]
    assert isinstance(objects, list)
    return manifest["complete"], manifest["reasons"], [(entry["key"], entry["lines"]) for entry in objects]


def watched(made: World, number: int | None = None, *, writes: bool = True) -> count[int]:
    """Count the Lambda's steps (a request, before a write, after a write), and kill it at one of them."""
    steps = count()

    def step(_: str = "") -> None:
        if next(steps) == number:
            raise Killed

    made.before_call = step
    if writes:
        made.store.before = made.store.after = step
    return steps


def comes_to_the_same(made: World, day: str = FIRST_DAY, *, every: int = 1, writes: bool = True) -> None:
    """Kill a day at each (or every n-th) step in turn, run the next slice, and compare the results."""
    fresh = again(made)
    steps = watched(fresh, writes=writes)
    fresh.day(day)
    expected = told(fresh, day)
    for number in range(0, next(steps), every):
        cut = again(made)
        run = cut.run(day)
        watched(cut, number, writes=writes)
        with pytest.raises(Killed):
            cut.day(day, run)
        watched(cut)
        assert cut.day(day, run)[-1]["status"] == "DONE", f"killed at step {number}"
        assert told(cut, day) == expected, f"killed at step {number}"


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.soak), 13])
def test_killed_at_any_call_the_first_day_comes_to_the_same(every: int) -> None:
    """The next slice fetches what is missing, and existing objects stay unchanged."""
    comes_to_the_same(small(), every=every, writes=False)


@pytest.mark.parametrize("every", [pytest.param(1, marks=LONG), pytest.param(7, marks=pytest.mark.slow), 29])
def test_killed_at_any_step_the_first_day_comes_to_the_same(every: int) -> None:
    """It is killed before each request, before each write or after each write."""
    comes_to_the_same(small(artists=1), every=every)


@pytest.mark.parametrize("every", [pytest.param(5, marks=pytest.mark.slow), 23])
def test_killed_at_any_step_a_later_day_comes_to_the_same(every: int) -> None:
    """The day has a frontier, ETags, listings read in part and albums due for their refresh."""
    made = small(refresh_days=2)
    made.day(FIRST_DAY)
    made.dawn(SECOND_DAY)
    comes_to_the_same(made, SECOND_DAY, every=every)


@pytest.mark.parametrize(
    "every", [pytest.param(97, marks=pytest.mark.soak), pytest.param(1201, marks=pytest.mark.slow)]
)
def test_killed_at_any_step_the_lookups_come_to_the_same(every: int) -> None:
    """The tracks to look up are chosen independently of the order in which their albums came."""
    comes_to_the_same(world(artists=1, albums=1), every=every)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.soak), 17])
def test_killed_at_any_step_an_extended_app_comes_to_the_same(every: int) -> None:
    """The day has batch requests, large pages and new releases."""
    comes_to_the_same(small(artists=3, app="extended", profile="extended"), every=every)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_at_any_step_a_larger_day_comes_to_the_same() -> None:
    """The same with more artists and all lookups."""
    comes_to_the_same(world(artists=4, albums=4))


def test_a_slice_that_runs_twice_at_once_writes_the_same_objects() -> None:
    """The second invocation finds every part: it reads these, and replaces none."""
    made = small()
    run = made.run(FIRST_DAY)
    twin = World(made.spotify, made.config, made.store)

    def interfere() -> None:
        made.before_call = lambda: None
        twin.day(FIRST_DAY, run)

    made.before_call = interfere
    result = made.day(FIRST_DAY, run)[-1]
    assert result["status"] == "DONE"
    raw_writes = [key for key in made.store.writes if key.endswith(".ndjson.gz") and key.startswith("raw/")]
    assert len(raw_writes) == len(set(raw_writes))
    assert made.manifest_keys(FIRST_DAY) == sorted(raw_writes)


def test_a_response_that_another_slice_landed_first_is_the_one_that_the_frontier_knows() -> None:
    """It is the one in raw: a frontier that is made again from raw would else be another one."""
    made, twin = one_artist(), one_artist()
    twin.day(FIRST_DAY)

    def another_is_first(key: str) -> None:
        if "/albums/" in key and key not in made.store.objects:
            lines = unpack(twin.store.objects[key][0])
            made.store.objects[key] = pack([{**line, "etag": '"theirs"'} for line in lines]), "theirs"

    made.store.before = another_is_first
    made.day(FIRST_DAY)
    assert {album["etag"] for album in made.frontier()["albums"].values()} == {'"theirs"'}


def test_two_dates_at_once_keep_what_each_other_learned() -> None:
    """After a failed conditional write, the frontier is read and updated again, not overwritten."""
    made = small()
    made.follow()
    other = World(made.spotify, made.config, made.store)
    interfered: list[str] = []

    def interfere(key: str) -> None:
        if key == keys.FRONTIER and not interfered:
            interfered.append(key)
            other.day(SECOND_DAY)

    made.store.before = interfere
    made.day(FIRST_DAY)
    listings = [listing for artist in made.frontier()["artists"].values() for listing in artist["listings"].values()]
    assert interfered
    assert {listing["at"] for listing in listings} == {SECOND_DAY}
    assert {album["first_seen"] for album in made.frontier()["albums"].values()} == {FIRST_DAY}
    # the other date rebuilt a missing frontier from the parts of the first date
    assert {album["at"] for album in made.frontier()["albums"].values()} == {FIRST_DAY, SECOND_DAY}


def test_a_complete_day_is_done_again_without_a_call() -> None:
    """A second daily run of a date finds its manifest complete, and sends no request."""
    made = small()
    made.day(FIRST_DAY)
    before, calls = dict(made.store.objects), len(made.asked())
    again_done = made.day(FIRST_DAY)[-1]
    assert again_done["status"] == "DONE"
    assert len(made.asked()) == calls
    assert made.store.objects == before


def test_a_partial_day_run_again_goes_on_with_what_is_left() -> None:
    """Nothing that the first run wrote is requested again; the second run fetches the rest."""
    made = small(artists=3)
    made.config = replace(made.config, budgets=made.config.budgets | {"albums": 2})
    assert made.day(FIRST_DAY)[-1]["status"] == "PARTIAL"
    first = [request.path for request in made.asked("albums")]
    made.config = replace(made.config, budgets=made.config.budgets | {"albums": 100})
    assert made.day(FIRST_DAY)[-1]["status"] == "DONE"
    second = [request.path for request in made.asked("albums")][len(first) :]
    assert second
    assert not set(first) & set(second)
