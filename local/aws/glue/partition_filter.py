"""GetPartitions' Expression: a condition over partition keys, in the SQL that Glue documents."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

if TYPE_CHECKING:
    from collections.abc import Callable

Key = dict[str, str]

_COMPARED: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}
_WHOLE = {"tinyint", "smallint", "int", "bigint"}


class BadExpression(ValueError):
    """The expression is not valid for Glue; the text says why."""


def condition(expression: str, keys: list[Key]) -> Callable[[list[str]], bool]:
    """Return a function that tells whether a partition's values meet `expression`.

    Raises:
        BadExpression: it cannot be read, or names no partition key.
    """
    if not expression.strip():
        return lambda _values: True
    try:
        tree = sqlglot.parse_one(expression, dialect="hive")
    except (ParseError, TokenError) as exc:
        raise BadExpression(f"Unable to parse expression: {expression!r}") from exc
    kinds = {key["Name"].lower(): key["Type"].lower() for key in keys}
    for column in tree.find_all(exp.Column):
        if column.name.lower() not in kinds:
            raise BadExpression(f"Column {column.name} is not a partition key")

    def meets(values: list[str]) -> bool:
        typed = {name: _typed(value, kind) for (name, kind), value in zip(kinds.items(), values, strict=True)}
        return bool(_holds(tree, typed, expression))

    return meets


def _typed(value: str, kind: str) -> Any:
    """Return a partition's value as its key's type compares."""
    return int(value) if kind in _WHOLE else value


def _holds(node: exp.Expr, values: dict[str, Any], expression: str) -> bool:
    """Return whether a condition holds."""
    if isinstance(node, exp.Paren):
        return _holds(node.this, values, expression)
    if isinstance(node, exp.And):
        return _holds(node.left, values, expression) and _holds(node.right, values, expression)
    if isinstance(node, exp.Or):
        return _holds(node.left, values, expression) or _holds(node.right, values, expression)
    if isinstance(node, exp.Not):
        return not _holds(node.this, values, expression)
    return _compares(node, values, expression)


def _compares(node: exp.Expr, values: dict[str, Any], expression: str) -> bool:
    """Return whether a comparison holds."""

    def value(of: exp.Expr) -> Any:
        return _value(of, values, expression)

    if type(node) in _COMPARED:
        left, right = value(node.this), value(node.args["expression"])
        if type(left) is not type(right):
            raise BadExpression(f"{left!r} and {right!r} are not of one type in {expression!r}")
        return _COMPARED[type(node)](left, right)
    if isinstance(node, exp.Between):
        return bool(value(node.args["low"]) <= value(node.this) <= value(node.args["high"]))
    if isinstance(node, exp.In):
        return value(node.this) in [value(item) for item in node.expressions]
    if isinstance(node, exp.Like):
        pattern = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in str(value(node.expression)))
        return re.fullmatch(pattern, str(value(node.this))) is not None
    if isinstance(node, exp.Is):
        return False  # a partition's value is never null
    raise BadExpression(f"Unsupported expression: {expression!r}")


def _value(node: exp.Expr, values: dict[str, Any], expression: str) -> Any:
    """Return a key's value or a literal."""
    if isinstance(node, exp.Column):
        return values[node.name.lower()]
    if isinstance(node, exp.Literal):
        return node.name if node.is_string else int(node.name)
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        return node.this.name
    raise BadExpression(f"Unsupported expression: {expression!r}")
