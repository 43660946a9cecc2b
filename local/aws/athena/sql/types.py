"""Trino's types: their names, which coerce to which, and how DuckDB holds their values.

Differences to DuckDB's own: a row is a struct of positional members; JSON is Trino's compact text; an interval is its
milliseconds or months; a timestamp with time zone is its instant in UTC, and the zone belongs to the type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from local.aws.athena.results import parts

_DUCKDB = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT",
    "real": "FLOAT", "double": "DOUBLE", "varchar": "VARCHAR", "varbinary": "BLOB", "date": "DATE", "json": "VARCHAR",
    "timestamp": "TIMESTAMP", "timestamp with time zone": "TIMESTAMP", "interval day to second": "BIGINT",
    "interval year to month": "BIGINT", "unknown": "INTEGER",
}  # fmt: skip

WHOLE = ("tinyint", "smallint", "integer", "bigint")
_NUMBERS = (*WHOLE, "decimal", "real", "double")
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
_ALIASES = {"int": "integer", "string": "varchar", "float": "real", "binary": "varbinary"}
_TIMES = re.compile(r"(timestamp)\s*(?:\(\s*(\d+)\s*\))?\s*(with time zone|without time zone)?")
MOST_DIGITS = 38


@dataclass(frozen=True)
class Type:
    """A type of Trino's.

    `size` is a varchar's length (None: unbounded, -1: not known here) or a timestamp's digits; `digits` a decimal's
    precision and scale; `members` what arrays, maps and rows hold; `names` a row's names; `zone` is the zone of
    every value of this expression, None where they may differ.
    """

    base: str
    size: int | None = None
    digits: tuple[int, int] = (0, 0)
    members: tuple[Type, ...] = ()
    names: tuple[str | None, ...] = ()
    zone: str | None = None

    def __str__(self) -> str:
        """Return the name Trino gives the type."""
        if self.base == "decimal":
            return f"decimal({self.digits[0]},{self.digits[1]})"
        if self.base == "row":
            each = [f'"{n}" {m}' if n else str(m) for n, m in zip(self.names, self.members, strict=True)]
            return f"row({', '.join(each)})"
        if self.members:
            return f"{self.base}({', '.join(map(str, self.members))})"
        if self.base in {"timestamp", "timestamp with time zone"}:
            return self.base.replace("timestamp", f"timestamp({self.size})", 1)
        return f"varchar({self.size})" if self.base == "varchar" and (self.size or -1) > -1 else self.base

    @property
    def duckdb(self) -> str:
        """Return what DuckDB calls the type in which it holds the values."""
        if self.base == "decimal":
            return f"DECIMAL({self.digits[0]},{self.digits[1]})"
        if self.base == "array":
            return f"{self.members[0].duckdb}[]"
        if self.base == "map":
            return f"MAP({self.members[0].duckdb}, {self.members[1].duckdb})"
        if self.base == "row":
            return f"STRUCT({', '.join(f'f{place} {m.duckdb}' for place, m in enumerate(self.members))})"
        return _DUCKDB[self.base]

    def holds(self, *bases: str) -> bool:
        """Return whether the type is one of these, or contains one."""
        return self.base in bases or any(member.holds(*bases) for member in self.members)

    @property
    def is_number(self) -> bool:
        """Return whether the values are numbers."""
        return self.base in _NUMBERS

    @property
    def like(self) -> Type:
        """Return the type without properties that do not change a comparison: lengths, digits of time, zones, names."""
        bare = replace(self, members=tuple(m.like for m in self.members), names=(), zone=None)
        return bare if self.base == "decimal" else replace(bare, size=None)


BOOLEAN, INTEGER, BIGINT = Type("boolean"), Type("integer"), Type("bigint")
DOUBLE, DATE, JSON, VARBINARY = map(Type, ("double", "date", "json", "varbinary"))
UNKNOWN, DAYS, MONTHS = map(Type, ("unknown", "interval day to second", "interval year to month"))
VARCHAR, TEXT = Type("varchar"), Type("varchar", -1)
"""An unbounded varchar, and one whose length Trino knows better than we do."""


def decimal(precision: int, scale: int) -> Type:
    """Return a decimal type; its digits end at Trino's 38."""
    return Type("decimal", digits=(min(precision, MOST_DIGITS), scale))


def timestamp(digits: int = 3) -> Type:
    """Return the type of timestamps without zone."""
    return Type("timestamp", digits)


def zoned(digits: int = 3, zone: str | None = None) -> Type:
    """Return the type of timestamps with time zone, all in `zone`."""
    return Type("timestamp with time zone", digits, zone=zone)


