"""Trino's operators: arithmetic with its types and roundings, comparisons, concatenation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.types import (
    BOOLEAN,
    DATE,
    DAYS,
    MONTHS,
    MOST_DIGITS,
    VARCHAR,
    WHOLE,
    Type,
    array,
    as_decimal,
    common,
    decimal,
)
from local.aws.athena.sql.values import Value, fails, let, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.syntax import Node

ORDERED = {*WHOLE, "boolean", "decimal", "double", "real", "varchar", "date", "timestamp", "timestamp with time zone",
           "varbinary", "interval day to second", "interval year to month", "unknown"}  # fmt: skip


def arithmetic(sign: str, left: Value, right: Value, node: Node) -> Value:
    """Return `left sign right`.

    Raises:
        QueryFailed: Trino has no such operator for these types, or we do not know it.
    """
    if "unknown" in (left.type.base, right.type.base):
        left, right = _alike_unknown(left, right)
    if left.type.is_number and right.type.is_number:
        return _numbers(sign, left, right, node)
    found = _times(sign, left, right, node)
    if found is None:
        raise refused("TYPE_MISMATCH", node, f"Cannot apply operator: {left.type} {sign} {right.type}")
    return found


def _alike_unknown(left: Value, right: Value) -> tuple[Value, Value]:
    """Return the operands, a NULL without a type as the other's type."""
    kinds = [v.type for v in (left, right) if v.type.base != "unknown"]
    kind = kinds[0] if kinds else Type("integer")
    return coerced(left, kind) if left.type.base == "unknown" else left, (
        coerced(right, kind) if right.type.base == "unknown" else right
    )


def _numbers(sign: str, left: Value, right: Value, node: Node) -> Value:
    kind = common(left.type, right.type)
    assert kind is not None  # noqa: S101 - both are numbers
    if kind.base == "decimal":
        return _decimals(sign, left, right)
    a, b = coerced(left, kind).sql, coerced(right, kind).sql
    if kind.base == "real":
        raise unsupported(f"Arithmetic of real ({left.type} {sign} {right.type})", node)
    if kind.base in WHOLE and sign in "/%":
        # no operand of a division by zero is folded away: DuckDB fails as Trino does
        return Value(f"({a} {'//' if sign == '/' else '%'} {b})", kind)
    if sign == "%":
        return Value(f"({a} % {b})", kind)
    return Value(f"({a} {sign} {b})", kind)


def _decimals(sign: str, left: Value, right: Value) -> Value:
    (p, s), (q, t) = as_decimal(left.type).digits, as_decimal(right.type).digits
    kind = {
        "+": decimal(max(p - s, q - t) + max(s, t) + 1, max(s, t)),
        "-": decimal(max(p - s, q - t) + max(s, t) + 1, max(s, t)),
        "*": decimal(p + q, s + t),
        "/": decimal(p + t + max(t - s, 0), max(s, t)),
        "%": decimal(min(p - s, q - t) + max(s, t), max(s, t)),
    }[sign]
    if kind.digits[1] > MOST_DIGITS or kind.digits[1] > kind.digits[0]:
        raise unsupported(f"{left.type} {sign} {right.type}")
    a, b = (coerced(v, as_decimal(v.type)).sql for v in (left, right))
    if sign == "/":
        text = f"t_divide(CAST({a} AS VARCHAR), CAST({b} AS VARCHAR), {kind.digits[0]}, {kind.digits[1]})"
    elif sign == "%":
        text = f"t_modulo(CAST({a} AS VARCHAR), CAST({b} AS VARCHAR), {kind.digits[1]})"
    elif sign == "*":
        text = f"({a} * {b})"
    else:
        text = f"(CAST({a} AS {kind.duckdb}) {sign} CAST({b} AS {kind.duckdb}))"
    return Value(f"CAST({text} AS {kind.duckdb})", kind)


