"""A new extraction continues from the state of an earlier release as if this release had written it.

`earlier_release.json` holds the watch-list, the quota ledger and the frontier as revision e32ed41 wrote them after two
days over the simulated Spotify, all of it generated.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from functions.extract.raw.store import packed
from functions.shared import keys
from tests.functions.extract.world import EACH_ROUND, World, world

STATE: dict[str, Any] = json.loads(Path(__file__).with_name("earlier_release.json").read_text(encoding="utf-8"))
DAYS = ("2026-11-23", "2026-11-24")
THIRD = "2026-11-25"


def small() -> World:
    return world(artists=2, albums=3, budgets={"tracks": 0}, oddities="none", release_groups=EACH_ROUND)


def test_a_day_after_an_earlier_release_is_the_day_after_this_one() -> None:
    ours, theirs = small(), small()
    for day in DAYS:
        ours.dawn(day)
        assert ours.day(day)[-1]["status"] == "DONE"
    for key, document in STATE.items():
        theirs.store.objects.pop(key, None)
        body = packed(document) if key == keys.FRONTIER else json.dumps(document).encode()
        theirs.store.put(key, body, replaces=None)
    without: Any = ours.frontier()  # an earlier release did not note when and why an album is requested again
    for mark in ("again", "tracks"):
        assert [seen.pop(mark) for seen in without["albums"].values() if mark in seen]
    ours.store.objects[keys.FRONTIER] = packed(without), ours.store.objects[keys.FRONTIER][1]
    results = []
    for made in (ours, theirs):
        made.dawn(THIRD)
        results.append(made.day(THIRD)[-1])
    assert [result["status"] for result in results] == ["DONE", "DONE"]
    assert results[1]["requests"] == results[0]["requests"]
    assert theirs.raw(THIRD).keys() == ours.raw(THIRD).keys()
    frontier: dict[str, Any] = dict(theirs.frontier())
    for section in ("artists", "albums", "tracks"):
        after, before = frontier[section], STATE[keys.FRONTIER][section]
        assert before.keys() <= after.keys()
        assert all(after[name]["first_seen"] == seen["first_seen"] for name, seen in before.items())
