"""Trino's types as a view's definition states them: what DuckDB calls them, and which widen to which."""

from __future__ import annotations

import re

from local.aws.athena.errors import QueryFailed
from local.aws.athena.results import parts
from local.aws.glue import types

_GLUE = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary"}
_WHOLE = ("tinyint", "smallint", "integer", "bigint")
_WIDER = {
    **{kind: {*_WHOLE[place:], "decimal", "real", "double"} for place, kind in enumerate(_WHOLE)},
    "decimal": {"decimal", "real", "double"},
    "real": {"real", "double"},
    "date": {"date", "timestamp"},
}


def duckdb_type(kind: str) -> str:
    """Return DuckDB's name of a Trino type.

    Raises:
        QueryFailed: Trino has no such type, or this Athena does not know it.
    """
    if kind.startswith("timestamp") and kind.endswith("with time zone"):
        return "TIMESTAMP WITH TIME ZONE"
    if kind in {"json", "time", "uuid"}:
        return kind.upper()
    try:
        return types.parse(_glue(kind)).duckdb
    except types.UnknownType as exc:
        raise QueryFailed(f"INVALID_VIEW: Unknown type '{kind}' in a view's columns") from exc


def _glue(kind: str) -> str:
    """Return the Glue type that a Trino type is."""
    base, _, inner = kind.strip().partition("(")
    members = parts(inner.removesuffix(")")) if inner else []
    if base in {"array", "map"}:
        return f"{base}<{','.join(map(_glue, members))}>"
    if base == "row":
        named = [member.split(" ", 1) for member in members]
        return f"struct<{','.join(f'{name}:{_glue(of)}' for name, of in named)}>"
    if base == "decimal":
        return kind
    if base in {"string", "int", "float", "binary"}:
        raise types.UnknownType(kind)  # Hive's names, not Trino's
    return _GLUE.get(base, base)


def widens(found: str, wanted: str) -> bool:
    """Return whether Trino takes a value of one type where another is wanted."""
    base, _, inner = found.partition("(")
    wanted_base, _, wanted_inner = wanted.strip().partition("(")
    if base == "unknown":
        return True
    if base in {"array", "map"} and base == wanted_base:
        pairs = zip(parts(inner[:-1]), parts(wanted_inner[:-1]), strict=False)
        return all(widens(one, other) for one, other in pairs)
    if base == "row":
        return re.sub(r"\s", "", found) == re.sub(r"\s", "", wanted)
    if ("zone" in found) != ("zone" in wanted):
        return False
    return base == wanted_base or wanted_base in _WIDER.get(base, set())