def _times(sign: str, left: Value, right: Value, node: Node) -> Value | None:
    """Return a date or time moved by an interval, or what two intervals or times make."""
    a, b = left.type.base, right.type.base
    if sign == "+" and a in {DAYS.base, MONTHS.base} and b not in {DAYS.base, MONTHS.base}:
        return _times("+", right, left, node)
    if sign in "+-" and b in {DAYS.base, MONTHS.base}:
        if a == b:
            return Value(f"({left.sql} {sign} {right.sql})", left.type)
        amount = Value(f"(- {right.sql})" if sign == "-" else right.sql, right.type)
        return moved(left, amount, node)
    if sign == "-" and a == b and a in {"date", "timestamp", "timestamp with time zone"}:
        if (left.type.size or 0) > 3 or (right.type.size or 0) > 3:
            raise unsupported(f"{left.type} - {right.type}", node)
        return Value(f"(epoch_ms(CAST({left.sql} AS TIMESTAMP)) - epoch_ms(CAST({right.sql} AS TIMESTAMP)))", DAYS)
    if sign == "*" and (a, b) in {(DAYS.base, k) for k in WHOLE} | {(MONTHS.base, k) for k in WHOLE}:
        return Value(f"({left.sql} * {right.sql})", left.type)
    if sign == "*" and b in {DAYS.base, MONTHS.base} and a in WHOLE:
        return Value(f"({left.sql} * {right.sql})", right.type)
    if sign in "*/" and a in {DAYS.base, MONTHS.base} and right.type.is_number:
        raise unsupported(f"{left.type} {sign} {right.type}", node)
    return None


def moved(time: Value, amount: Value, node: Node) -> Value | None:
    """Return a date or timestamp moved by an interval, None where Trino cannot."""
    base = time.type.base
    if base not in {"date", "timestamp", "timestamp with time zone"}:
        return None
    if amount.type == MONTHS:
        if base == "timestamp with time zone" and time.type.zone != "UTC":
            raise unsupported("A timestamp in another zone than UTC moved by months", node)
        sql = f"({time.sql} + to_months(CAST({amount.sql} AS INTEGER)))"
        return Value(f"CAST({sql} AS DATE)" if base == "date" else sql, time.type)
    if base != "date":
        size = max(time.type.size or 0, 3)
        return Value(f"({time.sql} + to_milliseconds({amount.sql}))", Type(base, size, zone=time.type.zone))

    def day(when: str, milliseconds: str) -> str:
        problem = fails("INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date", "DATE")
        return (
            f"CASE WHEN {milliseconds} % 86400000 <> 0 THEN {problem} "
            f"ELSE CAST({when} + to_days(CAST({milliseconds} // 86400000 AS INTEGER)) AS DATE) END"
        )

    return Value(let([time, amount], day), DATE)


def negative(value: Value, node: Node) -> Value:
    """Return `- value`."""
    if not value.type.is_number and value.type not in {DAYS, MONTHS}:
        raise refused("TYPE_MISMATCH", node, f"Cannot negate {value.type}")
    return Value(f"(- {value.sql})", value.type, never_nan=value.never_nan)


def comparison(sign: str, left: Value, right: Value, node: Node) -> Value:
    """Return a comparison; NaN equals nothing.

    Raises:
        QueryFailed: the types cannot be compared, or we do not know how.
    """
    kind = common(left.type, right.type)
    if kind is None:
        raise refused("TYPE_MISMATCH", node, f"Cannot apply operator: {left.type} {sign} {right.type}")
    left, right = coerced(left, kind), coerced(right, kind)
    if kind.base == "row" and sign in {"=", "<>"}:
        return _rows(sign, left, right, node)
    require_comparable(kind, sign, node)
    if kind.base == "array":
        return Value(let([left, right], lambda a, b: _arrays(sign, a, b)), BOOLEAN)
    if kind.base == "double" and not (left.never_nan and right.never_nan):
        return Value(let([left, right], lambda a, b: _doubles(sign, a, b)), BOOLEAN)
    return Value(f"({left.sql} {sign} {right.sql})", BOOLEAN)


def _rows(sign: str, left: Value, right: Value, node: Node) -> Value:
    """Return whether rows are equal: member by member, null only if nothing else differs."""

    def told(a: str, b: str) -> str:
        members = [
            comparison("=", Value(f"({a}).f{p}", kind), Value(f"({b}).f{p}", kind), node).sql
            for p, kind in enumerate(left.type.members)
        ]
        equal = f"CASE WHEN {a} IS NULL OR {b} IS NULL THEN NULL ELSE {' AND '.join(members)} END"
        return equal if sign == "=" else f"(NOT ({equal}))"

    return Value(let([left, right], told), BOOLEAN)


