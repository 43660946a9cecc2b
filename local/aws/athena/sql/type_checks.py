"""What Trino refuses and DuckDB would let pass: types that do not go together, and aliases used too early.

A query that passes here must not fail on AWS, so `date = '2026-11-23'` is refused as Trino refuses it. Where sqlglot
cannot tell a type nothing is said, and DuckDB decides.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql.parse import AthenaSql

if TYPE_CHECKING:
    from local.aws.athena.sql.plan import Plan

Schema = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""For each relation its columns with their Trino types."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_SIGNS = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_UNRESOLVED = re.compile(
    r"Column '(?P<name>[^']+)' could not be resolved(?:\. Line: (?P<line>\d+), Col: (?P<col>\d+))?"
)


@lru_cache(maxsize=512)
def check(ready: Plan, schema: Schema) -> None:
    """Return if Trino would take a plan's query over tables of these columns.

    Raises:
        QueryFailed: it would not.
    """
    mapping = MappingSchema({name: dict(columns) for name, columns in schema}, dialect=AthenaSql, normalize=False)
    try:
        tree = qualify(
            ready.tree.copy(), schema=mapping, dialect=AthenaSql, expand_alias_refs=False, quote_identifiers=False,
            identify=False,
        )  # fmt: skip
        tree = annotate_types(tree, schema=mapping, dialect=AthenaSql)
    except OptimizeError as exc:
        _refuse_early_alias(ready, str(exc))
        return
    except SqlglotError:
        return  # the check is what sqlglot can; DuckDB decides
    for node in tree.walk():
        if isinstance(node, _COMPARISONS):
            _require_alike(node, node.this, node.expression, _SIGNS[type(node)])
        elif isinstance(node, exp.In):
            for item in node.expressions:
                _require_alike(node, node.this, item, "IN")
        elif isinstance(node, exp.Between):
            _require_alike(node, node.this, node.args["low"], "BETWEEN")
            _require_alike(node, node.this, node.args["high"], "BETWEEN")
        elif isinstance(node, (exp.DPipe, exp.Concat)):
            _require_text(node)
        elif isinstance(node, exp.SetOperation):
            _require_alike_columns(node)


def _refuse_early_alias(ready: Plan, problem: str) -> None:
    """Refuse a column that is an alias of the same SELECT; what is nowhere at all, DuckDB finds."""
    found = _UNRESOLVED.search(problem)
    aliases = {alias.alias.lower() for select in ready.tree.find_all(exp.Select) for alias in select.expressions}
    if found and found["name"].lower() in aliases:
        column = int(found["col"] or 1) - len(found["name"]) + 1
        raise QueryFailed(
            f"COLUMN_NOT_FOUND: line {found['line'] or 1}:{column}: Column '{found['name']}' cannot be resolved or "
            "requester is not authorized to access requested resources"
        )


def _family(node: exp.Expr) -> str | None:
    """Return the kind of values an expression has, None where that is not known."""
    kind = node.type
    if kind is None:
        return None
    if kind.this in exp.DataType.TEXT_TYPES:
        return "varchar"
    if kind.this in exp.DataType.NUMERIC_TYPES:
        return "number"
    if kind.this == exp.DataType.Type.BOOLEAN:
        return "boolean"
    if kind.this == exp.DataType.Type.DATE or kind.this in exp.DataType.TEMPORAL_TYPES:
        return "time"
    return None


def _named(node: exp.Expr) -> str:
    """Return Trino's name of an expression's type."""
    assert node.type is not None  # noqa: S101 - its family is known
    return node.type.sql(dialect=AthenaSql).lower()


def _require_alike(node: exp.Expr, left: exp.Expr, right: exp.Expr, sign: str) -> None:
    """Return if two expressions can be compared."""
    families = {_family(left), _family(right)}
    if None not in families and len(families) > 1:
        where = _where(node)
        raise QueryFailed(f"TYPE_MISMATCH: {where}: Cannot apply operator: {_named(left)} {sign} {_named(right)}")


def _require_text(node: exp.Expr) -> None:
    """Return if nothing but text is put together with text."""
    parts = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions
    families = {_family(part) for part in parts}
    if "varchar" in families and (strange := [part for part in parts if _family(part) not in {"varchar", None}]):
        where = _where(node)
        raise QueryFailed(
            f"TYPE_MISMATCH: {where}: Unexpected parameters for function concat: varchar with {_named(strange[0])}; "
            "CAST it AS varchar"
        )


def _require_alike_columns(node: exp.SetOperation) -> None:
    """Return if both sides of a UNION and its kin have columns of the same kinds."""
    for place, (left, right) in enumerate(zip(node.left.selects, node.right.selects, strict=False), start=1):
        families = {_family(left), _family(right)}
        if None not in families and len(families) > 1:
            raise QueryFailed(
                f"TYPE_MISMATCH: column {place} in {type(node).__name__.upper()} query has incompatible types: "
                f"{_named(left)}, {_named(right)}"
            )


def _where(node: exp.Expr) -> str:
    """Return where an expression begins, as far as its first name or call tells, in the words `line L:C`."""
    for found in node.find_all(exp.Identifier, exp.Func, bfs=False):
        if "start" in found.meta:
            width = found.meta["end"] - found.meta["start"]
            return f"line {found.meta['line']}:{found.meta['col'] - width}"
    return "line 1:1"
