"""A text that is not a calendar date is refused with the exact reason."""

from __future__ import annotations

import pytest

from functions.shared import keys
from functions.shared.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-30", ": 2026-02 has 28 days."),
        ("2028-02-30", ": 2028-02 has 29 days."),
        ("2026-11-31", ": 2026-11 has 30 days."),
        ("2026-01-00", ": 2026-01 has 31 days."),
        ("2026-13-01", ": there is no month 13."),
        ("2026-00-01", ": there is no month 00."),
        ("0000-01-01", ": there is no year 0000."),
        ("2026-2-3", "."),
        ("yesterday", "."),
        ("\uff12\uff10\uff12\uff16-02-30", "."),
    ],
)
def test_a_day_that_does_not_exist_is_told_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadRequest) as caught:
        keys.parse_date(text, "The date")
    assert str(caught.value) == f"The date is {text!r}; expected a calendar date written YYYY-MM-DD{reason}"
