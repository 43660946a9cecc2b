"""Dates and times as Trino reads, writes and moves them, with zones by name or offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.aws.athena.udf.register import NotKnown, Refused, given

_DATE = re.compile(r"\s*\+?(\d{1,4})-(\d{1,2})-(\d{1,2})\s*")
_STAMP = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?)?"
    r"(?:\s*(UTC|Z|[+-]\d\d:\d\d|[A-Z][A-Za-z_]+/[A-Za-z_/]+))?\s*"
)
_ISO = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?"
)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
WRONG_STOP = (
    "INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is "
    "greater than zero otherwise stop should be less than or equal to start"
)
TOO_LONG = "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries"


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """Return a zone by its name or offset.

    Raises:
        Refused: Trino has none of this name.
    """
    if offset := _OFFSET.fullmatch(name):
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes > 14 * 60:
            raise Refused(f"INVALID_FUNCTION_ARGUMENT: Invalid offset: {name}")
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    if name == "UTC":
        return UTC
    try:
        if "/" in name:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: '{name}' is not a valid time zone") from exc
    raise NotKnown(f"the time zone {name!r}")


def zone_name(text: str) -> str:
    """Return the name Trino gives a zone: offsets with a colon, none as UTC."""
    if text in {"Z", "UTC", "+00:00", "-00:00", "+0000", "GMT", "Etc/UTC"}:
        return "UTC"
    offset = _OFFSET.fullmatch(text)
    return f"{offset[1]}{offset[2]}:{offset[3]}" if offset else text


@given("TIMESTAMP VARCHAR", "TIMESTAMP")
def clock(instant_: datetime, name: str) -> datetime:
    """Return the clock that a zone shows at an instant of UTC."""
    return instant_.replace(tzinfo=UTC).astimezone(zone(name)).replace(tzinfo=None)


@given("TIMESTAMP VARCHAR", "TIMESTAMP")
def instant(clock_: datetime, name: str) -> datetime:
    """Return the instant of UTC at which a zone's clock shows a time; a time that a change skips is not known here."""
    found = clock_.replace(tzinfo=zone(name))
    there = found.astimezone(UTC)
    if there.astimezone(zone(name)).replace(tzinfo=None) != clock_:
        raise NotKnown("a clock time that the change to summer time skips")
    return there.replace(tzinfo=None)


def _stamp(year: str, month: str, day: str, *rest: str | None) -> datetime:
    hour, minute, second, fraction = (*rest, None, None, None, None)[:4]
    if hour == "24":
        raise NotKnown("24:00")
    digits = ((fraction or "") + "0000000")[:7]
    found = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 - a clock
    return found + timedelta(microseconds=int(digits[:6]))


@given("VARCHAR", "DATE")
def date_of_text(text: str) -> date:
    """Return CAST(varchar AS date)."""
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as exc:
        raise Refused(f"INVALID_CAST_ARGUMENT: Value cannot be cast to date: {text}") from exc
    if re.fullmatch(r"\s*[+-]?\d{5,}-\d{1,2}-\d{1,2}\s*|\s*-\d+-\d+-\d+\s*", text):
        raise NotKnown("a date before year 0 or after 9999")
    raise Refused(f"INVALID_CAST_ARGUMENT: Value cannot be cast to date: {text}")


@given("VARCHAR INTEGER", "TIMESTAMP")
def timestamp_of_text(text: str, digits: int) -> datetime:
    """Return CAST(varchar AS timestamp): a zone that stands there is dropped."""
    found = _STAMP.fullmatch(text)
    try:
        if found:
            return rounded(_stamp(*found.groups()[:7]), digits, found[7])
    except ValueError as exc:
        raise Refused(f"INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: {text}") from exc
    if re.match(r"\s*[+-]?\d+-\d+-\d+ ", text):
        raise NotKnown(f"CAST({text!r} AS timestamp)")
    raise Refused(f"INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: {text}")