def require_comparable(kind: Type, sign: str, node: Node) -> None:
    """Raise QueryFailed unless values of a type compare as in DuckDB."""
    plain = kind.members[0] if kind.base == "array" else kind
    if kind.base == "json" and sign not in {"=", "<>"}:
        raise refused("TYPE_MISMATCH", node, f"Cannot apply operator: {kind} {sign} {kind}")
    if (
        plain.base == "real"
        or (plain.base not in ORDERED and plain.base != "json")
        or (kind.members and plain.base == "double")
    ):
        raise unsupported(f"Comparison ({sign}) of {kind}", node)


def _doubles(sign: str, a: str, b: str) -> str:
    """Return a comparison of doubles in which NaN equals nothing and is not above anything."""
    outcome = "true" if sign == "<>" else "false"
    has_nan = f"(isnan({a}) AND {b} IS NOT NULL) OR (isnan({b}) AND {a} IS NOT NULL)"
    return f"CASE WHEN {has_nan} THEN {outcome} ELSE {a} {sign} {b} END"


def _arrays(sign: str, a: str, b: str) -> str:
    """Return a comparison of arrays; what Trino says of nulls inside is not known here."""
    problem = fails("Comparison of arrays that hold nulls", "BOOLEAN", known=False)
    null = f"len({a}) <> len(list_filter({a}, lambda nn: nn IS NOT NULL))"
    other = f"len({b}) <> len(list_filter({b}, lambda nn: nn IS NOT NULL))"
    return f"CASE WHEN {null} OR {other} THEN {problem} ELSE {a} {sign} {b} END"


def same(left: Value, right: Value, node: Node) -> Value:
    """Return `left IS NOT DISTINCT FROM right`."""
    kind = common(left.type, right.type)
    if kind is None:
        raise refused("TYPE_MISMATCH", node, f"Cannot apply operator: {left.type} IS DISTINCT FROM {right.type}")
    require_comparable(kind, "=", node)
    return Value(f"({coerced(left, kind).sql} IS NOT DISTINCT FROM {coerced(right, kind).sql})", BOOLEAN)


def concatenation(left: Value, right: Value, node: Node) -> Value:
    """Return `left || right`, of texts, or of arrays and their items."""
    if "unknown" in (left.type.base, right.type.base):
        raise unsupported("|| with NULL without a type", node)
    if {left.type.base, right.type.base} == {"varchar"}:
        a, b = coerced(left, VARCHAR), coerced(right, VARCHAR)
        return Value(f"({a.sql} || {b.sql})", VARCHAR)
    if "array" in (left.type.base, right.type.base):
        return _joined(left, right, node)
    if left.type.base == right.type.base == "varbinary":
        return Value(f"({left.sql} || {right.sql})", left.type)
    if "char" in (left.type.base, right.type.base):
        raise unsupported("char", node)
    raise refused("TYPE_MISMATCH", node, f"Unexpected parameters ({left.type}, {right.type}) for function concat")


def _joined(left: Value, right: Value, node: Node) -> Value:
    """Return arrays put together, or an item put to one; null if one of them is null, the item too."""
    if left.type.holds("unknown") != right.type.holds("unknown") and left.type.base == right.type.base:
        raise refused("AMBIGUOUS_FUNCTION_CALL", node, "Could not choose a best candidate operator")
    kind = common(left.type, right.type)
    sides = [left, right]
    if kind is None:
        of, item = (left, right) if left.type.base == "array" else (right, left)
        inner = common(of.type.members[0], item.type)
        if inner is None:
            raise refused(
                "TYPE_MISMATCH", node, f"Unexpected parameters ({left.type}, {right.type}) for function concat"
            )
        kind = array(inner)
        alone = coerced(item, inner).sql
        wrapped = Value(f"CASE WHEN {alone} IS NULL THEN NULL ELSE [{alone}] END", kind)
        sides = [coerced(of, kind) if side is of else wrapped for side in sides]
    a, b = (coerced(side, kind) for side in sides)
    sql = let([a, b], lambda x, y: f"CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL ELSE list_concat({x}, {y}) END")
    return Value(sql, kind)
