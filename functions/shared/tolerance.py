"""How much of a day may be wrong before its run is refused: one rule for the transform and the audit."""

from __future__ import annotations

from math import floor

SAMPLE = 20
"""Fewer cases than these say little by their share: on a quiet day two albums that were taken down are a fifth."""


def most_refused(cases: int, ratio: float) -> int:
    """Return how many of so many cases may be refused: a share of them, and on a small day up to 20, or half of them.

    Two in any case; a ratio of 0 allows none. A millionth makes good what a product of doubles loses.
    """
    small = min(SAMPLE, max(2, cases // 2)) if ratio else 0
    return max(floor(ratio * cases + 1e-6), small)


def is_garbled(faulty: int, rows: int) -> bool:
    """Return whether a field is at fault in so large a share of its rows that Spotify has changed it: above half."""
    return faulty >= SAMPLE and 2 * faulty > rows
