"""When an item whose requests failed is requested again."""

from __future__ import annotations

import pytest

from functions.extract.frontier.document import empty
from functions.extract.frontier.failures import next_attempt, note_failed, note_missing, rests
from functions.extract.frontier.schedule import ordinal

ITEM = "albums/0000000000000000000001"


@pytest.mark.parametrize(("failed_days", "waits"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (12, 8)])
def test_an_item_waits_twice_as_long_after_each_day_on_which_it_failed_up_to_eight(
    failed_days: int, waits: int
) -> None:
    assert next_attempt({"days": failed_days, "last": "2026-11-23"}) == ordinal("2026-11-23") + waits


def test_an_item_rests_until_the_day_of_its_next_attempt_and_is_tried_again_on_the_day_it_failed() -> None:
    document = empty()
    document["failing"][ITEM] = {"days": 3, "last": "2026-11-23"}
    days = {"2026-11-23": False, "2026-11-24": True, "2026-11-26": True, "2026-11-27": False}
    assert {day: rests(document, ITEM, day) for day in days} == days
    assert rests(document, "albums/another", "2026-11-24") is False


def test_a_first_404_is_asked_for_twice_on_its_day() -> None:
    document = empty()
    rested = []
    for _ in range(3):
        rested.append(rests(document, ITEM, "2026-11-23"))
        note_missing(document, ITEM, "2026-11-23")
    assert rested == [False, False, True]
    assert rests(document, ITEM, "2026-11-24") is False
    note_missing(document, ITEM, "2026-11-24")
    assert document["missing"][ITEM] == {"first": "2026-11-23", "last": "2026-11-24", "times": 1}


def test_a_day_of_failures_counts_once() -> None:
    document = empty()
    for day in ("2026-11-23", "2026-11-23", "2026-11-24"):
        note_failed(document, ITEM, day)
    assert document["failing"] == {ITEM: {"days": 2, "last": "2026-11-24"}}
