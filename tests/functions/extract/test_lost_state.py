"""If `state/` is lost, wholly or in part, the next run rebuilds it from raw, and reports it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from functions.extract.raw.store import packed
from functions.shared import keys
from tests.functions.extract.world import FEW_LOOKUPS, Killed, MemoryStore, World, world
from tests.often import one_in

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document

DAYS = [f"2026-11-{number}" for number in range(23, 30)]

LISTED = ("artists", "artist_albums", "search")


def lived(days: list[str] = DAYS, *, budgets: tuple[tuple[str, int], ...] = ()) -> World:
    """Return a world after some days, with its own Spotify: the days run once, and their bucket is copied."""
    made = born(budgets)
    bucket, ended = after(len(days), budgets)
    made.store = MemoryStore(dict(bucket))
    made.control.set_clock(ended)
    return made


def born(budgets: tuple[tuple[str, int], ...]) -> World:
    return world(artists=6, albums=12, new_ratio=0.05, budgets=FEW_LOOKUPS | dict(budgets))


@cache
def after(days: int, budgets: tuple[tuple[str, int], ...]) -> tuple[dict[str, tuple[bytes, str]], str]:
    """Return the bucket's content after the first days, and the time: each day runs once."""
    made = born(budgets)
    if days > 1:
        bucket, ended = after(days - 1, budgets)
        made.store = MemoryStore(dict(bucket))
        made.control.set_clock(ended)
    made.dawn(DAYS[days - 1])
    made.day(DAYS[days - 1])
    return made.store.objects, made.clock.now().isoformat()


def lose(made: World, *lost: str) -> None:
    for key in lost or [key for key in made.store.objects if key.startswith("state/")]:
        del made.store.objects[key]


def notes(result: object) -> str:
    return " ".join(result["notes"])  # type: ignore[index]  # an ExtractResult


def comparable(document: Document) -> dict[str, object]:
    """Return the part of a frontier that raw holds, without tracks: without a budget for lookups none are kept."""
    return {name: document[name] for name in ("artists", "albums", "searches", "known")}


def firsts(made: World) -> dict[str, tuple[str, bool]]:
    """Return for each album the date when it was first seen, and whether it is the baseline."""
    return {album: (seen["first_seen"], seen["baseline"]) for album, seen in made.frontier()["albums"].items()}


def test_a_frontier_rebuilt_from_raw_is_the_one_that_was_lost() -> None:
    made = lived()
    before = made.frontier()
    lose(made, keys.FRONTIER)
    made.dawn("2026-11-30")
    made.config = replace(made.config, budgets=dict.fromkeys(made.config.budgets, 0))
    result = made.day("2026-11-30")[-1]
    assert comparable(made.frontier()) == comparable(before)
    assert "the raw data of 2026-11-23 to 2026-11-30 was read again" in notes(result)


def test_with_all_of_state_deleted_nothing_is_new_again_and_the_day_costs_what_it_would_have() -> None:
    kept, lost = lived(), lived()
    doubted = kept.frontier()["missing"]  # a first 404 is not in raw: it is doubted once more
    lose(lost)
    for made in (kept, lost):
        made.dawn("2026-11-30")
        made.spotify.log.entries.clear()
    left, right = kept.day("2026-11-30")[-1], lost.day("2026-11-30")[-1]
    assert {group: right["requests"][group] for group in LISTED} == {group: left["requests"][group] for group in LISTED}
    assert sum(right["requests"].values()) - sum(left["requests"].values()) <= len(doubted)
    assert firsts(lost) == firsts(kept)
    new = {album for album, seen in lost.frontier()["albums"].items() if seen["first_seen"] == "2026-11-30"}
    assert len(new) < len(lost.frontier()["albums"]) / 4
    assert "state/watchlist.json is missing: this run follows what was followed on 2026-11-29" in notes(right)
    assert "state/frontier.json.gz was missing" in notes(right)


def test_state_lost_between_two_slices_costs_no_request_twice() -> None:
    made, whole = lived(DAYS[:2]), lived(DAYS[:2])
    for each in (made, whole):
        each.dawn(DAYS[2])
    calls = 0

    def kill() -> None:
        nonlocal calls
        calls += 1
        if calls == 10:
            raise Killed

    made.before_call = kill
    run = made.run(DAYS[2])
    with pytest.raises(Killed):
        made.day(DAYS[2], run)
    made.before_call = lambda: None
    lose(made)
    made.day(DAYS[2], run)
    whole.day(DAYS[2])
    doubted = 2 * len(whole.frontier()["missing"])
    assert len(made.asked()) - len(whole.asked()) <= 1 + doubted  # the killed one, and 404s that are doubted again


def test_a_rebuild_that_runs_out_of_time_goes_on_in_the_next_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    made, whole = lived(), lived()
    for each in (made, whole):
        lose(each, keys.FRONTIER)
        each.dawn("2026-11-30")
    read = made.store.get

    def slow(key: str) -> tuple[bytes, str] | None:
        if key.startswith("raw/") and "/albums/" in key:
            made.control.move_clock(2.0)
        return read(key)

    monkeypatch.setattr(made.store, "get", slow)
    made.slice_s = 60.0
    results = made.day("2026-11-30")
    whole.day("2026-11-30")
    assert results[0]["status"] == "MORE"
    assert sum(results[0]["requests"].values()) == 0
    assert made.frontier() == whole.frontier()


@pytest.mark.parametrize(
    "body", one_in(4, [b"", b"\x1f\x8b\x08damaged", b"{}", packed([1, 2])]), ids=["empty", "gzip", "json", "list"]
)
def test_a_frontier_that_cannot_be_read_is_rebuilt(body: bytes) -> None:
    made = lived(DAYS[:3])
    made.store.objects[keys.FRONTIER] = (body, "damaged")
    made.dawn(DAYS[3])
    assert "was read again" in notes(made.day(DAYS[3])[-1])
    assert {seen["first_seen"] for seen in made.frontier()["artists"].values()} == {DAYS[0]}


@pytest.mark.parametrize("body", [None, b"", b"[]", b"{}"], ids=["missing", "empty", "list", "object"])
def test_requests_of_a_lost_quota_ledger_are_counted_in_raw(body: bytes | None) -> None:
    made = lived(DAYS[:1], budgets=(("tracks", 0), ("albums", 10)))
    first = json.loads(made.store.objects[keys.QUOTA][0])["calls"]
    made.store.objects.pop(keys.QUOTA)
    if body is not None:
        made.store.objects[keys.QUOTA] = (body, "damaged")
    result = made.day(DAYS[0])[-1]
    again = json.loads(made.store.objects[keys.QUOTA][0])["calls"]
    assert again["albums"] == first["albums"] == 10
    assert "counted from raw" in notes(result)


def test_a_damaged_part_costs_its_own_responses() -> None:
    made = lived(DAYS[:3])
    parts = made.store.keys(f"{keys.raw_date(DAYS[0])}albums/")
    made.store.objects[parts[0]] = (b"damaged", "x")
    lose(made, keys.FRONTIER)
    made.dawn(DAYS[3])
    made.day(DAYS[3])
    assert len(made.frontier()["albums"]) >= len(parts)


def test_a_new_lake_says_nothing_of_a_rebuild() -> None:
    made = lived(DAYS[:1])
    assert "notes" not in made.day(DAYS[0])[-1]
