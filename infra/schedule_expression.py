"""Schedule expressions of EventBridge Scheduler, checked before they are deployed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date

RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?!1 )[1-9]\d* (?:minutes|hours|days))\)")
MONTHS, DAYS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC", "SUN|MON|TUE|WED|THU|FRI|SAT"
CRON_FIELDS = (  # name, lowest, highest, names, and other terms that a field may have
    ("minutes", 0, 59, "", ""),
    ("hours", 0, 23, "", ""),
    ("day of month", 1, 31, "", r"\?|L|LW|(?:[1-9]|[12]\d|3[01])W"),
    ("month", 1, 12, MONTHS, ""),
    ("day of week", 1, 7, DAYS, rf"\?|L|(?:[1-7]|{DAYS})L|(?:[1-7]|{DAYS})#[1-5]"),
    ("year", 1970, 2199, "", ""),
)


def schedule_fault(expression: str) -> str:
    """Return the error in a schedule expression of EventBridge Scheduler; "" if there is none."""
    if RATE.fullmatch(expression):
        return ""
    if expression.startswith("rate("):
        return "expected rate(1 minute), rate(1 hour), rate(1 day), or a larger number of minutes, hours or days"
    if expression.startswith("at("):
        return "it starts only once"
    match = re.fullmatch(r"cron\((.*)\)", expression)
    if match is None:
        return "expected cron(…) or rate(…)"
    parts = match[1].split()
    if len(parts) != len(CRON_FIELDS):
        return f"expected six fields, found {len(parts)}"
    for part, (name, low, high, names, special) in zip(parts, CRON_FIELDS, strict=True):
        terms = part.split(",")
        if (len(terms) > 1 and "?" in terms) or not all(_is_term(each, low, high, names, special) for each in terms):
            return f"{part!r} is not a valid {name} field ({low}-{high})"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "expected ? as day of month or as day of week, not as both"
    return ""


def _is_term(term: str, low: int, high: int, names: str, special: str) -> bool:
    if special and re.fullmatch(special, term):
        return True
    base, slash, step = term.partition("/")
    if slash and not re.fullmatch(r"[1-9]\d*", step):
        return False
    if base == "*":
        return True
    start, dash, end = base.partition("-")
    return all(_is_value(each, low, high, names) for each in ([start, end] if dash else [start]))


def _is_value(text: str, low: int, high: int, names: str) -> bool:
    return text in names.split("|") if not text.isdecimal() else low <= int(text) <= high


def skipped_start(expression: str, zone: str, today: date) -> datetime | None:
    """Return the first start within a year at a time that clocks skip when they go forward, or None.

    Scheduler skips such a start, and does not repeat a start when clocks go back
    (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time). Only the minutes
    and hours of the expression are checked: its days may exclude that night.
    """
    parts = expression.removeprefix("cron(").removesuffix(")").split()
    if len(parts) != len(CRON_FIELDS):
        return None
    minutes, hours = (
        [each for each in range(low, high + 1) if _includes(part, each, low, high)]
        for part, (_, low, high, _, _) in zip(parts[:2], CRON_FIELDS[:2], strict=True)
    )
    tz = ZoneInfo(zone)
    for day in (datetime.combine(today, time()) + timedelta(days=number) for number in range(366)):
        if (day + timedelta(days=1)).replace(tzinfo=tz).utcoffset() == day.replace(tzinfo=tz).utcoffset():
            continue
        for start in (day.replace(hour=hour, minute=minute) for hour in hours for minute in minutes):
            there = start.replace(tzinfo=tz).astimezone(UTC).astimezone(tz).replace(tzinfo=None)
            if there != start:
                return start
    return None


def time_of_day(expression: str) -> str:
    """Return the time at which a schedule starts once every day, such as 06:00; "" for any other schedule."""
    found = re.fullmatch(r"cron\((\d+) (\d+) (?:\* \* \?|\? \* \*) \*\)", expression)
    return f"{int(found[2]):02}:{int(found[1]):02}" if found else ""


def _includes(part: str, value: int, low: int, high: int) -> bool:
    """Return whether a field of numbers, such as `0/15` or `6,18`, includes a value."""
    for term in part.split(","):
        base, slash, step = term.partition("/")
        first, dash, last = (str(low), "-", str(high)) if base == "*" else base.partition("-")
        end = int(last) if dash else high if slash else int(first)
        if int(first) <= value <= end and (value - int(first)) % int(step or 1) == 0:
            return True
    return False
