"""Values as Athena's API writes them, by their Trino types."""

from __future__ import annotations

import struct
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.aws.athena.errors import QueryFailed
from local.aws.athena.udf.numbers import java_double
from local.aws.athena.udf.times import days_text, months_text, zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.types import Type

SHOWN_DIGITS = 3
"""Athena's API shows three; whether it rounds or cuts off the others is not known (Trino rounds for an old client)."""


def require_writable(kind: Type) -> None:
    """Raise QueryFailed unless this embedded Athena knows how Athena's API writes values of a type."""
    if kind.base.startswith("timestamp") and (kind.size or 0) > SHOWN_DIGITS:
        raise QueryFailed(
            "NOT_SUPPORTED: A timestamp of more than three digits as a result is not supported by the embedded Athena, "
            "though Athena has it (use CAST(… AS timestamp(3)))"
        )
    if kind.base == "timestamp with time zone" and (kind.zone is None or kind.zone[0] in "+-"):
        raise QueryFailed(
            "NOT_SUPPORTED: A timestamp with time zone whose zone is an offset, or is not a literal's, as a result is "
            "not supported by the embedded Athena, though Athena has it (use AT TIME ZONE with a name)"
        )
    for member in kind.members:
        require_writable(member)


def writer(kind: Type) -> Callable[[Any], str]:
    """Return the writer of a type's values; a null inside another value reads `null`."""
    plain = _plain(kind)
    return lambda value: "null" if value is None else plain(value)


def _plain(kind: Type) -> Callable[[Any], str]:
    if kind.base == "array":
        item = writer(kind.members[0])
        return lambda value: "[" + ", ".join(map(item, value)) + "]"
    if kind.base == "map":
        key, of = map(writer, kind.members)
        return lambda value: "{" + ", ".join(f"{key(k)}={of(v)}" for k, v in value.items()) + "}"
    if kind.base == "row":
        members = [
            (name or f"field{place}", writer(member))
            for place, (name, member) in enumerate(zip(kind.names, kind.members, strict=True))
        ]
        return lambda value: (
            "{" + ", ".join(f"{n}={w(v)}" for (n, w), v in zip(members, value.values(), strict=True)) + "}"
        )
    return {
        "boolean": lambda value: "true" if value else "false",
        "double": java_double,
        "real": _real,
        "decimal": lambda value: f"{Decimal(value):f}",
        "varbinary": lambda value: bytes(value).hex(" "),
        "timestamp": _clock,
        "timestamp with time zone": lambda value: (
            f"{_clock(value.replace(tzinfo=UTC).astimezone(zone(kind.zone or 'UTC')))} {kind.zone}"
        ),
        "date": lambda value: value.isoformat(),
        "interval day to second": days_text,
        "interval year to month": months_text,
    }.get(kind.base, str)


def _clock(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}".rjust(19, "0") + f".{value.microsecond // 1000:03}"


def _real(value: float) -> str:
    """Return the shortest text of the same 32-bit number."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            return java_double(float(text))
    return java_double(value)
