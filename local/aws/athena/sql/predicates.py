"""Conditions on values: comparisons, BETWEEN, IN, LIKE, IS NULL and those that hold a query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local.aws.athena.sql import operators
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.rules.calls import form
from local.aws.athena.sql.trees import has
from local.aws.athena.sql.types import BOOLEAN, VARCHAR, common, common_of
from local.aws.athena.sql.values import Value, refused, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.compilers import Expressions
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node


@form("PredicatedContext")
def predicated(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return a condition on a value."""
    predicate = node.predicate()
    if predicate is None:
        return compiler.value(node.valueExpression(), scope)
    found = _PREDICATES[type(predicate).__name__](
        compiler, predicate, compiler.value(node.valueExpression(), scope), scope
    )
    return Value(f"(NOT {found.sql})", BOOLEAN) if has(predicate, "NOT") else found


def _sign(node: Node) -> str:
    text = str(node.comparisonOperator().getText())
    return "<>" if text == "!=" else text


def _is_comparison(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    return operators.comparison(_sign(node), left, compiler.value(node.right, scope), node)


def _is_between(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    low, high = compiler.value(node.lower, scope), compiler.value(node.upper, scope)
    above = operators.comparison(">=", left, low, node)
    return Value(f"({above.sql} AND {operators.comparison('<=', left, high, node).sql})", BOOLEAN)


def _is_in_list(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    values = [compiler.value(each, scope) for each in node.expression()]
    kind = common_of([left.type, *(value.type for value in values)])
    if kind is None:
        raise refused("TYPE_MISMATCH", node, f"IN value and list items must be the same type: {left.type}")
    if kind.base in {"double", "array", "row"}:
        equal = [operators.comparison("=", left, value, node).sql for value in values]
        return Value(f"({' OR '.join(equal)})", BOOLEAN)
    operators.require_comparable(kind, "=", node)
    return Value(f"({coerced(left, kind).sql} IN ({', '.join(coerced(v, kind).sql for v in values)}))", BOOLEAN)


def _is_in_subquery(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    inner = compiler.queries.inside(node.query(), scope, "IN")
    if left.type.base == "row" and len(left.type.members) == len(inner.columns) > 1:
        raise unsupported("IN (query) of a row", node)
    if len(inner.columns) != 1:
        raise refused("TYPE_MISMATCH", node, f"Subquery must return one column; it returns {len(inner.columns)}")
    kind = common(left.type, inner.columns[0].type)
    if kind is None:
        raise refused(
            "TYPE_MISMATCH",
            node,
            f"Value and result of subquery must be of the same type: {left.type} vs {inner.columns[0].type}",
        )
    operators.require_comparable(kind, "=", node)
    if kind.base in {"double", "array"}:
        raise unsupported(f"IN (query) of {kind}", node)
    return Value(f"({coerced(left, kind).sql} IN ({inner.cast_to([kind])}))", BOOLEAN)


def _is_quantified_comparison(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    """Return a comparison with ALL or ANY."""
    inner = compiler.queries.inside(node.query(), scope, "a comparison")
    kind = common(left.type, inner.columns[0].type) if len(inner.columns) == 1 else None
    if kind is None:
        raise refused("TYPE_MISMATCH", node, "Value and result of subquery must be of the same type")
    operators.require_comparable(kind, "=", node)
    if kind.base in {"double", "array"}:
        raise unsupported(f"A comparison with ALL or ANY of {kind}", node)
    every = "ALL" if node.comparisonQuantifier().getText().upper() == "ALL" else "ANY"
    return Value(f"({coerced(left, kind).sql} {_sign(node)} {every} ({inner.cast_to([kind])}))", BOOLEAN)


def _is_like(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    pattern = compiler.value(node.pattern, scope)
    escape = compiler.value(node.escape, scope) if node.escape is not None else None
    for part in (left, pattern, *([escape] if escape else [])):
        if part.type.base not in {"varchar", "unknown"}:
            raise refused(
                "TYPE_MISMATCH",
                node,
                f"Left side of LIKE expression must evaluate to a varchar (actual: {part.type})",
            )
    a, b = coerced(left, VARCHAR).sql, coerced(pattern, VARCHAR).sql
    if escape is None:
        return Value(f"({a} LIKE {b})", BOOLEAN)
    if not (isinstance(escape.constant, str) and len(escape.constant) == 1 and isinstance(pattern.constant, str)):
        raise unsupported("LIKE … ESCAPE of what is not a literal", node)
    sign = re.escape(escape.constant)
    if re.search(rf"{sign}(?![%_{sign}])", re.sub(sign * 2, "", pattern.constant)):
        raise refused(
            "INVALID_FUNCTION_ARGUMENT",
            node,
            "Escape character must be followed by '%', '_' or the escape character itself",
        )
    return Value(f"({a} LIKE {b} ESCAPE {escape.sql})", BOOLEAN)


def _is_null_predicate(compiler: Expressions, _node: Node, left: Value, _scope: Scope) -> Value:
    return Value(f"({left.sql} IS NULL)", BOOLEAN)


def _is_distinct_from(compiler: Expressions, node: Node, left: Value, scope: Scope) -> Value:
    return Value(f"(NOT {operators.same(left, compiler.value(node.right, scope), node).sql})", BOOLEAN)


@form("ExistsContext")
def exists(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return EXISTS."""
    return Value(f"EXISTS ({compiler.queries.inside(node.query(), scope, 'EXISTS').sql})", BOOLEAN)


_PREDICATES: dict[str, Callable[[Expressions, Node, Value, Scope], Value]] = {
    "ComparisonContext": _is_comparison,
    "BetweenContext": _is_between,
    "InListContext": _is_in_list,
    "InSubqueryContext": _is_in_subquery,
    "QuantifiedComparisonContext": _is_quantified_comparison,
    "LikeContext": _is_like,
    "NullPredicateContext": _is_null_predicate,
    "DistinctFromContext": _is_distinct_from,
}
