"""Joda's date patterns, which Trino's format_datetime and parse_datetime take, as strftime's."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_NAMES = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "xxxx": "%G", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b",
    "MMMM": "%B", "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "a": "%p", "EEE": "%a", "E": "%a", "EEEE": "%A",
    "e": "%u", "ww": "%V", "Z": "+0000", "ZZ": "+00:00", "z": "UTC", "ZZZ": "UTC",
}  # fmt: skip


def strftime(pattern: str) -> str:
    """Return the strftime pattern that writes what a Joda pattern does, in UTC.

    Raises:
        ValueError: a letter of the pattern is not known here.
    """
    parts = []
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if token.group(2):
            if text not in _NAMES:
                raise ValueError(f"Invalid format: {pattern!r} ({text!r} is not known)")
            parts.append(_NAMES[text])
        else:
            parts.append(("'" if text == "''" else (token.group(1) or text).replace("''", "'")).replace("%", "%%"))
    return "".join(parts)
