"""Spotify's IDs: 128 bits, written as 22 letters and digits.

The order of the digits is librespot's (core/src/spotify_id.rs, BASE62_DIGITS). The Web API responds 400 "Invalid base62
id" to an ID beyond 128 bits.
"""

from __future__ import annotations

import re

ID = re.compile(r"[0-9A-Za-z]{22}")
DIGITS = {digit: value for value, digit in enumerate("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")}
BITS = 128


def is_valid(text: object) -> bool:
    """Return whether a value is an ID that Spotify can have given."""
    if not isinstance(text, str) or not ID.fullmatch(text) or text[0] > "7":
        return False
    return text[0] < "7" or _number(text).bit_length() <= BITS


def _number(text: str) -> int:
    number = 0
    for digit in text:
        number = 62 * number + DIGITS[digit]
    return number