def rounded(found: datetime, digits: int, fraction: str | None) -> datetime:
    """Return a timestamp with so many digits of its written fraction, the half up."""
    written = fraction or ""
    if len(written) <= digits:
        return found
    step = 10 ** (6 - digits)
    base = found.replace(microsecond=0)
    units = int(written[:digits] or "0") + (written[digits] >= "5")
    return base + timedelta(microseconds=units * step)


def literal(text: str) -> tuple[datetime, int, str | None] | None:
    """Return the clock, digits and zone of a TIMESTAMP literal, None if it is not one."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    try:
        return _stamp(*found.groups()[:7]), len(found[7] or ""), found[8] and zone_name(found[8])
    except ValueError:
        return None


def iso(text: str) -> tuple[datetime, str] | None:
    """Return the clock and zone of an ISO 8601 text, None if it is not one."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    try:
        stamp = _stamp(found[1], found[2] or "1", found[3] or "1", *found.groups()[3:7])
    except ValueError:
        return None
    return stamp.replace(microsecond=stamp.microsecond // 1000 * 1000), zone_name(found[8] or "UTC")


@given("VARCHAR", "TIMESTAMP")
def iso_instant(text: str) -> datetime:
    """Return the instant of from_iso8601_timestamp."""
    found = iso(text)
    if found is None:
        if re.match(r"\d{4}", text):
            raise NotKnown(f"from_iso8601_timestamp({text!r})")
        raise Refused(f'INVALID_FUNCTION_ARGUMENT: Invalid format: "{text}"')
    stamp, name = found
    return stamp if name == "UTC" else instant(stamp, name)


@given("VARCHAR", "DATE")
def iso_date(text: str) -> date:
    """Return from_iso8601_date of a plain date."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        if re.match(r"[+-]?\d{4}", text):
            raise NotKnown(f"from_iso8601_date({text!r})")
        raise Refused(f'INVALID_FUNCTION_ARGUMENT: Invalid format: "{text}"')
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: {exc}") from exc


@given("BIGINT", "VARCHAR")
def days_text(milliseconds: int) -> str:
    """Return an interval of days to milliseconds as text."""
    sign, rest = "-" if milliseconds < 0 else "", abs(milliseconds)
    days, rest = divmod(rest, 86_400_000)
    seconds, thousandths = divmod(rest, 1000)
    return f"{sign}{days} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


@given("BIGINT", "VARCHAR")
def months_text(months: int) -> str:
    """Return an interval of years and months as text."""
    return f"{'-' if months < 0 else ''}{abs(months) // 12}-{abs(months) % 12}"


@given("TIMESTAMP VARCHAR VARCHAR", "VARCHAR")
def iso_text(when: datetime, name: str, digits: str) -> str:
    """Return the ISO 8601 text of an instant in a zone, with an offset or Z."""
    there = when.replace(tzinfo=UTC).astimezone(zone(name))
    shown = f"{there:%Y-%m-%dT%H:%M:%S}"
    if digits == "3":
        shown += f".{there.microsecond // 1000:03}"
    offset = there.strftime("%z")
    return shown + ("Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}")


@given("DATE DATE BIGINT", "DATE[]")
def months_between(first: date, last: date, step: int) -> list[date]:
    """Return a sequence of dates by months, each counted from the first."""
    if step == 0:
        raise Refused("INVALID_FUNCTION_ARGUMENT: interval must not be zero")
    if (step > 0) != (last >= first) and first != last:
        raise Refused(WRONG_STOP)
    out: list[date] = []
    for place in range(10_001):
        months = first.year * 12 + first.month - 1 + step * place
        year, month = divmod(months, 12)
        end = 31 if month == 11 else (date(year, month + 2, 1) - timedelta(days=1)).day
        moved = date(year, month + 1, min(first.day, end))
        if moved > last if step > 0 else moved < last:
            return out
        out.append(moved)
    raise Refused(TOO_LONG)
