"""Only a text of 22 base-62 digits is an ID that Spotify can have given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.ids import DIGITS, is_valid

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def written(number: int) -> str:
    """Return a number as an ID."""
    digits = ""
    for _ in range(22):
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits


@given(st.integers(0, 62**22 - 1) | st.integers(2**128 - 3, 2**128 + 3))
def test_an_id_is_valid_up_to_128_bits(number: int) -> None:
    assert is_valid(written(number)) is (number < 2**128)


@given(st.text(alphabet=ALPHABET + "-_/ \n\u0663é", max_size=24))
def test_anything_but_22_letters_and_digits_is_none(text: str) -> None:
    if len(text) != 22 or set(text) - set(ALPHABET):
        assert not is_valid(text)


@pytest.mark.parametrize("value", ["0" * 21 + "\n", "0" * 22 + "\n", "\ud800" * 22, "٣" * 22, None, 7, "", ["0" * 22]])
def test_what_looks_like_an_id_is_none(value: object) -> None:
    assert not is_valid(value)


def test_the_digits_are_all_letters_and_digits() -> None:
    assert sorted(DIGITS.values()) == list(range(62))
