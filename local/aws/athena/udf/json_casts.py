"""CAST of JSON to other types."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NoReturn

from local.aws.athena.udf.json_texts import Number, parsed, written
from local.aws.athena.udf.numbers import EXACT, boolean_of_text, double_of_text, double_text
from local.aws.athena.udf.register import NotKnown, Refused, given


def _cast(value: str, kind: str) -> NoReturn:
    raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast '{value}' to {kind}")


def _scalar(text: str, kind: str) -> Any:
    """Return the value that a JSON text is, None for null; refuse arrays and objects."""
    value = parsed(text)
    if isinstance(value, (list, tuple)):
        _cast(text, kind)
    return value


@given("VARCHAR", "VARCHAR", may_be_null=True)
def json_to_varchar(text: str) -> str | None:
    """Return CAST(json AS varchar)."""
    value = _scalar(text, "varchar")
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(double_text(value.double)) if isinstance(value, Number) else str(value)


@given("VARCHAR", "BIGINT", may_be_null=True)
def json_to_whole(text: str) -> int | None:
    """Return CAST(json AS a whole number)."""
    value = _scalar(text, "bigint")
    if value is None:
        return None
    if isinstance(value, str):
        if not re.fullmatch(r"[+-]?[0-9]+", value):
            _cast(value, "BIGINT")
        value = int(value)
    if isinstance(value, Number):
        value = int(Decimal(repr(value.double)).quantize(Decimal(1), context=EXACT))
    if not -(2**63) <= value < 2**63:
        _cast(text, "bigint")
    return int(value)


@given("VARCHAR", "DOUBLE", may_be_null=True)
def json_to_double(text: str) -> float | None:
    """Return CAST(json AS double)."""
    value = _scalar(text, "double")
    if value is None:
        return None
    if isinstance(value, str):
        return float(double_of_text(value))
    return value.double if isinstance(value, Number) else float(value)


@given("VARCHAR", "BOOLEAN", may_be_null=True)
def json_to_boolean(text: str) -> bool | None:
    """Return CAST(json AS boolean)."""
    value = _scalar(text, "boolean")
    if value is None:
        return None
    if isinstance(value, str):
        return bool(boolean_of_text(value))
    return value.double != 0 if isinstance(value, Number) else bool(value)


def _container(text: str, kind: type) -> Any:
    """Return the array or object that a JSON text is, None for null."""
    value = parsed(text)
    if value is None:
        return None
    if not isinstance(value, kind):
        raise Refused(
            f"INVALID_CAST_ARGUMENT: Cannot cast to {kind.__name__}. Expected another json value, but got {text}"
        )
    return value


@given("VARCHAR", "VARCHAR[]", may_be_null=True)
def json_items(text: str) -> list[str] | None:
    """Return an array's items as JSON."""
    items = _container(text, list)
    return None if items is None else [written(item) for item in items]


@given("VARCHAR", "VARCHAR[]", may_be_null=True)
def json_keys(text: str) -> list[str] | None:
    """Return an object's names."""
    members = _container(text, tuple)
    return None if members is None else [name for name, _ in members]


@given("VARCHAR", "VARCHAR[]", may_be_null=True)
def json_values(text: str) -> list[str] | None:
    """Return an object's values as JSON."""
    members = _container(text, tuple)
    return None if members is None else [written(value) for _, value in members]


@given("VARCHAR VARCHAR[]", "VARCHAR[][]", may_be_null=True)
def json_members(text: str, names: list[str]) -> list[list[str | None]] | None:
    """Return a row's members as JSON: by name from an object, by place from an array."""
    value = parsed(text)
    if value is None:
        return None
    if isinstance(value, list):
        if len(value) != len(names):
            raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast to row. Unexpected token\n{text}")
        return [[written(each) for each in value]]
    if not isinstance(value, tuple) or not all(names):
        raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast to row. Expected a json object or array, but got {text}")
    found = {name.lower(): item for name, item in value}
    if len(found) != len(value):
        raise NotKnown("a row of a JSON object whose names differ only by case")
    return [[written(found[name]) if name in found else None for name in names]]
