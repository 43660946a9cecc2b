"""The six moments at which the tests run, when programs that count days, months or hours tend to fail."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE = os.environ.get("SHIFTED_ZONE", "UTC")
"""The time zone of the schedule of the stacks that tests deploy."""
SUMMER_TIME = "Europe/Berlin"
AHEAD = "Pacific/Auckland"  # where it is the next day already at noon UTC
BEFORE_THE_CHANGE = timedelta(seconds=75)  # so that the clock changes while the tests run


@dataclass(frozen=True)
class Moment:
    """The time at which the tests begin, and the time zone of the machine and of the stacks' schedule."""

    name: str
    instant: datetime
    zone: str = "UTC"

    def __str__(self) -> str:
        """Return the moment in the form that `parse` accepts: on any other day it is the same moment."""
        return f"{self.instant:%Y-%m-%dT%H:%M:%SZ}@{self.zone}"


@cache
def six(now: datetime) -> dict[str, Moment]:
    """Return the six moments by name, each the next one after `now`."""
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    spring, autumn = (each - BEFORE_THE_CHANGE for each in _changes(now))
    found = [
        Moment("tomorrow", now + timedelta(days=1)),
        Moment("three-months-on", now + timedelta(days=91)),
        Moment("last-of-december", _next(noon, 12, 31), AHEAD),
        Moment("leap-day", _next(noon, 2, 29)),
        Moment("clock-forward", spring, SUMMER_TIME),
        Moment("clock-back", autumn, SUMMER_TIME),
    ]
    return {each.name: each for each in found}


def of_commit(commit: str, now: datetime) -> Moment:
    """Return the one of the six that a commit's hash chooses: the same one each time."""
    found = list(six(now).values())
    return found[int(commit[:8], 16) % len(found)]


def parse(text: str, now: datetime) -> Moment:
    """Return a moment by its name, or as it prints itself.

    Raises:
        ValueError: it is neither.
    """
    known = six(now)
    if text in known:
        return known[text]
    written, _, zone = text.partition("@")
    try:
        instant = datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return Moment(text, instant, ZoneInfo(zone or "UTC").key)
    except (ValueError, ZoneInfoNotFoundError) as exc:
        raise ValueError(f"{text!r} is none of {', '.join(known)}, and not written like {known['leap-day']}.") from exc


def _next(noon: datetime, month: int, day: int) -> datetime:
    """Return the noon of the next date with that month and day."""
    later = (noon + timedelta(days=days) for days in range(1, 9 * 366))  # no leap year in 1900 or 2100
    return next(each for each in later if (each.month, each.day) == (month, day))


def _changes(now: datetime) -> tuple[datetime, datetime]:
    """Return the instants of the next two changes of the clock: to summer time, and from it."""
    forward = next(each for each, moved in _moves(now) if moved > timedelta())
    return forward, next(each for each, moved in _moves(now) if moved < timedelta())


def _moves(now: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield each coming change of the clock, and by how much it moves."""
    zone, hour = ZoneInfo(SUMMER_TIME), now.replace(minute=0, second=0, microsecond=0)
    before = hour.astimezone(zone).utcoffset()
    for hours in range(1, 400 * 24):
        later = hour + timedelta(hours=hours)
        offset = later.astimezone(zone).utcoffset()
        if before is not None and offset is not None and offset != before:
            yield later, offset - before
        before = offset
