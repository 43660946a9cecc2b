"""Check how deep a line nests: Arrow's reader crashes at some thousands of levels; Python's gives up before."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

DEEPEST = 200  # a response of the Web API nests about ten levels
PIECE = 1 << 16  # of the lines at a time, so that what is made of them stays in the processor's cache
TOO_DEEP = f"line: nested deeper than {DEEPEST} levels"
_OPEN, _CLOSE, _CASE = ord("{"), ord("}"), 0x20  # with that bit set, [ is { and ] is }


def too_deep(line: bytes | memoryview) -> bool:
    """Return whether a line nests deeper than any response does; brackets in its texts count as well."""
    octets = np.frombuffer(line, np.uint8) | _CASE
    opened = octets == _OPEN
    if np.count_nonzero(opened) <= DEEPEST:
        return False
    steps = opened.view(np.int8) - (octets == _CLOSE).view(np.int8)
    return int(np.cumsum(steps, dtype=np.int32).max()) > DEEPEST


def shallow(data: memoryview, starts: np.ndarray) -> np.ndarray:
    """Return which lines are not too deep; `starts` holds each line's offset and, last, the end."""
    octets = np.frombuffer(data, np.uint8)
    cuts = np.searchsorted(starts, np.arange(PIECE, starts[-1], PIECE)).tolist()
    found = []
    for first, last in pairwise([0, *dict.fromkeys(cuts), len(starts) - 1]):
        at = starts[first]
        opened = (octets[at : starts[last]] | _CASE) == _OPEN
        for start, end in pairwise(starts[first : last + 1].tolist()):
            found.append(np.count_nonzero(opened[start - at : end - at]) <= DEEPEST or not too_deep(data[start:end]))
    return np.array(found)
