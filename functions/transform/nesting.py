"""Check how deep a line nests: Python's JSON reader fails at some hundreds or thousands of levels."""

from __future__ import annotations

import re

import numpy as np

DEEPEST = 200  # a response of the Web API nests about ten levels
TOO_DEEP = f"line: nested deeper than {DEEPEST} levels"
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_OPEN, _CLOSE, _CASE = ord("{"), ord("}"), 0x20  # with that bit set, [ is { and ] is }


def too_deep(line: bytes) -> bool:
    """Return whether a line nests deeper than any response of the Web API."""
    return _deepest(line) > DEEPEST and _deepest(_STRING.sub(b"", line)) > DEEPEST


def _deepest(line: bytes) -> int:
    """Return how deep a line nests if every bracket opens a level, or 0 if it has too few brackets to nest too deep."""
    octets = np.frombuffer(line, np.uint8) | _CASE
    opened = octets == _OPEN
    if np.count_nonzero(opened) <= DEEPEST:
        return 0
    steps = opened.view(np.int8) - (octets == _CLOSE).view(np.int8)
    return int(np.cumsum(steps, dtype=np.int32).max())
