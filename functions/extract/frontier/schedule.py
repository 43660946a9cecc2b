"""Spread refreshes over a cycle of days, so that entities first seen on one day are not all due on one day."""

from __future__ import annotations

import re
from datetime import date
from zlib import crc32

AFTER_RELEASE_DAYS = 3
"""An album is requested again this many days after its release: its tracks and names may change around it."""
LONGEST_AHEAD_DAYS = 365
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def ordinal(snapshot_date: str) -> int:
    """Return a date's number among all dates."""
    return date.fromisoformat(snapshot_date).toordinal()


def due(entity: str, seen: str | None, days: int) -> int:
    """Return the first day after `seen` that is the entity's own in a cycle of `days`: 1 to `days` days later.

    An entity that was never seen is due at once.
    """
    if seen is None:
        return 0
    tomorrow = ordinal(seen) + 1
    return tomorrow + (spread(entity) - tomorrow) % max(days, 1)


def after_release(release_date: object, today: str) -> str | None:
    """Return the day on which an album read today is requested once more; None if its release is past or unknown."""
    if not isinstance(release_date, str) or not DAY.fullmatch(release_date):
        return None
    try:
        again = ordinal(release_date) + AFTER_RELEASE_DAYS
    except ValueError:
        return None
    return date.fromordinal(again).isoformat() if 0 < again - ordinal(today) <= LONGEST_AHEAD_DAYS else None


def spread(entity: str) -> int:
    """Return a stable number for an entity, evenly distributed over entities."""
    return crc32(entity.encode())


def must_be_full(full: str | None, today: str, refresh_days: int, retention_days: int) -> bool:
    """Return whether a response without a body would let the last full one expire before the next request."""
    return full is None or ordinal(today) + refresh_days >= ordinal(full) + retention_days
