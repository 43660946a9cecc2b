"""The text in memory: no more of it than was asked for, and no string that is too long to hold."""

from __future__ import annotations

import pytest

from functions.transform.inbox import window
from functions.transform.inbox.window import FIRST_TRY, Window


@pytest.mark.parametrize(("size", "there"), [(3, 3), (6, 6), (7, 6)])
def test_no_more_is_read_ahead_than_was_asked_for(size: int, there: int) -> None:
    text = Window(iter(["ab", "cdef"]))
    assert text.fill(size) == there
    assert text.fill(size) == there
    assert text.head(size) == "abcdef"[:size]


def test_a_string_that_is_too_long_to_hold_is_told_from_one_that_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    long = '"' + "x" * FIRST_TRY
    assert Window(iter([f'{long}"'])).string() == f'{long}"'
    assert Window(iter([long])).string() is None
    monkeypatch.setattr(window, "LONGEST_VALUE", FIRST_TRY)
    assert Window(iter([f'{long}"'])).string() == ""


def test_the_quote_that_ends_a_damaged_string_may_begin_the_next_one() -> None:
    text = Window(iter(['"x"y", "z"']))
    assert text.string() is None
    text.advance(2)
    assert text.string() == '"y"'
