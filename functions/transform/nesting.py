"""How deep a line nests: some thousands of levels down Arrow's reader crashes the process; Python's gives up before."""

from __future__ import annotations

import numpy as np

DEEPEST = 200  # an answer of the Web API nests about ten levels
TOO_DEEP = f"line: nested deeper than {DEEPEST} levels"
_OPEN, _CLOSE, _CASE = ord("{"), ord("}"), 0x20  # with that bit set, [ is { and ] is }


def too_deep(data: bytes | bytearray, start: int, end: int) -> bool:
    """Return whether the line at `start` nests deeper than any answer does; brackets in its texts count as well."""
    octets = np.frombuffer(data, np.uint8, end - start, start)
    opened = _opens(octets)
    if np.count_nonzero(opened) <= DEEPEST:
        return False
    steps = opened.view(np.int8) - ((octets | _CASE) == _CLOSE).view(np.int8)
    return int(np.cumsum(steps, dtype=np.int32).max()) > DEEPEST


def shallow(data: bytes | bytearray, lines: list[tuple[int, int]]) -> np.ndarray:
    """Return which lines, each from its start to its end, are not too deep."""
    opened = _opens(np.frombuffer(data, np.uint8))
    return np.array([np.count_nonzero(opened[at:end]) <= DEEPEST or not too_deep(data, at, end) for at, end in lines])


def _opens(octets: np.ndarray) -> np.ndarray:
    opened: np.ndarray = (octets | _CASE) == _OPEN
    return opened
