"""When an item whose requests failed is requested again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from functions.extract.frontier.document import empty
from functions.extract.frontier.failures import is_doubtful, next_attempt, note_failed, note_missing, rests
from functions.extract.frontier.schedule import ordinal
from functions.extract.frontier.update import FrontierUpdate

if TYPE_CHECKING:
    from functions.extract.raw.envelope import Envelope

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


def test_a_404_of_a_gone_album_counts_anew_once_it_was_listed_again() -> None:
    """It went on the 23rd, a listing names it on the 24th and 25th only, and it responds 404 each day."""
    document, album = empty(), ITEM.removeprefix("albums/")
    document["albums"][album] = {"first_seen": "2026-11-01", "via": [], "baseline": True, "at": "2026-11-23"}
    document["albums"][album] |= {"gone": "2026-11-23", "listed": "2026-11-20"}
    gone = []
    for day in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"):
        if day in {"2026-11-24", "2026-11-25"}:
            document["albums"][album]["listed"] = day
        line: Envelope = {
            "fetched_at": f"{day}T06:00:00Z", "first_seen": None, "url": f"/v1/{ITEM}",
            "status": 404, "etag": None, "body": None,
        }  # fmt: skip
        if is_doubtful(document, line, day):
            note_missing(document, ITEM, day)
        else:
            FrontierUpdate(document, day, frozenset(), 4).apply(line)
            gone.append((day, document["albums"][album]["gone"]))
    assert gone == [("2026-11-23", "2026-11-23"), ("2026-11-26", "2026-11-26"), ("2026-11-27", "2026-11-26")]
    assert document["missing"] == {}


def test_a_day_of_failures_counts_once() -> None:
    document = empty()
    for day in ("2026-11-23", "2026-11-23", "2026-11-24"):
        note_failed(document, ITEM, day)
    assert document["failing"] == {ITEM: {"days": 2, "last": "2026-11-24"}}
