"""The record of what was told, tested without the plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from functions.digest import record

if TYPE_CHECKING:
    from functions.shared.athena import Row

SINCE = "2019-05-07T06:00:00+00:00"
CLAIM: record.Claim = {"snapshot_date": "2019-05-07", "since": SINCE}


@pytest.mark.parametrize(
    ("now", "lost"),
    [("2019-05-07T06:15:00+00:00", False), ("2019-05-07T06:15:01+00:00", True)],
    ids=["as long as a function may run", "longer"],
)
def test_a_claim_is_lost_once_no_function_can_be_at_work_on_it(now: str, *, lost: bool) -> None:
    assert record.is_lost(CLAIM, now) is lost
    later: record.Claim = {"snapshot_date": "2019-05-08", "since": now}
    document: record.Document = {**record.empty(), "claims": {"first": CLAIM}}
    claims = record.claimed(document, {"new/1": "new"}, "second", later)["claims"]
    assert claims == ({} if lost else {"first": CLAIM}) | {"second": later}


def test_a_confirmed_claim_ends_and_what_it_told_stays() -> None:
    document = record.claimed(record.empty(), {"new/1": "new"}, "first", CLAIM)
    assert record.confirmed(document, "first") == {**record.empty(), "told": {"new/1": "new"}}


def test_a_refused_message_gives_back_only_what_nobody_told_since() -> None:
    before: record.Document = {**record.empty(), "told": {"there/album//1": "removed", "there/album//2": "removed"}}
    told = {"there/album//1": "returned", "there/album//2": "returned", "new/3": "new"}
    after = record.claimed(before, told, "first", CLAIM)
    found: record.Document = {**after, "told": after["told"] | {"there/album//2": "removed"}}
    released = record.released(found, before, after, "first")
    assert released["told"] == {"there/album//1": "removed", "there/album//2": "removed"}
    assert released["claims"] == {}


def test_a_refused_message_gives_back_the_claims_that_it_had_ended() -> None:
    before: record.Document = {**record.empty(), "claims": {"lost": CLAIM}}
    after = record.claimed(before, {}, "first", {"snapshot_date": "2019-05-08", "since": "2019-05-08T06:00:00+00:00"})
    assert after["claims"].keys() == {"first"}
    assert record.released(after, before, after, "first")["claims"] == {"lost": CLAIM}


def test_the_newest_row_about_a_thing_decides() -> None:
    rows: list[Row] = [
        {"entity": "album", "entity_id": "1", "album_id": None, "change": change, "new_value": None, "found_on": "x"}
        for change in ("returned", "removed")
    ]
    assert record.items(rows) == {"there/album//1": "returned"}
    assert record.due(rows, {**record.empty(), "told": {"there/album//1": "removed"}}) == rows[:1]
    assert record.due(rows, {**record.empty(), "told": {"there/album//1": "returned"}}) == []
    assert record.due(rows, {**record.empty(), "told": {"all/x": "told"}}) == []


def test_the_record_of_a_stack_that_told_nothing_is_one_that_each_release_reads() -> None:
    assert record.empty() == {"version": 1, "since": None, "baseline": None, "told": {}, "claims": {}}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param({"album_id": "1"}, ("new/1", "new"), id="an album that is news"),
        pytest.param({"change": "added", "album_id": "1"}, ("added/track/1/2", "added"), id="added to its album"),
        pytest.param({"change": "changed", "new_value": "false"}, ("playable/track//2", "false"), id="playable"),
        pytest.param({"change": "removed"}, ("there/track//2", "removed"), id="gone"),
    ],
)
def test_an_item_is_a_thing_and_what_was_said_of_it(row: Row, told: tuple[str, str]) -> None:
    """The names are in the record of each stack: other names would make it tell everything again."""
    whole: Row = {"entity": "track", "entity_id": "2", "album_id": None, "new_value": None} if "change" in row else {}
    assert record.item(whole | row) == told


def test_a_refused_message_keeps_a_baseline_that_another_run_set_since() -> None:
    before = record.empty()
    after: record.Document = {**record.claimed(before, {}, "first", CLAIM), "since": "2019-05-07", "baseline": None}
    found: record.Document = {**after, "baseline": "2019-05-08"}
    released = record.released(found, before, {**after, "baseline": "2019-05-07"}, "first")
    assert (released["since"], released["baseline"]) == (None, "2019-05-08")
