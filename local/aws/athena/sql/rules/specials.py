"""Functions with rules of their own: conditions, decimals, format, typeof."""

from __future__ import annotations

import re

from local.aws.athena.sql import operators
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.operators import ORDERED
from local.aws.athena.sql.rules.calls import FunctionCall, by_signature, require, rule
from local.aws.athena.sql.types import BIGINT, TEXT, UNKNOWN, VARCHAR, WHOLE, Type, common_of, decimal
from local.aws.athena.sql.values import Value, as_text, fails, let, quoted, refused

_DIRECTIVE = re.compile(r"%(?:%|n|[-+0, (#]*\d*(?:\.\d+)?[a-zA-Z])")


@rule("coalesce")
def coalesce(of: FunctionCall) -> Value:
    """Return the first value that is not null."""
    kind = common_of([value.type for value in of.values])
    if kind is None:
        raise refused("TYPE_MISMATCH", of.node, "All COALESCE operands must be the same type")
    if len(of.values) < 2:
        raise refused("INVALID_FUNCTION_ARGUMENT", of.node, "The 'coalesce' function must have at least two arguments")
    return Value(f"coalesce({', '.join(coerced(value, kind).sql for value in of.values)})", kind)


@rule("if")
def if_(of: FunctionCall) -> Value:
    """Return IF(condition, then, otherwise)."""
    if len(of.values) not in {2, 3}:
        raise refused("INVALID_FUNCTION_ARGUMENT", of.node, "Invalid number of arguments for 'if' function")
    condition, then, *rest = of.values
    otherwise = rest[0] if rest else Value("NULL", UNKNOWN)
    if condition.type.base not in {"boolean", "unknown"}:
        raise refused("TYPE_MISMATCH", of.node, "IF condition must evaluate to a boolean")
    kind = common_of([then.type, otherwise.type])
    if kind is None:
        raise refused("TYPE_MISMATCH", of.node, "Result types for IF must be the same")
    sql = f"(CASE WHEN {condition.sql} THEN {coerced(then, kind).sql} ELSE {coerced(otherwise, kind).sql} END)"
    return Value(sql, kind)


@rule("nullif")
def nullif(of: FunctionCall) -> Value:
    """Return null where both are equal, else the first."""
    if len(of.values) != 2:
        raise refused("INVALID_FUNCTION_ARGUMENT", of.node, "Invalid number of arguments for 'nullif' function")
    first, second = of.values
    equal = operators.comparison("=", first, second, of.node)
    return Value(f"(CASE WHEN {equal.sql} THEN NULL ELSE {first.sql} END)", first.type)


@rule("try")
def try_(of: FunctionCall) -> Value:
    """Return TRY(expression): null if it fails."""
    (value,) = of.values
    return Value(f"TRY({value.sql})", value.type)


@rule("greatest", "least")
def greatest(of: FunctionCall) -> Value:
    """Return the greatest or least value; null if one is null."""
    if not of.values:
        raise of.mismatch()
    kind = common_of([value.type for value in of.values])
    if kind is None or kind.base in {"map", "json"}:
        raise of.mismatch()
    if kind.base not in ORDERED - {"real", "timestamp with time zone"}:
        raise of.unsupported(f"{of.name} of {kind}")
    values = [coerced(value, kind) for value in of.values]

    def told(*each: str) -> str:
        null = " OR ".join(f"{one} IS NULL" for one in each)
        whens = f"WHEN {null} THEN NULL"
        if kind.base == "double" and not all(value.never_nan for value in values):
            nan = " OR ".join(f"isnan({one})" for one in each)
            whens += f" WHEN {nan} THEN {fails(f'{of.name} of NaN', 'DOUBLE', known=False)}"
        return f"(CASE {whens} ELSE {of.name}({', '.join(each)}) END)"

    return Value(let(values, told), kind)


@rule("typeof")
def typeof(of: FunctionCall) -> Value:
    """Return a type's name."""
    (value,) = of.exactly(1)
    kind = value.type
    if _has_unknown_length(kind) or kind.holds("row"):
        raise of.unsupported("typeof of a varchar whose length depends on a function, and of a row")
    return Value(quoted(str(kind)), VARCHAR)


def _has_unknown_length(kind: Type) -> bool:
    return (kind.base == "varchar" and kind.size == -1) or any(_has_unknown_length(member) for member in kind.members)


