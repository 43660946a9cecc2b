"""Functions of arrays and maps that take lambdas, or whose type a signature cannot express."""

from __future__ import annotations

from local.aws.athena.sql.casts import cast_sql, coerced
from local.aws.athena.sql.operators import ORDERED, concatenation, require_comparable
from local.aws.athena.sql.rules.calls import FunctionCall, by_signature, require, rule
from local.aws.athena.sql.rules.times import sequence_of_times
from local.aws.athena.sql.types import (
    BIGINT,
    BOOLEAN,
    TEXT,
    VARCHAR,
    WHOLE,
    array,
    common,
    row,
)
from local.aws.athena.sql.values import Value, fails, let, refused
from local.aws.athena.udf.times import TOO_LONG, WRONG_STOP

MOST_ITEMS = 10_000


def array_argument(of: FunctionCall, place: int = 0) -> Value:
    """Return an argument that must be an array."""
    value = of.compiler.value(of.arguments[place], of.scope) if of.arguments else of.ready[place]
    if value.type.base == "unknown":
        raise of.unsupported(f"{of.name}(NULL)")
    if value.type.base != "array":
        raise of.mismatch()
    return value


def require_count(of: FunctionCall, *allowed: int) -> None:
    """Raise QueryFailed unless a call has one of these numbers of arguments."""
    if len(of.arguments) not in allowed:
        raise refused("FUNCTION_NOT_FOUND", of.node, f"Unexpected parameters for function {of.name}")


def truth(of: FunctionCall, found: Value) -> str:
    """Return the SQL of a lambda's result, which must be a boolean."""
    if found.type.base == "unknown":
        raise of.unsupported(f"{of.name} by a lambda of NULL")
    if found.type.base != "boolean":
        raise of.mismatch()
    return found.sql


@rule("transform")
def transform(of: FunctionCall) -> Value:
    """Return an array with each item changed by a lambda."""
    require_count(of, 2)
    held = array_argument(of)
    (name,), body = of.body(1, [held.type.members[0]])
    return Value(f"list_transform({held.sql}, lambda {name}: {typed(body)})", array(body.type))


def typed(value: Value) -> str:
    """Return a value's SQL, a NULL without type as DuckDB's number."""
    return "CAST(NULL AS INTEGER)" if value.type.base == "unknown" else value.sql


@rule("filter")
def filter_(of: FunctionCall) -> Value:
    """Return filter(array, x -> …)."""
    require_count(of, 2)
    held = array_argument(of)
    (name,), body = of.body(1, [held.type.members[0]])
    return Value(f"list_filter({held.sql}, lambda {name}: coalesce({truth(of, body)}, false))", held.type)


@rule("any_match", "all_match", "none_match")
def matches(of: FunctionCall) -> Value:
    """Return any_match and its kin: null if the result depends on a null."""
    require_count(of, 2)
    held = array_argument(of)
    (name,), body = of.body(1, [held.type.members[0]])
    found = f"list_transform({held.sql}, lambda {name}: {truth(of, body)})"
    decisive, otherwise = ("false", "true") if of.name == "all_match" else ("true", "false")

    def told(values: str) -> str:
        null = f"len({values}) <> len(list_filter({values}, lambda nm: nm IS NOT NULL))"
        answer = (
            f"CASE WHEN list_contains({values}, {decisive}) THEN {decisive} WHEN {null} THEN NULL ELSE {otherwise} END"
        )
        return f"CASE WHEN {values} IS NULL THEN NULL ELSE {answer} END"

    sql = let([Value(found, array(BOOLEAN))], told)
    return Value(f"(NOT {sql})" if of.name == "none_match" else f"({sql})", BOOLEAN)


@rule("reduce")
def reduce(of: FunctionCall) -> Value:
    """Return an array folded from a start by one lambda, and finished by another."""
    require_count(of, 4)
    held, start = array_argument(of), of.compiler.value(of.arguments[1], of.scope)
    if start.type.base == "unknown":
        raise of.unsupported("reduce from NULL")
    (state, item), merged = of.body(2, [start.type, held.type.members[0]])
    kind = start.type
    if merged.type.base != kind.base or (merged.type != kind and kind.base in {"decimal", "array", "map", "row"}):
        wider = common(merged.type, kind)
        if wider is None or wider.like != kind.like:
            raise of.mismatch()
    (result,), finished = of.body(3, [kind])
    merged_sql = coerced(merged, kind).sql if merged.type != kind else merged.sql
    # DuckDB's list_reduce wants items and state of one type: both live in a struct
    pair = f"struct_pack(s := CAST(NULL AS {kind.duckdb}), i := x_)"
    items = f"list_transform({held.sql}, lambda x_: {pair})"
    step = f"struct_pack(s := {merged_sql}, i := CAST(NULL AS {held.type.members[0].duckdb}))"
    names = (f"{state}p", f"{item}p")
    step = renamed(step, {state: f"{names[0]}.s", item: f"{names[1]}.i"})
    first = f"struct_pack(s := {start.sql}, i := CAST(NULL AS {held.type.members[0].duckdb}))"
    folded = f"list_reduce({items}, lambda {names[0]}, {names[1]}: {step}, {first})"
    ended = f"list_transform([({folded}).s], lambda {result}: {typed(finished)})[1]"
    whole = f"CASE WHEN {held.sql} IS NULL THEN NULL ELSE {ended} END"
    return Value(whole, finished.type)


