"""Read one field's value on the strict path as its column's type, or raise the reason why it does not fit."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.transform.fields import Kind

WHOLE_RANGE = range(-(2**31), 2**31)
DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
FIRST_DAY = "0000-01-01"
ID = re.compile(r"[0-9A-Za-z]{22}")


def is_id(text: str) -> bool:
    """Return whether a text has the form of a Spotify ID."""
    return ID.fullmatch(text) is not None


class Unfit(Exception):
    """A value that its column cannot hold; the message is the reason without the column's name."""


def at(record: Mapping[str, object], path: tuple[str, ...]) -> object:
    """Return the value at a path inside a record, None if a part of the path is missing.

    Raises:
        Unfit: a part of the path is not an object.
    """
    value: object = record
    for name in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Unfit("not inside an object")
        value = value.get(name)
    return value


def fit(kind: Kind, value: object) -> object:
    """Return `value` as its column's type; null stays null.

    Raises:
        Unfit: it does not fit.
    """
    return None if value is None else _FIT[kind](value)


def text(value: object) -> str:
    """Return a text that can be written as UTF-8."""
    if not isinstance(value, str):
        raise Unfit("not text")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise Unfit("holds a lone surrogate") from exc
    return value


def whole(value: object) -> int:
    """Return a whole number of 32 bits; a float is one if it has no fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("not a number")
    if isinstance(value, float) and not value.is_integer():
        raise Unfit("not a whole number")
    if int(value) not in WHOLE_RANGE:
        raise Unfit("beyond 32 bits")
    return int(value)


def flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Unfit("not true or false")
    return value


def texts(value: object) -> list[str]:
    """Return a list of texts without its nulls."""
    if not isinstance(value, list):
        raise Unfit("not a list")
    return [text(each) for each in value if each is not None]


def ids(value: object) -> list[str]:
    """Return the IDs in a list of objects; skip objects without one (artists of a local file)."""
    if not isinstance(value, list) or not all(isinstance(each, dict | None) for each in value):
        raise Unfit("not a list of objects")
    return texts([found for each in value if each is not None and (found := each.get("id")) != ""])


def day(value: object) -> date | None:
    """Return a date; the first day if only the month or year is given; null for the year 0000, Spotify's "unknown"."""
    found = text(value)
    if not DATE.fullmatch(found):
        raise Unfit("not a calendar date")
    if found.startswith("0000"):
        return None
    try:
        return date.fromisoformat(found + FIRST_DAY[len(found) :])
    except ValueError as exc:
        raise Unfit("not a calendar date") from exc


def instant(value: object) -> datetime:
    """Return an instant in UTC of an ISO 8601 text with its offset."""
    try:
        found = datetime.fromisoformat(text(value))
        if found.tzinfo is None:
            raise Unfit("a timestamp without an offset")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise Unfit("not a timestamp") from exc


_FIT: dict[Kind, Callable[[object], object]] = {
    "text": text,
    "lower": lambda value: text(value).lower(),
    "whole": whole,
    "flag": flag,
    "texts": texts,
    "ids": ids,
    "date": day,
}
