"""Literals: numbers, texts, dates, times and intervals as they are written in SQL."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import instant
from local.aws.athena.sql.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DAYS,
    DOUBLE,
    INTEGER,
    JSON,
    MONTHS,
    MOST_DIGITS,
    VARBINARY,
    Type,
    decimal,
    timestamp,
    zoned,
)
from local.aws.athena.sql.values import Value, quoted, refused, unsupported
from local.aws.athena.udf.json_texts import json_parse
from local.aws.athena.udf.register import NotKnown, Refused
from local.aws.athena.udf.times import date_of_text, literal

if TYPE_CHECKING:
    from local.aws.athena.sql.syntax import Node

_UNITS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}


def whole(number: int, node: Node) -> Value:
    """Return a whole number: an integer where it fits, else a bigint."""
    if not -(2**63) <= number < 2**63:
        raise refused("INVALID_LITERAL", node, f"Invalid numeric literal: {number}")
    kind = INTEGER if -(2**31) <= number < 2**31 else BIGINT
    return Value(f"CAST({number} AS {kind.duckdb})", kind, number)


def digits(text: str, node: Node) -> Value:
    """Return a decimal with the digits that are written."""
    bare = text.lstrip("+-")
    before, _, after = bare.partition(".")
    before = before.lstrip("0")
    precision, scale = max(len(before + after), 1), len(after)
    if precision > MOST_DIGITS:
        raise refused("INVALID_LITERAL", node, f"Invalid decimal literal: {text}")
    kind = decimal(precision, scale)
    return Value(f"CAST({quoted(f'{Decimal(text):f}')} AS {kind.duckdb})", kind, Decimal(text))


def text(value: str) -> Value:
    """Return a text."""
    return Value(quoted(value), Type("varchar", len(value)), value)


def number(node: Node) -> Value:
    """Return the number that a node of the grammar is."""
    shown = node.getText()
    kind = type(node).__name__
    if kind == "IntegerLiteralContext":
        return whole(int(shown, 0) if shown.lower().lstrip("-")[:2] in {"0x", "0o", "0b"} else int(shown), node)
    if kind == "DoubleLiteralContext":
        return double(float(shown))
    return digits(shown, node)


def double(value: float) -> Value:
    """Return a double."""
    return Value(f"CAST({quoted(repr(value))} AS DOUBLE)", DOUBLE, value, never_nan=value == value)


def typed(name: str, node: Node, value: str) -> Value:
    """Return a literal such as DATE '2026-01-01'."""
    kind = name.lower()
    try:
        if kind == "date":
            return Value(f"DATE '{date_of_text(value).isoformat()}'", DATE, value)
        if kind == "timestamp":
            return _timestamp(value, node)
        if kind == "json":
            return Value(quoted(json_parse(value)), JSON)
    except Refused as exc:
        raise refused("INVALID_LITERAL", node, f"'{value}' is not a valid {kind} literal") from exc
    except NotKnown as exc:
        raise unsupported(str(exc), node) from exc
    if kind == "decimal":
        return digits(value, node)
    if kind == "varchar":
        return text(value)
    if kind in {"bigint", "integer", "smallint", "tinyint", "int", "double", "boolean"}:
        return _of_number("integer" if kind == "int" else kind, value, node)
    if kind in {"real", "time", "char", "uuid", "ipaddress"}:
        raise unsupported(f"a literal of {kind}", node)
    raise refused("TYPE_NOT_FOUND", node, f"Unknown type: {name}")


def _of_number(kind: str, value: str, node: Node) -> Value:
    """Return a literal such as BIGINT '5'."""
    try:
        if kind == "double":
            return double(float(value))
        if kind == "boolean":
            return Value({"true": "true", "false": "false"}[value.lower()], BOOLEAN)
        return Value(f"CAST({int(value)} AS {Type(kind).duckdb})", Type(kind), int(value))
    except (ValueError, KeyError) as exc:
        raise refused("INVALID_LITERAL", node, f"'{value}' is not a valid {kind} literal") from exc


def _timestamp(value: str, node: Node) -> Value:
    found = literal(value)
    if found is None:
        raise refused("INVALID_LITERAL", node, f"'{value}' is not a valid timestamp literal")
    when, size, zone = found
    if size > 6:
        raise unsupported("a timestamp with more than six digits", node)
    clock = f"TIMESTAMP '{when.isoformat(sep=' ')}'"
    return Value(instant(clock, zone), zoned(size, zone)) if zone else Value(clock, timestamp(size), value)


def interval(node: Node) -> Value:
    """Return an interval: its milliseconds or its months."""
    if node.to is not None:
        raise unsupported("INTERVAL … TO …", node)
    amount, unit = syntax.string_of(node.string()), node.from_.getText().upper()
    sign = -1 if node.sign is not None and node.sign.text == "-" else 1
    try:
        count = Decimal(amount) * sign
    except ArithmeticError as exc:
        raise refused("INVALID_LITERAL", node, f"'{amount}' is not a valid interval literal") from exc
    if unit in {"YEAR", "MONTH"}:
        months = count * (12 if unit == "YEAR" else 1)
        if months != int(months) or "." in amount:
            raise refused("INVALID_LITERAL", node, f"'{amount}' is not a valid interval literal")
        return Value(f"CAST({int(months)} AS BIGINT)", MONTHS, int(months))
    if "." in amount and unit != "SECOND":
        raise refused("INVALID_LITERAL", node, f"'{amount}' is not a valid interval literal")
    milliseconds = count * _UNITS[unit]
    if milliseconds != int(milliseconds):
        raise unsupported("an interval of less than a millisecond", node)
    return Value(f"CAST({int(milliseconds)} AS BIGINT)", DAYS, int(milliseconds))


def binary(node: Node) -> Value:
    """Return X'…'."""
    shown = "".join(node.getText()[2:-1].split())
    try:
        held = bytes.fromhex(shown)
    except ValueError as exc:
        raise refused(
            "INVALID_LITERAL", node, "Binary literal must contain an even number of hexadecimal digits"
        ) from exc
    return Value(f"unhex('{held.hex()}')", VARBINARY)