def renamed(sql: str, names: dict[str, str]) -> str:
    """Return SQL with some of our own unique names replaced."""
    import re

    return re.sub(r"\b(l\d+)\b", lambda found: names.get(found[1], found[1]), sql)


@rule("zip")
def zip_(of: FunctionCall) -> Value:
    """Return arrays side by side as rows; the shorter are filled with nulls."""
    if not 2 <= len(of.arguments) <= 5:
        raise of.unsupported("zip of one array")
    values = of.values
    if any(value.type.base != "array" for value in values):
        raise of.mismatch()

    def rows(*arrays: str) -> str:
        length = f"greatest({', '.join(f'len({a})' for a in arrays)})"
        members = ", ".join(f"f{p} := list_extract({a}, zi)" for p, a in enumerate(arrays))
        null = " OR ".join(f"{a} IS NULL" for a in arrays)
        beside = f"list_transform(range(1, {length} + 1), lambda zi: struct_pack({members}))"
        return f"CASE WHEN {null} THEN NULL ELSE {beside} END"

    return Value(let(values, rows), array(row(*(value.type.members[0] for value in values))))


@rule("zip_with")
def zip_with(of: FunctionCall) -> Value:
    """Return two arrays made one by a lambda."""
    require_count(of, 3)
    left, right = array_argument(of, 0), array_argument(of, 1)
    (x, y), body = of.body(2, [left.type.members[0], right.type.members[0]])

    def joined(a: str, b: str) -> str:
        pair = f"struct_pack(x := list_extract({a}, zi), y := list_extract({b}, zi))"
        rows = f"list_transform(range(1, greatest(len({a}), len({b})) + 1), lambda zi: {pair})"
        inside = renamed(typed(body), {x: f"{x}p.x", y: f"{x}p.y"})
        return f"CASE WHEN {a} IS NULL OR {b} IS NULL THEN NULL ELSE list_transform({rows}, lambda {x}p: {inside}) END"

    return Value(let([left, right], joined), array(body.type))


@rule("array_join")
def array_join(of: FunctionCall) -> Value:
    """Return an array's items as text, nulls left out or named."""
    require_count(of, 2, 3)
    held, *rest = of.values
    if held.type.base != "array":
        raise of.mismatch()
    rest = [require(of, value, VARCHAR) for value in rest]
    inner = held.type.members[0]
    if inner.base not in {*WHOLE, "varchar", "boolean", "unknown", "decimal", "double", "date", "timestamp"}:
        raise of.unsupported(f"array_join of {held.type}")
    shown = "x_" if inner.base == "varchar" else cast_sql(Value("x_", inner), VARCHAR)
    if inner.base == "unknown":
        shown = "CAST(x_ AS VARCHAR)"
    texts = f"list_transform({held.sql}, lambda x_: {shown})"
    kept = (
        f"list_transform({texts}, lambda y_: coalesce(y_, {rest[1].sql}))"
        if len(rest) > 1
        else f"list_filter({texts}, lambda y_: y_ IS NOT NULL)"
    )
    problem = " OR ".join(f"{value.sql} IS NULL" for value in rest)
    joined = f"CASE WHEN len({kept}) = 0 THEN '' ELSE array_to_string({kept}, {rest[0].sql}) END"
    return Value(f"CASE WHEN {held.sql} IS NULL OR {problem} THEN NULL ELSE {joined} END", TEXT)


