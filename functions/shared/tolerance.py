"""Limit how much of a day may be rejected before its run is refused: one rule for the transform and the audit."""

from __future__ import annotations

from math import floor

SAMPLE = 20
"""With fewer cases than these, a share says little: on a quiet day two albums that were taken down are a fifth."""


def most_refused(cases: int, ratio: float) -> int:
    """Return how many of the cases may be rejected: a share of them; on a small day up to 20, or half of them.

    Two are always allowed, unless the ratio is 0. A millionth is added against rounding errors of doubles.
    """
    small = min(SAMPLE, max(2, cases // 2)) if ratio else 0
    return max(floor(ratio * cases + 1e-6), small)


def is_garbled(faulty: int, rows: int) -> bool:
    """Return whether a field is faulty in so many rows, above half, that Spotify must have changed it."""
    return faulty >= SAMPLE and 2 * faulty > rows
