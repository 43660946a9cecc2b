"""Spread refreshes over a cycle of days, so that entities first seen together are not all due together."""

from __future__ import annotations

from datetime import date
from zlib import crc32


def ordinal(snapshot_date: str) -> int:
    """Return a date's number among all dates."""
    return date.fromisoformat(snapshot_date).toordinal()


def due(entity: str, seen: str | None, days: int) -> int:
    """Return the first day after `seen` that is the entity's own in a cycle of `days`: 1 to `days` days later.

    What was never seen is due since the beginning of time.
    """
    if seen is None:
        return 0
    tomorrow = ordinal(seen) + 1
    return tomorrow + (spread(entity) - tomorrow) % max(days, 1)


def spread(entity: str) -> int:
    """Return a stable number for an entity, evenly distributed over entities."""
    return crc32(entity.encode())


def must_be_full(full: str | None, today: str, refresh_days: int, retention_days: int) -> bool:
    """Return whether a response without a body would let the last full one expire before the next request."""
    return full is None or ordinal(today) + refresh_days >= ordinal(full) + retention_days
