"""Numbers and times are written in one way in every message."""

from __future__ import annotations

from datetime import datetime

import pytest

from functions.shared.wording import counted, more, utc


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (0, "saved search", "0 saved searches"),
        (1, "saved search", "1 saved search"),
        (2, "query", "2 queries"),
        (1200, "day", "1,200 days"),
        (2, "box", "2 boxes"),
    ],
)
def test_a_noun_has_its_plural(number: int, noun: str, told: str) -> None:
    assert counted(number, noun) == told


def test_what_is_left_out_is_counted() -> None:
    told = (more(1), more(5012), more(1, "entry"), more(5012, "entry"))
    assert told == ("… and 1 more", "… and 5,012 more", "… and 1 more entry", "… and 5,012 more entries")


def test_a_time_is_in_utc_to_the_second() -> None:
    assert utc(datetime.fromisoformat("2026-11-25T03:00:00.9+01:00")) == "2026-11-25 02:00:00 UTC"
