"""Compile CAST and TRY_CAST with Trino's rounding, formats and refusals for each pair of types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.athena.sql.json_casts import from_json, to_json
from local.aws.athena.sql.types import VARCHAR, WHOLE, Type
from local.aws.athena.sql.values import Value, as_text, cut, fresh, let, quoted, unsupported
from local.aws.athena.udf.times import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.syntax import Node


class NoCast(Exception):
    """Trino has no cast between two types."""


def coerced(value: Value, kind: Type) -> Value:
    """Return a value as a type to which Trino coerces it by itself."""
    if value.type == kind:
        return value
    held, wanted = value.type, kind
    if wanted.base == "varchar" or (held.base == wanted.base and not held.members and held.base == "timestamp"):
        return value.of(kind)
    if held.base == wanted.base == "timestamp with time zone":
        return value.of(kind)
    return Value(cast_sql(value, kind), kind, value.constant, value.never_nan)


def cast(value: Value, kind: Type, node: Node) -> Value:
    """Return CAST(value AS kind).

    Raises:
        NoCast: Trino has none.
        QueryFailed: Trino has one that is not known here.
    """
    if kind.base == "timestamp with time zone":
        return _zoned(value, kind, node)
    return Value(cast_sql(value, kind, node), kind, never_nan=value.never_nan or kind.is_number)


def cast_sql(value: Value, kind: Type, node: Node | None = None) -> str:
    """Return DuckDB's SQL of a cast; `node` is None where Trino coerces by itself."""
    held = value.type
    if held.base == "unknown":
        return f"CAST({value.sql} AS {kind.duckdb})"
    if held.like == kind.like and held.base not in {"timestamp", "varchar", "array", "map", "row"}:
        return value.sql
    rule = _RULES.get((_family(held), _family(kind)))
    if rule is None:
        raise NoCast(f"Cannot cast {held} to {kind}")
    if rule is _unknown:
        raise unsupported(f"CAST of {held} to {kind}", node)
    return rule(value, kind)


def _family(kind: Type) -> str:
    return "whole" if kind.base in WHOLE else kind.base


def _plain(value: Value, kind: Type) -> str:
    return f"CAST({value.sql} AS {kind.duckdb})"


def _unknown(value: Value, kind: Type) -> str:
    """Refuse a cast that Trino has and this embedded Athena does not know."""
    raise unsupported(f"CAST of {value.type} to {kind}")


def _rounded(value: Value, kind: Type) -> str:
    """A double becomes the nearest whole number, the half away from zero."""
    return f"CAST(round({value.sql}) AS {kind.duckdb})"


def _truth(value: Value, _kind: Type) -> str:
    return f"({value.sql} <> 0)"


def _shown(text: str, kind: Type) -> str:
    """Text of a number or a date, which must fit a varchar of some length."""
    if not kind.size or kind.size < 0:
        return text
    problem = quoted(f"INVALID_CAST_ARGUMENT: Value cannot be represented as {kind}")
    return f"t_fitting({text}, {kind.size}, {problem})"


def _text(value: Value, kind: Type) -> str:
    return _shown(as_text(value), kind)


def _double_text(value: Value, kind: Type) -> str:
    return _shown(f"t_double_text({value.sql})", kind)


def _time_text(value: Value, kind: Type) -> str:
    """A timestamp as text has its digits."""
    digits = value.type.size or 0
    text = f"strftime({value.sql}, '%Y-%m-%d %H:%M:%S{'.%f' if digits else ''}')"
    return _shown(f"left({text}, {20 + digits})" if digits else text, kind)


def _zoned_text(value: Value, kind: Type) -> str:
    if value.type.zone is None:
        raise unsupported("CAST AS varchar of a timestamp whose zone is not a literal's")
    clock = Value(local_clock(value), Type("timestamp", value.type.size))
    return _shown(f"({_time_text(clock, VARCHAR)} || {quoted(' ' + value.type.zone)})", kind)


def _by(function: str) -> Callable[[Value, Type], str]:
    """Return a cast by one of our functions, whose text DuckDB then takes as the type."""
    return lambda value, kind: f"CAST({function}({value.sql}) AS {kind.duckdb})"


