"""Functions of maps."""

from __future__ import annotations

from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.rules.arrays import array_argument, renamed, require_count, truth, typed
from local.aws.athena.sql.rules.calls import FunctionCall, rule
from local.aws.athena.sql.types import UNKNOWN, WHOLE, Type, array, common_of, map_of, row
from local.aws.athena.sql.values import Value, fails, let


@rule("map")
def map_(of: FunctionCall) -> Value:
    """Return MAP(keys, values)."""
    if not of.arguments:
        return Value("MAP([]::INTEGER[], []::INTEGER[])", map_of(UNKNOWN, UNKNOWN))
    require_count(of, 2)
    keys, values = of.values
    if {keys.type.base, values.type.base} != {"array"}:
        raise of.mismatch()
    _require_key(of, keys.type.members[0])

    def built(k: str, v: str) -> str:
        length = fails("INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length", kind.duckdb)
        null = f"CASE WHEN {k} IS NULL OR {v} IS NULL THEN NULL WHEN len({k}) <> len({v}) THEN {length}"
        return f"{null} {_checked(k, v, kind)}"

    kind = map_of(keys.type.members[0], values.type.members[0])
    return Value(let([keys, values], built), kind)


def _checked(keys: str, values: str, kind: Type) -> str:
    """Return the end of a CASE that makes a map of keys that are neither null nor given twice."""
    null = fails("INVALID_FUNCTION_ARGUMENT: map key cannot be null", kind.duckdb)
    twice = fails("INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed", kind.duckdb)
    return (
        f"WHEN len({keys}) <> len(list_filter({keys}, lambda mk: mk IS NOT NULL)) THEN {null} "
        f"WHEN len({keys}) <> len(list_distinct({keys})) THEN {twice} ELSE map({keys}, {values}) END"
    )


def _require_key(of: FunctionCall, kind: Type) -> None:
    if kind.base not in {*WHOLE, "varchar", "boolean", "date", "decimal", "timestamp"}:
        raise of.unsupported(f"a map of keys of {kind}")


@rule("map_from_entries")
def map_from_entries(of: FunctionCall) -> Value:
    """Return the map of an array of pairs."""
    require_count(of, 1)
    held = array_argument(of)
    inner = held.type.members[0]
    if inner.base != "row" or len(inner.members) != 2:
        raise of.mismatch()
    _require_key(of, inner.members[0])

    def built(pairs: str) -> str:
        keys, values = (f"list_transform({pairs}, lambda me: me.f{place})" for place in (0, 1))
        return f"CASE WHEN {pairs} IS NULL THEN NULL {_checked(keys, values, kind)}"

    kind = map_of(*inner.members)
    return Value(let([held], built), kind)


def _maps(of: FunctionCall) -> list[Value]:
    kind = common_of([value.type for value in of.values])
    if kind is None or kind.base != "map":
        raise of.mismatch()
    _require_key(of, kind.members[0])
    return [coerced(value, kind) for value in of.values]


@rule("map_concat")
def map_concat(of: FunctionCall) -> Value:
    """Return maps put together; the last value of a key stays."""
    values = _maps(of)
    null = " OR ".join(f"{value.sql} IS NULL" for value in values)
    return Value(f"CASE WHEN {null} THEN NULL ELSE map_concat({', '.join(v.sql for v in values)}) END", values[0].type)


@rule("map_entries")
def map_entries(of: FunctionCall) -> Value:
    """Return a map as an array of pairs."""
    (held,) = _maps(of)
    sql = f"list_transform(map_entries({held.sql}), lambda me: struct_pack(f0 := me.key, f1 := me.value))"
    return Value(f"CASE WHEN {held.sql} IS NULL THEN NULL ELSE {sql} END", array(row(*held.type.members)))


@rule("map_filter", "transform_values", "transform_keys")
def map_lambda(of: FunctionCall) -> Value:
    """Return a map with its entries kept or changed by a lambda."""
    require_count(of, 2)
    held = of.compiler.value(of.arguments[0], of.scope)
    if held.type.base != "map":
        raise of.mismatch()
    (k, v), body = of.body(1, list(held.type.members))
    inside = renamed(typed(body), {k: f"{k}e.key", v: f"{k}e.value"})
    if of.name == "map_filter":
        truth(of, body)
        sql = f"map_from_entries(list_filter(map_entries({held.sql}), lambda {k}e: coalesce({inside}, false)))"
        return Value(f"CASE WHEN {held.sql} IS NULL THEN NULL ELSE {sql} END", held.type)
    if of.name == "transform_keys":
        _require_key(of, body.type)
        keys = f"list_transform(map_entries({held.sql}), lambda {k}e: {inside})"
        kind = map_of(body.type, held.type.members[1])
        bad = fails("Keys that are null or given twice of transform_keys", kind.duckdb, known=False)
        sql = let([held, Value(keys, array(body.type))], lambda m, ks: (
            f"CASE WHEN {m} IS NULL THEN NULL WHEN len(list_distinct({ks})) <> len({ks}) THEN {bad} "
            f"ELSE map({ks}, map_values({m})) END"
        ))  # fmt: skip
        return Value(sql, kind)
    values = f"list_transform(map_entries({held.sql}), lambda {k}e: {inside})"
    sql = f"CASE WHEN {held.sql} IS NULL THEN NULL ELSE map(map_keys({held.sql}), {values}) END"
    return Value(sql, map_of(held.type.members[0], body.type))
