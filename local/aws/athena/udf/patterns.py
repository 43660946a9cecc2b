"""Dates and times written and read by the patterns of MySQL and of Joda."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from local.aws.athena.udf.register import NotKnown, Refused, given

_MYSQL_PARSED = {
    "Y": r"(?P<Y>[+-]?\d{1,9})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "e": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})", "k": r"(?P<H>\d{1,2})", "i": r"(?P<i>\d{1,2})", "s": r"(?P<s>\d{1,2})",
    "S": r"(?P<s>\d{1,2})", "f": r"(?P<f>\d{1,6})", "c": r"(?P<m>\d{1,2})",
}  # fmt: skip


@lru_cache(maxsize=128)
def _mysql(pattern: str) -> re.Pattern[str]:
    """Return the regular expression that reads a text by a pattern of date_parse."""
    out = ""
    for directive, plain in re.findall(r"%(.)|([^%]+)", pattern):
        if plain:
            out += re.escape(plain)
        elif directive == "T":
            out += "{}:{}:{}".format(*(_MYSQL_PARSED[d] for d in "His"))
        elif directive in _MYSQL_PARSED:
            out += _MYSQL_PARSED[directive]
        elif directive == "%":
            out += "%"
        else:
            raise NotKnown(f"date_parse by %{directive}")
    try:
        return re.compile(out, re.ASCII)
    except re.error as exc:
        raise NotKnown(f"date_parse by {pattern!r}") from exc


@given("VARCHAR VARCHAR", "TIMESTAMP")
def date_parse(text: str, pattern: str) -> datetime:
    """Return date_parse, by MySQL's directives."""
    found = _mysql(pattern).fullmatch(text)
    try:
        if found:
            part = {"Y": "1970", "m": "1", "d": "1", "H": "0", "i": "0", "s": "0", "f": "0"} | {
                name: value for name, value in found.groupdict().items() if value is not None
            }
            if len(part["Y"]) != 4:
                raise NotKnown("date_parse of a year that has not four digits")
            fraction = int((part["f"] + "000000")[:6]) // 1000 * 1000
            year, month, day, hour, minute, second = (int(part[name]) for name in "YmdHis")
            return datetime(year, month, day, hour, minute, second, fraction)  # noqa: DTZ001 - a clock
    except ValueError as exc:
        raise Refused(f'INVALID_FUNCTION_ARGUMENT: Cannot parse "{text}": {exc}') from exc
    raise Refused(f'INVALID_FUNCTION_ARGUMENT: Invalid format: "{text}"')


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


def _mysql_part(when: datetime, directive: str) -> str:
    """Return the text that a directive of date_format writes."""
    week_year, week, _ = when.isocalendar()
    found = {
        "a": _DAYS[when.weekday()][:3], "W": _DAYS[when.weekday()], "b": _MONTHS[when.month - 1][:3],
        "M": _MONTHS[when.month - 1], "c": str(when.month), "m": f"{when.month:02}", "d": f"{when.day:02}",
        "e": str(when.day), "f": f"{when.microsecond:06}", "H": f"{when.hour:02}",
        "h": f"{(when.hour + 11) % 12 + 1:02}",
        "I": f"{(when.hour + 11) % 12 + 1:02}", "i": f"{when.minute:02}", "j": f"{when:%j}", "k": str(when.hour),
        "l": str((when.hour + 11) % 12 + 1), "p": "AM" if when.hour < 12 else "PM", "S": f"{when.second:02}",
        "s": f"{when.second:02}", "T": f"{when:%H:%M:%S}", "v": f"{week:02}", "x": f"{week_year:04}",
        "Y": f"{when.year:04}", "y": f"{when.year % 100:02}", "%": "%",
        "r": f"{(when.hour + 11) % 12 + 1:02}:{when:%M:%S} {'AM' if when.hour < 12 else 'PM'}",
    }.get(directive)  # fmt: skip
    if found is None:
        if directive in "DUuVwX":
            raise Refused(f"INVALID_FUNCTION_ARGUMENT: %{directive} not supported in date format string")
        return directive
    return found