def _decimal_of(function: str) -> Callable[[Value, Type], str]:
    return lambda value, kind: f"CAST({function}({value.sql}, {kind.digits[0]}, {kind.digits[1]}) AS {kind.duckdb})"


def _double_of_text(value: Value, _kind: Type) -> str:
    """Text as a double; DuckDB takes a NaN of our functions for null."""

    def read(text: str) -> str:
        is_nan = f"trim({text}) IN ('NaN', '+NaN', '-NaN')"
        return f"CASE WHEN {is_nan} THEN CAST('NaN' AS DOUBLE) ELSE t_double_of_text({text}) END"

    return let([value], read)


def _interval_text(value: Value, kind: Type) -> str:
    unit = "days" if value.type.base == "interval day to second" else "months"
    return _shown(f"t_{unit}_text({value.sql})", kind)


def _whole_of_decimal(value: Value, kind: Type) -> str:
    return f"CAST(t_whole_of_decimal(CAST({value.sql} AS VARCHAR)) AS {kind.duckdb})"


def _decimal_to_decimal(value: Value, kind: Type) -> str:
    if value.type.base == "decimal" and value.type.digits[1] <= kind.digits[1]:
        return _plain(value, kind)
    return f"CAST(t_decimal_of_text(CAST({value.sql} AS VARCHAR), {kind.digits[0]}, {kind.digits[1]}) AS {kind.duckdb})"


def _to_timestamp(value: Value, kind: Type) -> str:
    """Text as a timestamp: a date, a clock that may lack seconds, no zone but a written one that is dropped."""
    return f"t_timestamp_of_text({value.sql}, {kind.size})"


def _timestamp_digits(value: Value, kind: Type) -> str:
    """A timestamp with fewer digits is rounded, the half up."""
    if (kind.size or 0) >= (value.type.size or 0):
        return value.sql
    step = 10 ** (6 - (kind.size or 0))

    def rounded(clock: str) -> str:
        rest = f"((epoch_us({clock}) % {step} + {step}) % {step})"
        return f"make_timestamp(epoch_us({clock}) - {rest} + CASE WHEN {rest} >= {step // 2} THEN {step} ELSE 0 END)"

    return let([value], rounded)


def local_clock(value: Value) -> str:
    """Return SQL of the clock that a timestamp with time zone shows in its zone.

    Raises:
        QueryFailed: the zone is not known before the query runs.
    """
    if value.type.zone is None:
        raise unsupported("the clock of a timestamp with time zone whose zone is not a literal's (use AT TIME ZONE)")
    return value.sql if value.type.zone == "UTC" else f"t_clock({value.sql}, {quoted(value.type.zone)})"


def instant(clock: str, zone: str) -> str:
    """Return SQL of the instant at which a clock in a zone shows a timestamp."""
    return clock if zone == "UTC" else f"t_instant({clock}, {quoted(zone)})"


def _zone_dropped(value: Value, kind: Type) -> str:
    clock = Value(local_clock(value), Type("timestamp", value.type.size))
    return cast_sql(clock, kind)


def _zoned(value: Value, kind: Type, node: Node) -> Value:
    """CAST AS timestamp with time zone: a date or timestamp is in the session's zone, UTC."""
    if value.type.base in {"date", "timestamp", "unknown"}:
        clock = cast_sql(value, Type("timestamp", kind.size))
        return Value(clock, Type(kind.base, kind.size, zone="UTC"))
    if value.type.base == kind.base:
        if (kind.size or 0) < (value.type.size or 0):
            raise unsupported(f"CAST of {value.type} to {kind}", node)
        return value.of(Type(kind.base, kind.size, zone=value.type.zone))
    if value.type.base == "varchar":
        found = literal(value.constant) if isinstance(value.constant, str) else None
        if found is None or found[1] > (kind.size or 0):
            raise unsupported(f"CAST of {value.type} to {kind}", node)
        zone = found[2] or "UTC"
        return Value(instant(f"TIMESTAMP '{found[0].isoformat(sep=' ')}'", zone), Type(kind.base, kind.size, zone=zone))
    raise NoCast(f"Cannot cast {value.type} to {kind}")


def _items(value: Value, kind: Type) -> str:
    """An array's items, each cast."""
    (held,), (wanted,) = value.type.members, kind.members
    if held.like == wanted.like and held.base not in {"varchar", "timestamp", "row", "array", "map"}:
        return value.sql
    name = fresh("e")
    inner = cast_sql(Value(name, held), wanted)
    if inner == name:
        return value.sql
    return f"list_transform({value.sql}, lambda {name}: {inner})"


