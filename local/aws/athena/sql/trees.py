"""Compiled relations and queries, and properties of a parse tree before it is compiled."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.values import Value, fresh, refused, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.aws.athena.sql.scopes import Column
    from local.aws.athena.sql.syntax import Node
    from local.aws.athena.sql.types import Type

Reads = Counter[str]
"""The number of times that each table is read."""


@dataclass
class Relation:
    """A relation in FROM: DuckDB's SQL, its columns, and how often it reads which table."""

    sql: str
    columns: list[Column]
    reads: Reads = field(default_factory=Counter)


@dataclass(frozen=True)
class Out:
    """A column that a query gives."""

    name: str | None
    type: Type


@dataclass
class Query:
    """DuckDB's SQL of a query whose columns are c0, c1 …, and how often it reads which table."""

    sql: str
    columns: list[Out]
    reads: Reads = field(default_factory=Counter)

    def cast_to(self, kinds: list[Type]) -> str:
        """Return the query with its columns as other types to which they coerce."""
        if [column.type for column in self.columns] == kinds:
            return self.sql
        alias = fresh("q")
        casts = (
            f"{coerced(Value(f'{alias}.c{p}', column.type), kind).sql} AS c{p}"
            for p, (column, kind) in enumerate(zip(self.columns, kinds, strict=True))
        )
        return f"SELECT {', '.join(casts)} FROM ({self.sql}) AS {alias}"


def renamed(node: Node, columns: Sequence[str | None], name: str) -> list[str | None]:
    """Return the names that `(a, b)` after an alias gives to columns, or their own; refuse another number of them."""
    if node.columnAliases() is None:
        return list(columns)
    given: list[str | None] = [syntax.name_of(each) for each in node.columnAliases().identifier()]
    if len(given) != len(columns):
        raise refused(
            "MISMATCHED_COLUMN_ALIASES",
            node,
            f"Column alias list has {len(given)} entries but '{name}' has {len(columns)} columns available",
        )
    return given


def only(node: Node) -> Node:
    """Return an expression's node without the levels that have only one child."""
    while (
        node.getChildCount() == 1
        and type(node).__name__ != "ColumnReferenceContext"
        and type(node.getChild(0)).__name__ != "TerminalNodeImpl"
    ):
        node = node.getChild(0)
    return node


def mentions(node: Node, name: str) -> bool:
    """Return whether a query reads a relation of this name."""
    if type(node).__name__ == "TableNameContext":
        return str(node.qualifiedName().getText()).lower() == name
    return any(mentions(child, name) for child in node.getChildren()) if hasattr(node, "getChildren") else False


def is_plain(node: Node) -> bool:
    """Return whether a query is one SELECT without GROUP BY, HAVING, DISTINCT, ORDER BY and LIMIT."""
    inner = node.queryNoWith()
    if (
        node.with_() is not None
        or inner.getChildCount() != 1
        or type(inner.queryTerm()).__name__ != "QueryTermDefaultContext"
    ):
        return False
    primary = inner.queryTerm().queryPrimary()
    if type(primary).__name__ != "QueryPrimaryDefaultContext":
        return False
    select = primary.querySpecification()
    return select.groupBy() is None and select.having is None and select.setQuantifier() is None


def require_distinct(kind: Type, node: Node) -> None:
    """Raise QueryFailed unless DuckDB finds the same values equal as Trino does."""
    if kind.holds("json", "double", "real", "map", "row") or (
        kind.base == "timestamp with time zone" and kind.zone is None
    ):
        if kind.base == "double":
            return
        raise unsupported(f"DISTINCT or GROUP BY of {kind}", node)


def has(node: Node, *words: str) -> bool:
    """Return whether a node has one of these words among its own tokens."""
    return any(
        type(child).__name__ == "TerminalNodeImpl" and child.getText().upper() in words for child in node.getChildren()
    )


def own_name(node: Node) -> str | None:
    """Return the name that a column has without an alias: that of its column or member."""
    inner = only(node)
    kind = type(inner).__name__
    if kind == "DereferenceContext":
        return syntax.name_of(inner.fieldName)
    return syntax.name_of(inner.identifier()) if kind == "ColumnReferenceContext" else None
