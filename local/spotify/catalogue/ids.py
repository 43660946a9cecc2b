"""Spotify-shaped IDs (22 base-62 digits of 128 bits) that encode which generated thing they name."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import NamedTuple

from local.spotify.catalogue.dice import Dice

ARTIST, STANDING_ALBUM, RELEASED_ALBUM, STANDING_TRACK, RELEASED_TRACK = range(1, 6)

DIGITS = string.digits + string.ascii_lowercase + string.ascii_uppercase
WELL_FORMED = re.compile(r"[0-9A-Za-z]{22}")
BITS = 128
MASK = (1 << BITS) - 1
FACTORS = (0x9E3779B97F4A7C15F39CC0605CEDC835, 0xD1B54A32D192ED03AEF17502108EF2D9)
INVERSES = tuple(pow(factor, -1, 1 << BITS) for factor in FACTORS)


class Key(NamedTuple):
    """The content of an ID: a kind, up to two 40-bit numbers, and a track's number (16 bits)."""

    kind: int
    a: int
    b: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one generated catalogue; those of another seed are unknown to it."""

    seed: str

    @property
    def _check(self) -> int:
        return Dice(self.seed).below(1 << 24, "ids")

    def encode(self, key: Key) -> str:
        """Return the 22 digits of a key."""
        number = ((((self._check << 8 | key.kind) << 40 | key.a) << 40) | key.b) << 16 | key.n
        for factor in FACTORS:
            number = _fold(_fold(number) * factor & MASK)
        digits = []
        for _ in range(22):
            number, digit = divmod(number, 62)
            digits.append(DIGITS[digit])
        return "".join(reversed(digits))

    def decode(self, text: str) -> Key | None:
        """Return the key of an id, or None if this catalogue never gave it out."""
        number = 0
        for digit in text:
            number = number * 62 + DIGITS.index(digit)
        if number.bit_length() > BITS:
            return None
        for inverse in reversed(INVERSES):
            number = _fold(_fold(number) * inverse & MASK)
        number, n = number >> 16, number & 0xFFFF
        number, b = number >> 40, number & 0xFFFFFFFFFF
        number, a = number >> 40, number & 0xFFFFFFFFFF
        check, kind = number >> 8, number & 0xFF
        return Key(kind, a, b, n) if check == self._check else None


def _fold(number: int) -> int:
    """Mix the upper bits into the lower; it is its own inverse."""
    return number ^ (number >> 67)