@given("TIMESTAMP VARCHAR", "VARCHAR")
def date_format(when: datetime, pattern: str) -> str:
    """Return date_format, by MySQL's directives."""
    if re.search(r"(?<!%)(?:%%)*%$", pattern):
        raise NotKnown("a pattern that ends with %")
    return re.sub(r"%(.)", lambda found: _mysql_part(when, found[1]), pattern)


_JODA = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


def _joda_part(when: datetime, letters: str, zone_: str | None) -> str:
    """Return the text that a run of one letter writes in format_datetime."""
    letter, width = letters[0], len(letters)
    numbers = {
        "d": when.day, "D": int(f"{when:%j}"), "e": when.isoweekday(), "H": when.hour,
        "h": (when.hour + 11) % 12 + 1, "k": when.hour or 24, "K": when.hour % 12, "m": when.minute, "s": when.second,
        "w": when.isocalendar()[1],
    }  # fmt: skip
    if letter in numbers:
        return f"{numbers[letter]:0{width}}"
    if letter in "yYx":
        year = when.isocalendar()[0] if letter == "x" else when.year
        return f"{year % 100:02}" if width == 2 else f"{year:0{width}}"
    if letter == "M":
        name = _MONTHS[when.month - 1]
        return f"{when.month:0{width}}" if width < 3 else name[:3] if width == 3 else name
    if letter == "E":
        return _DAYS[when.weekday()][: 3 if width < 4 else 9]
    if letter == "a":
        return "AM" if when.hour < 12 else "PM"
    if letter == "S" and width <= 3:
        return f"{when.microsecond // 1000:03}"[:width]
    if letter == "Z" and width < 3 and zone_ == "UTC":
        return "+0000" if width == 1 else "+00:00"
    raise NotKnown(f"format_datetime by {letters}")


@given("TIMESTAMP VARCHAR VARCHAR", "VARCHAR")
def format_datetime(when: datetime, pattern: str, zone_: str) -> str:
    """Return format_datetime, by Joda's letters."""
    out, place = "", 0
    for token in _JODA.finditer(pattern):
        if token.start() != place:
            break
        place = token.end()
        text = token.group()
        if token.group(2):
            out += _joda_part(when, text, zone_)
        else:
            out += "'" if text == "''" else (token.group(1) if text[0] == "'" else text).replace("''", "'")
    if place != len(pattern):
        raise NotKnown(f"format_datetime by {pattern!r}")
    return out


_JODA_PARSED = {"y": r"(?P<Y>\d{1,9})", "Y": r"(?P<Y>\d{1,9})", "M": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
                "H": r"(?P<H>\d{1,2})", "m": r"(?P<i>\d{1,2})", "s": r"(?P<s>\d{1,2})"}  # fmt: skip


@given("VARCHAR VARCHAR", "TIMESTAMP")
def parse_datetime(text: str, pattern: str) -> datetime:
    """Return the instant of parse_datetime, by Joda's letters; without a zone it is in UTC."""
    out = ""
    for token in _JODA.finditer(pattern):
        letters = token.group()
        if token.group(2):
            if letters not in {"yyyy", "YYYY", "MM", "M", "dd", "d", "HH", "H", "mm", "m", "ss", "s"}:
                raise NotKnown(f"parse_datetime by {letters}")
            out += _JODA_PARSED[letters[0]]
        else:
            out += re.escape("'" if letters == "''" else (token.group(1) if letters[0] == "'" else letters))
    found = re.fullmatch(out, text, re.ASCII)
    if found is None:
        raise Refused(f'INVALID_FUNCTION_ARGUMENT: Invalid format: "{text}"')
    part = {"Y": "1970", "m": "1", "d": "1", "H": "0", "i": "0", "s": "0"} | found.groupdict()
    if len(part["Y"]) != 4:
        raise NotKnown("parse_datetime of a year that has not four digits")
    try:
        return datetime(*(int(part[name]) for name in "YmdHis"))  # type: ignore[arg-type]  # noqa: DTZ001 - an instant of UTC
    except ValueError as exc:
        raise Refused(f'INVALID_FUNCTION_ARGUMENT: Cannot parse "{text}": {exc}') from exc
