"""A number in a message has its noun in the right form and its thousands apart, in one way everywhere."""

from __future__ import annotations

import re

import pytest

from ops.commands import doctor, inbox
from ops.doctor.diagnosis import _budgets
from ops.doctor.forecast import Forecast
from ops.inbox.check import Check
from ops.stack import PROJECT
from ops.terminal.output import counted_rows

BY_HAND = {
    "a noun in the plural, whatever the number": r"\{[^{}]*(?:len\([^{}]*\)(?::,)?|:,)\} [a-z-]+s\b",
    "a count without a mark between its thousands": r"\{len\((?:[^{}:]|\[[^\]]*\])*\)\}",
}


@pytest.mark.parametrize("pattern", BY_HAND.values(), ids=BY_HAND)
def test_no_message_writes_its_numbers_by_hand(pattern: str) -> None:
    """`counted` does both."""
    found = [
        f"{file.relative_to(PROJECT)}: {match[0]}"
        for file in sorted((PROJECT / "ops").rglob("*.py"))
        for match in re.finditer(pattern, file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"albums": 1, "artists": 2, "quarantine": 1}, "1 album, 2 artists, 1 rejected record"),
        ({"tracks": 5012, "observations": 0, "quarantine": 0}, "5,012 tracks, 0 observations, 0 rejected records"),
    ],
)
def test_the_rows_of_tables_are_told_in_words(rows: dict[str, int], told: str) -> None:
    assert counted_rows(rows) == told


def test_a_check_of_files_counts_in_words() -> None:
    found = Check({"artists": 1, "albums": 0}, without_rows={"listings": 1, "not_modified": 1, "nulls": 1200})
    assert [str(each) for each in inbox.drawn(found)] == [
        "Rows that a run would get: 1 artist.",
        "Read, but without a row of their own: 1 listing, 1 not modified, 1,200 nulls.",
    ]


def test_the_costs_of_a_watch_list_have_their_thousands_apart() -> None:
    ahead = Forecast({"albums": 6012}, {"albums": 7012}, {"albums": 5000}, round_days=1, fresh_after_days=1, visits=())
    table = doctor.costs(ahead)[1]
    assert [next(iter(column.cells)).plain for column in table.columns[1:]] == ["5,000", "6,012", "7,012"]
    (finding,) = _budgets(ahead)
    assert finding.told.startswith("albums: a typical day needs 6,012 requests, the budget is 5,000: ")
