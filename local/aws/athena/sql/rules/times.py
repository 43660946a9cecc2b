"""Functions of dates and times whose unit, zone or type a signature cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.athena.sql import operators
from local.aws.athena.sql.casts import cast_sql, coerced, instant, local_clock
from local.aws.athena.sql.rules.calls import FunctionCall, by_signature, on_its_clock, require, rule
from local.aws.athena.sql.types import (
    BIGINT,
    DATE,
    DAYS,
    DOUBLE,
    MONTHS,
    TEXT,
    VARCHAR,
    Type,
    array,
    common,
    timestamp,
    zoned,
)
from local.aws.athena.sql.values import Value, fails, let, quoted, refused
from local.aws.athena.udf.times import TOO_LONG, WRONG_STOP

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_DATES = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MILLISECONDS = {"millisecond": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000,
                 "week": 604_800_000}  # fmt: skip
_TIMES = ("date", "timestamp", "timestamp with time zone")


def _unit(of: FunctionCall) -> str:
    """Return the unit that a call names."""
    if len(of.values) < 2 or of.values[0].type.base != "varchar":
        raise of.mismatch()
    unit = of.values[0].constant
    if not isinstance(unit, str):
        raise of.unsupported(f"{of.name} by a unit that is not a literal")
    return unit.lower()


def _bad_unit(of: FunctionCall, unit: str, kind: Type) -> Exception:
    return refused("INVALID_FUNCTION_ARGUMENT", of.node, f"'{unit}' is not a valid {kind.base} field")


@rule("date_add")
def date_add(of: FunctionCall) -> Value:
    """Return a time moved by some units; it keeps its type."""
    unit = _unit(of)
    if len(of.values) != 3 or of.values[2].type.base not in _TIMES:
        raise of.mismatch()
    count, time = require(of, of.values[1], BIGINT), of.values[2]
    if unit in _MONTHS:
        moved = operators.moved(time, Value(f"({count.sql} * {_MONTHS[unit]})", MONTHS), of.node)
    elif unit in (_OF_DATES if time.type == DATE else _MILLISECONDS):
        moved = operators.moved(time, Value(f"({count.sql} * {_MILLISECONDS[unit]})", DAYS), of.node)
    else:
        raise _bad_unit(of, unit, time.type)
    if time.type.zone not in {None, "UTC"} and unit in {"day", "week"}:
        raise of.unsupported("date_add by days in another zone than UTC")
    assert moved is not None  # noqa: S101 - it is a time
    if time.type.base == "date":
        return Value(moved.sql, DATE)
    if unit == "millisecond" and (time.type.size or 0) < 3:
        if time.type.base != "timestamp":
            raise of.unsupported(f"date_add by milliseconds of {time.type}")
        return Value(cast_sql(moved.of(timestamp(3)), time.type), time.type)
    return moved.of(time.type)


@rule("date_diff")
def date_diff(of: FunctionCall) -> Value:
    """Return how many whole units lie between two times."""
    unit = _unit(of)
    _, first, last = of.exactly(3)
    kind = common(first.type, last.type)
    if kind is None or kind.base not in _TIMES:
        raise of.mismatch()
    if kind.base == "timestamp with time zone" and (
        kind.zone != "UTC" and unit not in {"millisecond", "second", "minute", "hour"}
    ):
        raise of.unsupported(f"date_diff by {unit} of timestamps whose zone is not UTC")
    if unit not in {*_MONTHS, *(_OF_DATES if kind == DATE else _MILLISECONDS)}:
        raise _bad_unit(of, unit, kind)
    a, b = (f"CAST({coerced(value, kind).sql} AS TIMESTAMP)" for value in (first, last))
    return Value(f"CAST(date_sub('{unit}', {a}, {b}) AS BIGINT)", BIGINT)


@rule("date_trunc")
def date_trunc(of: FunctionCall) -> Value:
    """Return a time cut to a unit; it keeps its type."""
    unit = _unit(of)
    if len(of.values) != 2 or of.values[1].type.base not in _TIMES:
        raise of.mismatch()
    time = of.values[1]
    if unit not in {
        *_MONTHS,
        "week",
        "day",
        *(() if time.type == DATE else ("millisecond", "second", "minute", "hour")),
    }:
        raise _bad_unit(of, unit, time.type)
    if time.type.base == "timestamp with time zone":
        if time.type.zone is None:
            raise of.unsupported("date_trunc in a zone that is not a literal's")
        clock = f"date_trunc('{unit}', {local_clock(time)})"
        return Value(instant(clock, time.type.zone), time.type)
    cut = f"date_trunc('{unit}', {time.sql})"
    return Value(f"CAST({cut} AS {time.type.duckdb})", time.type)


@rule("format_datetime")
def format_datetime(of: FunctionCall) -> Value:
    """Return format_datetime, by Joda's letters; a date is a timestamp, in UTC."""
    if len(of.values) != 2 or of.values[0].type.base not in _TIMES:
        raise of.mismatch()
    time, pattern = of.values[0], require(of, of.values[1], VARCHAR)
    zone = time.type.zone if time.type.base == "timestamp with time zone" else "UTC"
    clock = coerced(on_its_clock(time), timestamp(time.type.size or 0))
    return Value(f"t_format_datetime({clock.sql}, {pattern.sql}, {quoted(zone or '')})", TEXT)


@rule("parse_datetime")
def parse_datetime(of: FunctionCall) -> Value:
    """Return parse_datetime of a pattern without zone: in UTC."""
    text, pattern = (require(of, value, VARCHAR) for value in of.exactly(2))
    return Value(f"t_parse_datetime({text.sql}, {pattern.sql})", zoned(3, "UTC"))