def array(of: Type) -> Type:
    """Return the type of arrays of these."""
    return Type("array", members=(of,))


def map_of(key: Type, value: Type) -> Type:
    """Return the type of maps from these to those."""
    return Type("map", members=(key, value))


def row(*members: Type, names: tuple[str | None, ...] = ()) -> Type:
    """Return the type of rows."""
    return Type("row", members=members, names=names or (None,) * len(members))


def named(text: str) -> Type | None:
    """Return the type that a text names, None if it is not known here."""
    text = re.sub(r"\s+", " ", text.strip().lower())
    if time := _TIMES.fullmatch(text):
        digits = int(time[2]) if time[2] else 3
        return (zoned if time[3] == "with time zone" else timestamp)(digits) if digits <= 6 else None
    base, _, inner = text.partition("(")
    base = _ALIASES.get(base.strip(), base.strip())
    inside = parts(inner.removesuffix(")")) if inner else []
    if base == "decimal":
        sizes = [int(one) for one in inside] or [MOST_DIGITS, 0]
        return decimal(sizes[0], sizes[1] if len(sizes) > 1 else 0) if 0 < sizes[0] <= MOST_DIGITS else None
    if base == "varchar":
        return Type("varchar", int(inside[0]) if inside else None)
    if base in {"array", "map"}:
        members = [named(one) for one in inside]
        return None if None in members else Type(base, members=tuple(m for m in members if m))
    if base == "row":
        return _row(inside)
    return Type(base) if base in _DUCKDB and not inside else None


def _row(inside: list[str]) -> Type | None:
    """Return the type of a row whose members' texts these are."""
    members: list[Type] = []
    names: list[str | None] = []
    for text in inside:
        name, _, kind = text.partition(" ")
        found = None if text.startswith('"') else named(text)
        names.append(None if found else name.strip('"'))
        found = found or named(kind)
        if found is None:
            return None
        members.append(found)
    return row(*members, names=tuple(names))


def as_decimal(kind: Type) -> Type:
    """Return the decimal type that a whole number's type becomes."""
    return kind if kind.base == "decimal" else decimal(_DIGITS[kind.base], 0)


def coerces(found: Type, wanted: Type) -> bool:
    """Return whether Trino takes a value of one type where the other is wanted."""
    wider = common(found, wanted)
    return wider is not None and wider.like == wanted.like


def common(one: Type, other: Type) -> Type | None:
    """Return the type to which Trino coerces both, None if there is none."""
    if one == other:
        return one
    if "unknown" in (one.base, other.base):
        return other if one.base == "unknown" else one
    if one.is_number and other.is_number:
        return _number(one, other)
    pair = {one.base, other.base}
    if pair == {"varchar"}:
        return _text(one, other)
    if pair <= {"date", "timestamp", "timestamp with time zone"}:
        return _time(one, other)
    if one.base == other.base and len(one.members) == len(other.members) and one.members:
        members = tuple(common(a, b) for a, b in zip(one.members, other.members, strict=True))
        names = tuple(a if a == b else None for a, b in zip(one.names, other.names, strict=True))
        return None if None in members else replace(one, members=tuple(m for m in members if m), names=names)
    return None


def _text(one: Type, other: Type) -> Type:
    """Return the longer of two types of text."""
    if one.size is None or other.size is None:
        return VARCHAR
    return TEXT if -1 in (one.size, other.size) else Type("varchar", max(one.size, other.size))


def _number(one: Type, other: Type) -> Type:
    """Return the wider of two types of numbers."""
    if one.base == other.base != "decimal":
        return one
    for base in ("double", "real"):
        if base in (one.base, other.base):
            return Type(base)
    if "decimal" not in (one.base, other.base):
        return max(one, other, key=lambda kind: WHOLE.index(kind.base))
    (p, s), (q, t) = as_decimal(one).digits, as_decimal(other).digits
    return decimal(max(p - s, q - t) + max(s, t), max(s, t))


def _time(one: Type, other: Type) -> Type:
    """Return the wider of two types of dates and timestamps; a value without zone is in the session's, UTC."""
    digits = max(one.size or 0, other.size or 0)
    if "timestamp with time zone" not in (one.base, other.base):
        return timestamp(digits)
    zones = {"UTC" if kind.base != "timestamp with time zone" else kind.zone for kind in (one, other)}
    return zoned(digits, zones.pop() if len(zones) == 1 else None)


def common_of(kinds: list[Type]) -> Type | None:
    """Return the type to which all coerce, None if there is none."""
    found: Type | None = UNKNOWN
    for kind in kinds:
        found = common(found, kind) if found is not None else None
    return found