def _entries(value: Value, kind: Type) -> str:
    """A map's keys and values, each cast."""
    keys, values = (
        _items(Value(f"map_{part}({value.sql})", Type("array", members=(held,))), Type("array", members=(wanted,)))
        for part, held, wanted in zip(("keys", "values"), value.type.members, kind.members, strict=True)
    )
    return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE map({keys}, {values}) END"


def _members(value: Value, kind: Type) -> str:
    """A row's members, each cast in its place."""
    if len(value.type.members) != len(kind.members):
        raise NoCast(f"Cannot cast {value.type} to {kind}")

    def built(row: str) -> str:
        casts = [
            f"f{place} := {cast_sql(Value(f'({row}).f{place}', held), wanted)}"
            for place, (held, wanted) in enumerate(zip(value.type.members, kind.members, strict=True))
        ]
        return f"CASE WHEN {row} IS NULL THEN NULL ELSE struct_pack({', '.join(casts)}) END"

    return let([value], built)


def _rules() -> dict[tuple[str, str], Callable[[Value, Type], str]]:
    rules: dict[tuple[str, str], Callable[[Value, Type], str]] = {}
    for kind in ("whole", "decimal", "double", "real"):
        rules[kind, "boolean"] = _truth
        rules["boolean", kind] = _plain
        rules["json", kind] = from_json
    rules |= {
        ("whole", "whole"): _plain,
        ("whole", "double"): _plain,
        ("whole", "real"): _plain,
        ("whole", "decimal"): _plain,
        ("whole", "varchar"): _text,
        ("decimal", "whole"): _whole_of_decimal,
        ("decimal", "double"): _plain,
        ("decimal", "real"): _unknown,
        ("decimal", "decimal"): _decimal_to_decimal,
        ("decimal", "varchar"): _text,
        ("double", "whole"): _rounded,
        ("double", "real"): _plain,
        ("double", "decimal"): _decimal_of("t_decimal_of_double"),
        ("double", "varchar"): _double_text,
        ("real", "double"): _unknown,
        ("real", "whole"): _rounded,
        ("real", "decimal"): _unknown,
        ("real", "varchar"): _unknown,
        ("boolean", "varchar"): _text,
        ("varchar", "varchar"): cut,
        ("varchar", "boolean"): _by("t_boolean_of_text"),
        ("varchar", "whole"): lambda value, kind: f"CAST(t_whole_of_text({value.sql}, '{kind.base}') AS {kind.duckdb})",
        ("varchar", "double"): _double_of_text,
        ("varchar", "real"): _unknown,
        ("varchar", "decimal"): _decimal_of("t_decimal_of_text"),
        ("varchar", "date"): _by("t_date_of_text"),
        ("varchar", "timestamp"): _to_timestamp,
        ("date", "varchar"): _text,
        ("date", "timestamp"): _plain,
        ("timestamp", "timestamp"): _timestamp_digits,
        ("timestamp", "timestamp with time zone"): lambda value, _kind: value.sql,
        ("date", "timestamp with time zone"): lambda value, _kind: f"CAST({value.sql} AS TIMESTAMP)",
        ("timestamp", "date"): _plain,
        ("timestamp", "varchar"): _time_text,
        ("timestamp with time zone", "date"): _zone_dropped,
        ("timestamp with time zone", "timestamp"): _zone_dropped,
        ("timestamp with time zone", "varchar"): _zoned_text,
        ("interval day to second", "varchar"): _interval_text,
        ("interval year to month", "varchar"): _interval_text,
        ("varbinary", "varchar"): _unknown,
        ("array", "array"): _items,
        ("map", "map"): _entries,
        ("row", "row"): _members,
    }
    for kind in ("boolean", "whole", "decimal", "double", "varchar", "date", "array", "map", "row"):
        rules[kind, "json"] = to_json
    for kind in ("real", "timestamp", "timestamp with time zone"):
        rules[kind, "json"] = _unknown
    for kind in ("varchar", "boolean", "array", "map", "row"):
        rules["json", kind] = from_json
    return rules


_RULES = _rules()
