"""Compile a query's text, parameters and database to DuckDB's SQL, with what it reads and returns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.aws.athena.errors import Malformed, QueryFailed
from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import NoCast
from local.aws.athena.sql.queries import Columns, Queries
from local.aws.athena.sql.scopes import Scope
from local.aws.athena.sql.trees import Out, Reads

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.syntax import Node
    from local.aws.athena.sql.values import Value


NOT_ANSWERED = (
    "NOT_SUPPORTED: {} statements are not supported by the embedded Athena; it answers SELECT, WITH, VALUES, TABLE, "
    "EXPLAIN, DESCRIBE, SHOW TABLES, SHOW PARTITIONS, SHOW COLUMNS and SHOW DATABASES. Tables and views are created "
    "through Glue."
)


@dataclass(frozen=True)
class Compiled:
    """DuckDB's SQL over relations named `database.table`, the columns it gives, and how often it reads each table."""

    sql: str
    columns: tuple[Out, ...]
    reads: Reads


def compiled(
    text: str, parameters: tuple[str, ...], database: str, columns_of: Callable[[str, str, str], Columns]
) -> Compiled:
    """Return a query compiled; `columns_of(database, table, where)` tells the columns of a table.

    Raises:
        Malformed: the text is not a Trino statement.
        QueryFailed: Athena refuses it, or we do not know what it gives.
    """
    tree = syntax.statement(text)
    if type(tree).__name__ != "StatementDefaultContext":
        raise QueryFailed(NOT_ANSWERED.format(tree.start.text.upper()))
    marks = [token for token in _tokens(tree) if token.text == "?"]
    if len(marks) != len(parameters):
        raise QueryFailed(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {len(marks)} but found "
            f"{len(parameters)}"
        )
    with_path = "$path" in text.lower()
    queries = Queries(lambda d, n, node: columns_of(d, n, syntax.where(node)), database, with_path=with_path)
    queries.places = {token.start: place for place, token in enumerate(marks)}
    queries.expressions.parameters = [_bound(queries, each) for each in parameters]
    try:
        found = queries.query(tree.query(), None)
    except NoCast as exc:
        raise QueryFailed(f"TYPE_MISMATCH: {exc}") from exc
    head = f"WITH {', '.join(queries.named)} " if queries.named else ""
    names = [out.name if out.name is not None else f"_col{place}" for place, out in enumerate(found.columns)]
    columns = tuple(Out(name, out.type) for name, out in zip(names, found.columns, strict=True))
    return Compiled(head + found.sql, columns, Counter(found.reads))


def _tokens(node: Node) -> list[Node]:
    """Return the tokens of a tree in their order."""
    if not hasattr(node, "getChildren"):
        return [node.symbol]
    return [token for child in node.getChildren() for token in _tokens(child)]


def _bound(queries: Queries, text: str) -> Value:
    """Return the value that a parameter's text is: a literal or an expression without names."""
    try:
        tree = syntax.expression(text)
        found = queries.expressions.value(tree, Scope(place="parameter"))
    except Malformed as exc:
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: Parameter {text!r} is not a SQL literal:  {exc}") from exc
    except QueryFailed as exc:
        if "COLUMN_NOT_FOUND" in str(exc):
            raise QueryFailed(
                f"COLUMN_NOT_FOUND: Parameter {text!r}: Column '{text}' cannot be resolved; a string parameter needs "
                f"its quotes: '{text}'"
            ) from exc
        raise
    if "SELECT" in text.upper().split("'")[0]:
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: Parameter {text!r} is a query")
    return found