@rule("round", "floor", "ceil", "ceiling", "truncate", "abs", "sign")
def rounded(of: FunctionCall) -> Value:
    """Return a decimal rounded, cut or without its sign; other numbers by their lines."""
    if not of.values or of.values[0].type.base != "decimal":
        if of.values and of.values[0].type.base in {"tinyint", "smallint"}:
            raise of.unsupported(f"{of.name} of {of.values[0].type}")
        if of.name == "truncate" and of.values and of.values[0].type.base in WHOLE:
            raise of.unsupported("truncate of a whole number")
        return by_signature(of)
    value = of.values[0]
    precision, scale = value.type.digits
    if of.name == "abs":
        return Value(f"abs({value.sql})", value.type)
    if of.name == "sign":
        return Value(f"CAST(sign({value.sql}) AS DECIMAL(1,0))", decimal(1, 0))
    if len(of.values) > 1:
        if of.name not in {"round", "truncate"}:
            raise of.mismatch()
        digits = require(of, of.values[1], BIGINT)
        kind = decimal(precision + (of.name == "round"), scale)
        text = f"t_{of.name}_decimal(CAST({value.sql} AS VARCHAR), {digits.sql})"
        return Value(f"CAST({text} AS {kind.duckdb})", kind)
    kind = (
        decimal(precision - scale + min(scale, 1), 0)
        if of.name != "truncate"
        else decimal(max(precision - scale, 1), 0)
    )
    call = {"round": f"t_whole_of_decimal(CAST({value.sql} AS VARCHAR))"}.get(of.name)
    if call is None:
        name = {"ceiling": "ceil", "truncate": "trunc"}.get(of.name, of.name)
        call = f"{name}({value.sql})"
    return Value(f"CAST({call} AS {kind.duckdb})", kind)


@rule("mod")
def mod(of: FunctionCall) -> Value:
    """Return the remainder, as `%` does."""
    left, right = of.exactly(2)
    return operators.arithmetic("%", left, right, of.node)


@rule("format")
def format_(of: FunctionCall) -> Value:
    """Return Java's String.format of a literal pattern, for the directives that are known."""
    pattern, *values = of.values or [Value("NULL", UNKNOWN)]
    if pattern.type.base != "varchar":
        raise of.mismatch()
    if not isinstance(pattern.constant, str):
        raise of.unsupported("format by a pattern that is not a literal")
    parts, place, used = [], 0, 0
    for found in _DIRECTIVE.finditer(pattern.constant):
        parts.append(quoted(pattern.constant[place : found.start()]))
        place = found.end()
        if found[0] in {"%%", "%n"}:
            parts.append(quoted({"%%": "%"}.get(found[0], "\n")))
            continue
        if used >= len(values):
            raise refused("INVALID_FUNCTION_ARGUMENT", of.node, f"Invalid format string: {pattern.constant}")
        parts.append(_directive(of, found[0], values[used]))
        used += 1
    rest = pattern.constant[place:]
    if "%" in rest or "$" in rest:
        raise of.unsupported(f"format by {pattern.constant!r}")
    return Value(f"concat({', '.join([*parts, quoted(rest)])})", TEXT)


def _directive(of: FunctionCall, text: str, value: Value) -> str:
    sign, base = text[-1], value.type.base
    if not re.fullmatch(r"%(?:-?\d*(?:\.\d+)?s|[-+0,]*\d*d|0?\d*[xX]|b|[-+0,]*\d*(?:\.\d+)?f)", text):
        raise of.unsupported(f"format by {text}")
    if sign == "s" and base == "varchar":
        shown = value.sql
    elif base in WHOLE and sign in "dsxX":
        shown = f"CAST({value.sql} AS VARCHAR)"
    elif sign == "f" and base in {"decimal", "double"}:
        shown = as_text(value) if base == "decimal" else f"t_json_double({value.sql})"
    elif (sign == "s" and base in {"boolean", "date", "decimal"}) or (sign == "b" and base == "boolean"):
        shown = as_text(value)
    elif sign == "s" and base == "double":
        shown = f"t_json_double({value.sql})"
    else:
        raise of.unsupported(f"format of {value.type} by {text}")
    return f"t_formatted({shown}, {quoted(text)})"


@rule("current_date")
def current_date(of: FunctionCall) -> Value:
    """Refuse a call: it is not a function."""
    raise refused("FUNCTION_NOT_FOUND", of.node, "Function 'current_date' not registered")


@rule("regexp_replace", "split_to_map")
def no_lambda(of: FunctionCall) -> Value:
    """Return a call without lambda."""
    if any(of.is_lambda(place) for place in range(len(of.arguments))):
        raise of.unsupported(f"{of.name} with a lambda")
    return by_signature(of)
