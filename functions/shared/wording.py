"""Numbers and times in messages to people: 1,148 albums; 2026-11-24 06:00:00 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 album, 1,148 albums, 0 searches."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{number:,} {noun}es"
    return f"{number:,} {noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{number:,} {noun}s"


def more(left: int, noun: str = "") -> str:
    """Return how many of a list are not shown: … and 1,148 more, or … and 1 more entry."""
    return f"… and {counted(left, f'more {noun}') if noun else f'{left:,} more'}"


def utc(moment: datetime) -> str:
    """Return a time in UTC to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