@rule("array_sort")
def array_sort(of: FunctionCall) -> Value:
    """Return array_sort; with a lambda only where it is a comparison of the two by one key."""
    if not of.is_lambda(1):
        return by_signature(of)
    held = array_argument(of)
    inner = held.type.members[0]
    if inner.base not in ORDERED - {"double", "real"}:
        raise of.unsupported(f"array_sort of {held.type} by a lambda")
    (x, y), body = of.body(1, [inner, inner])
    if body.type.base not in {*WHOLE}:
        raise of.mismatch()

    def ordered(items: str) -> str:
        # the place of an item is the number of items that the lambda puts before it; equal ones keep their order
        before = renamed(body.sql, {x: f"{x}a", y: f"{x}b"})
        place = f"len(list_filter({items}, lambda {x}a, {x}j: ({before}) < 0 OR (({before}) = 0 AND {x}j < {x}i)))"
        pairs = f"list_transform({items}, lambda {x}b, {x}i: struct_pack(p := {place}, v := {x}b))"
        problem = fails("array_sort by a lambda of an array that holds nulls", held.type.duckdb, known=False)
        null = f"len({items}) <> len(list_filter({items}, lambda nn: nn IS NOT NULL))"
        return f"CASE WHEN {null} THEN {problem} ELSE list_transform(list_sort({pairs}), lambda sp: sp.v) END"

    return Value(let([held], ordered), held.type)


@rule("sequence")
def sequence(of: FunctionCall) -> Value:
    """Return a sequence of numbers, dates or timestamps; without a step it counts up or down."""
    require_count(of, 2, 3)
    values = of.values
    if all(value.type.base in {*WHOLE, "unknown"} for value in values):
        first, last, *step = (coerced(value, BIGINT) for value in values)
        by = step[0] if step else Value(f"CASE WHEN {first.sql} <= {last.sql} THEN 1 ELSE -1 END", BIGINT)

        def numbers(a: str, b: str, s: str) -> str:
            wrong, many = fails(WRONG_STOP, "BIGINT[]"), fails(TOO_LONG, "BIGINT[]")
            zero = fails("INVALID_FUNCTION_ARGUMENT: step must not be zero", "BIGINT[]")
            return (
                f"CASE WHEN {s} = 0 THEN {zero} WHEN ({s} > 0 AND {b} < {a}) OR ({s} < 0 AND {b} > {a}) THEN {wrong} "
                f"WHEN ({b} - {a}) // {s} >= {MOST_ITEMS} THEN {many} ELSE generate_series({a}, {b}, {s}) END"
            )

        return Value(let([first, last, by], numbers), array(BIGINT))
    return sequence_of_times(of)


@rule("element_at")
def element_at(of: FunctionCall) -> Value:
    """Return an item by its place, or a map's value by its key; null if there is none."""
    require_count(of, 2)
    held, key = of.values
    if held.type.base == "array":
        place = require(of, key, BIGINT)
        problem = fails("INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1", held.type.members[0].duckdb)
        return Value(
            let(
                [held, place],
                lambda a, i: f"CASE WHEN {i} = 0 AND {a} IS NOT NULL THEN {problem} ELSE list_extract({a}, {i}) END",
            ),
            held.type.members[0],
        )
    if held.type.base == "map":
        return Value(
            f"map_extract_value({held.sql}, {require(of, key, held.type.members[0]).sql})", held.type.members[1]
        )
    raise of.mismatch()


@rule("concat")
def concat(of: FunctionCall) -> Value:
    """Return texts, or arrays, put together."""
    if len(of.arguments) < 2:
        raise refused("FUNCTION_NOT_FOUND", of.node, "There must be two or more concatenation arguments")
    found = of.values[0]
    for value in of.values[1:]:
        if "unknown" in (found.type.base, value.type.base):
            known = found.type if value.type.base == "unknown" else value.type
            if known.base != "varchar":
                raise of.unsupported("concat of NULL without a type")
            found, value = coerced(found, VARCHAR), coerced(value, VARCHAR)  # noqa: PLW2901 - as texts
        if {found.type.base, value.type.base} & {"varchar"} and {found.type.base, value.type.base} - {
            "varchar",
            "unknown",
        }:
            raise of.mismatch()
        found = concatenation(found, value, of.node)
    return found


@rule("concat_ws")
def concat_ws(of: FunctionCall) -> Value:
    """Return texts with a separator between; nulls are left out."""
    if len(of.arguments) < 2:
        raise of.mismatch()
    separator, *values = of.values
    if len(values) == 1 and values[0].type.base == "array":
        texts = require(of, values[0], array(VARCHAR)).sql
    else:
        texts = f"[{', '.join(require(of, value, VARCHAR).sql for value in values)}]"
    kept = f"list_filter({texts}, lambda cw: cw IS NOT NULL)"
    sign = require(of, separator, VARCHAR).sql
    joined = f"CASE WHEN len({kept}) = 0 THEN '' ELSE array_to_string({kept}, {sign}) END"
    sql = f"CASE WHEN {sign} IS NULL OR {texts} IS NULL THEN NULL ELSE {joined} END"
    return Value(sql, TEXT)


@rule("array_position", "contains")
def searched(of: FunctionCall) -> Value:
    """Return where, or whether, an array holds a value."""
    if len(of.values) > 1 and of.values[0].type.base == "array":
        require_comparable(of.values[0].type.members[0], "=", of.node)
    return by_signature(of)
