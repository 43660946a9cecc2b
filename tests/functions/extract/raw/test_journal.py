"""A date's raw parts while several slices write them: no written part is lost or replaced."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.endpoint import KINDS, Endpoint, Kind
from functions.extract.api.request import Request
from functions.extract.raw.envelope import followed, unpack
from functions.extract.raw.journal import GOING_ON, Journal
from functions.shared import keys
from tests.functions.extract.world import MemoryStore

if TYPE_CHECKING:
    from functions.extract.raw.envelope import Envelope

DAY = "2026-11-23"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def call(name: str) -> Request:
    return Request(Endpoint("albums", (name,)))


def envelope(name: str, minute: int = 0) -> Envelope:
    return {
        "fetched_at": f"{DAY}T06:{minute:02}:00.000000Z", "first_seen": DAY, "status": 200, "etag": None,
        "url": f"https://api.spotify.com/v1/albums/{name}", "body": {"id": name},
    }  # fmt: skip


def named(store: MemoryStore) -> list[str]:
    """Return the albums that the manifest names."""
    manifest = json.loads(store.objects[keys.manifest(DAY)][0])
    return [entry["key"].rsplit("/", 1)[1].removesuffix(".ndjson.gz") for entry in manifest["objects"]]


def write(day: Journal, *, complete: bool = False) -> None:
    day.write_manifest(complete=complete, reasons=[] if complete else [GOING_ON], now=NOW)


def test_two_that_write_the_manifest_at_once_name_the_parts_of_both() -> None:
    store = MemoryStore()
    ours, theirs = Journal(store, DAY), Journal(store, DAY)
    ours.land(call("ours"), [envelope("ours")])
    theirs.land(call("theirs"), [envelope("theirs")])
    write(theirs)
    write(ours)
    assert named(store) == ["ours", "theirs"]
    theirs.land(call("more"), [envelope("more")])
    write(theirs)
    assert named(store) == ["more", "ours", "theirs"]


def test_a_manifest_that_is_lost_again_and_again_is_written_in_the_end() -> None:
    store = MemoryStore()
    day = Journal(store, DAY)
    day.land(call("ours"), [envelope("ours")])
    others = iter(range(3))

    def another_is_first(key: str) -> None:
        if key == keys.manifest(DAY) and next(others, None) is not None:
            empty = {"snapshot_date": DAY, "complete": False, "reasons": [], "objects": [], "written_at": ""}
            store.write(key, empty)
            store.writes.append(key)

    store.before = another_is_first
    day.write_manifest(complete=True, reasons=["ours"], now=NOW)
    manifest = json.loads(store.objects[keys.manifest(DAY)][0])
    assert (named(store), manifest["complete"], manifest["reasons"], day.complete) == (["ours"], True, ["ours"], True)


def test_a_part_that_is_there_counts_more_than_an_entry_of_a_part_that_was_deleted() -> None:
    store = MemoryStore()
    day = Journal(store, DAY)
    day.land(call("one"), [envelope("one")])
    write(day)
    (entry,) = json.loads(store.objects[keys.manifest(DAY)][0])["objects"]
    old = {"snapshot_date": DAY, "complete": False, "reasons": [], "objects": [{**entry, "lines": 9}], "written_at": ""}
    store.write(keys.manifest(DAY), old)
    write(day)
    assert json.loads(store.objects[keys.manifest(DAY)][0])["objects"] == [entry]


def test_the_first_of_two_answers_to_one_call_stays_and_both_slices_go_on_with_it() -> None:
    store = MemoryStore()
    ours, theirs = Journal(store, DAY), Journal(store, DAY)
    first = [envelope("one", 1)]
    assert theirs.land(call("one"), first) == first
    assert ours.land(call("one"), [envelope("one", 2)]) == first
    write(ours)
    assert named(store) == ["one"]


def test_the_manifest_tells_of_each_part_what_is_there() -> None:
    store = MemoryStore()
    day = Journal(store, DAY)
    day.land(call("two"), [envelope("a"), envelope("b")])
    write(day, complete=True)
    assert not Journal(store, "2026-11-24").complete
    text = store.objects[keys.manifest(DAY)][0].decode()
    assert text.startswith('{\n "snapshot_date": ')  # for people to read
    manifest = json.loads(text)
    key = keys.raw_part(DAY, "albums", "two")
    body = store.objects[key][0]
    assert manifest["objects"] == [
        {"key": key, "sha256": hashlib.sha256(body).hexdigest(), "lines": 2, "size_bytes": len(body)}
    ]
    assert (manifest["snapshot_date"], manifest["complete"], manifest["reasons"]) == (DAY, True, [])
    assert manifest["written_at"] == "2026-11-23T06:00:00.000000Z"
    assert Journal(store, DAY).complete


def test_what_a_cut_off_slice_landed_is_found_in_the_order_it_was_fetched() -> None:
    store = MemoryStore()
    before = Journal(store, DAY)
    before.land(call("named"), [envelope("named")])
    write(before)
    before.land(call("a"), [envelope("a", 9)])
    before.land(call("z"), [envelope("z", 1)])
    after = Journal(store, DAY)
    assert [each["url"].rsplit("/", 1)[1] for part in after.cut_off() for each in part] == ["z", "a"]
    write(after)
    assert named(store) == ["a", "named", "z"]
    assert Journal(store, DAY).cut_off() == []


def test_a_part_that_vanishes_while_it_is_read_is_an_error() -> None:
    store = MemoryStore()
    Journal(store, DAY).land(call("one"), [envelope("one")])
    listed = store.keys(keys.raw_date(DAY))
    store.objects.clear()
    store.keys = lambda prefix: listed  # type: ignore[method-assign]  # a listing of a moment ago
    with pytest.raises(FileNotFoundError, match="was deleted after it was listed"):
        Journal(store, DAY).cut_off()


def test_who_is_followed_is_written_once_a_date() -> None:
    store = MemoryStore()
    Journal(store, DAY).follow(["b", "a"], NOW)
    part = dict(store.objects)
    key = keys.raw_part(DAY, "watchlist", "00000")
    assert unpack(part.pop(key)[0]) == [followed(artist, NOW) for artist in ("a", "b")]
    assert part == {}
    part = dict(store.objects)
    Journal(store, DAY).follow(["c"], NOW)
    assert store.objects == part
    Journal(MemoryStore(), DAY).follow([], NOW)


def test_answers_are_counted_by_quota_group_and_who_is_followed_is_none() -> None:
    day = Journal(MemoryStore(), DAY)
    day.follow(["a", "b"], NOW)
    day.land(call("one"), [envelope("one"), envelope("two")])
    day.land(call("three"), [envelope("three")])
    assert {group: count for group, count in day.records().items() if count} == {"albums": 3}
    assert set(day.records()) == set(keys.QUOTA_GROUPS)


def test_responses_of_a_dataset_of_its_own_count_for_the_quota_group_that_they_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the quota ledger was lost, the spent budget is read from these counts."""
    monkeypatch.setitem(KINDS, "top", Kind("/artists/{id}/top-tracks", "top", "artists", "listing", entity="artists"))
    day = Journal(MemoryStore(), DAY)
    day.land(Request(Endpoint("top", ("a",))), [envelope("a")])
    assert day.requests() == {"artists": 1}
    assert day.records()["artists"] == 1