@rule("from_iso8601_timestamp")
def from_iso8601_timestamp(of: FunctionCall) -> Value:
    """Return from_iso8601_timestamp."""
    (text,) = of.exactly(1)
    return of.compiler.as_time(require(of, text, VARCHAR), of.node)


@rule("to_iso8601")
def to_iso8601(of: FunctionCall) -> Value:
    """Return to_iso8601 of a date or of a timestamp without zone."""
    (time,) = of.exactly(1)
    if time.type.base == "date":
        return by_signature(of)
    if time.type.base not in _TIMES:
        raise of.mismatch()
    if time.type.size not in {0, 3} or (time.type.base != "timestamp" and time.type.zone is None):
        return _unknown(of, time)
    if time.type.base == "timestamp":
        return Value(f"strftime({time.sql}, '%Y-%m-%dT%H:%M:%S{'.%g' if time.type.size else ''}')", TEXT)
    return Value(f"t_iso_text({time.sql}, {quoted(str(time.type.zone))}, '{time.type.size}')", TEXT)


def _unknown(of: FunctionCall, value: Value) -> Value:
    raise of.unsupported(f"{of.name} of {value.type}")


@rule("from_unixtime")
def from_unixtime(of: FunctionCall) -> Value:
    """Return the instant so many seconds after 1970, in UTC or in a zone."""
    if not of.values or len(of.values) > 2:
        raise of.unsupported("from_unixtime with hours and minutes")
    seconds = require(of, of.values[0], DOUBLE)
    zone = "UTC"
    if len(of.values) > 1:
        if not isinstance(of.values[1].constant, str):
            raise of.unsupported("from_unixtime in a zone that is not a literal")
        zone = of.compiler.zone(of.values[1].constant, of.node)
    return Value(f"make_timestamp(CAST(round({seconds.sql} * 1000) AS BIGINT) * 1000)", zoned(3, zone))


@rule("to_unixtime")
def to_unixtime(of: FunctionCall) -> Value:
    """Return the seconds since 1970."""
    if len(of.values) != 1 or of.values[0].type.base not in _TIMES:
        raise of.mismatch()
    time = of.values[0]
    clock = f"CAST({time.sql} AS TIMESTAMP)"
    return (
        Value(f"(CAST(epoch_us({clock}) // 1000 AS DOUBLE) / 1000e0)", DOUBLE)
        if (time.type.size or 0) <= 3
        else _unknown(of, time)
    )


@rule("at_timezone", "with_timezone")
def at_timezone(of: FunctionCall) -> Value:
    """Return a timestamp in a zone: the same instant, or the same clock."""
    time, zone = of.exactly(2)
    if not isinstance(zone.constant, str):
        raise of.unsupported("a zone that is not a literal")
    if of.name == "at_timezone":
        if time.type.base == "timestamp":
            time = Value(time.sql, zoned(time.type.size or 0, "UTC"))
        return of.compiler.in_zone(time, zone.constant, of.node)
    if time.type.base not in {"timestamp", "date"}:
        raise of.mismatch()
    name = of.compiler.zone(zone.constant, of.node)
    clock = coerced(time, timestamp(time.type.size or 0))
    return Value(instant(clock.sql, name), zoned(time.type.size or 0, name))


@rule("now", "current_timestamp")
def now(of: FunctionCall) -> Value:
    """Return the current instant."""
    if of.arguments:
        raise of.mismatch()
    return Value("CAST(getvariable('query_start') AS TIMESTAMP)", zoned(3, "UTC"))


@rule("to_milliseconds")
def to_milliseconds(of: FunctionCall) -> Value:
    """Return an interval's milliseconds."""
    if len(of.values) != 1 or of.values[0].type != DAYS:
        raise of.mismatch()
    return Value(of.values[0].sql, BIGINT)


def sequence_of_times(of: FunctionCall) -> Value:
    """Return a sequence of dates by days or months, or of timestamps by days and less."""
    first, last, *step = of.values
    if first.type.base != last.type.base or first.type.base not in {"date", "timestamp"}:
        raise of.unsupported(f"sequence of {first.type} and {last.type}")
    if first.type.base == "timestamp" and not step:
        raise of.mismatch()
    by = step[0] if step else Value(f"(CASE WHEN {first.sql} <= {last.sql} THEN 86400000 ELSE -86400000 END)", DAYS)
    kind = first.type
    if by.type == MONTHS and kind.base == "date":
        return Value(f"t_months_between({first.sql}, {last.sql}, {by.sql})", array(kind))
    if by.type != DAYS:
        raise of.unsupported(f"sequence of {kind} by {by.type}")
    return Value(let([first, last, by], _days(kind)), array(kind))


def _days(kind: Type) -> Callable[[str, str, str], str]:
    out = f"{kind.duckdb}[]"
    wrong, many = fails(WRONG_STOP, out), fails(TOO_LONG, out)
    zero = fails("INVALID_FUNCTION_ARGUMENT: interval must not be zero", out)
    part = fails(
        "INVALID_FUNCTION_ARGUMENT: sequence step must be a day interval if start and end values are dates", out
    )

    def built(a: str, b: str, s: str) -> str:
        x, y = (f"epoch_ms(CAST({end} AS TIMESTAMP))" for end in (a, b))
        item = f"CAST(make_timestamp(sq * 1000) AS {kind.duckdb})"
        whole = f"WHEN {s} % 86400000 <> 0 THEN {part} " if kind.base == "date" else ""
        return (
            f"CASE WHEN {s} = 0 THEN {zero} {whole}"
            f"WHEN ({s} > 0 AND {y} < {x}) OR ({s} < 0 AND {y} > {x}) THEN {wrong} "
            f"WHEN ({y} - {x}) // {s} >= 10000 THEN {many} "
            f"ELSE list_transform(generate_series({x}, {y}, {s}), lambda sq: {item}) END"
        )

    return built
