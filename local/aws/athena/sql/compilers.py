"""The interfaces of the compilers of expressions and of queries, each of which uses the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node
    from local.aws.athena.sql.trees import Query, Reads, Relation
    from local.aws.athena.sql.types import Type
    from local.aws.athena.sql.values import Value


class Expressions(Protocol):
    """The compiler of expressions; every method raises QueryFailed for what Athena refuses or we do not know."""

    @property
    def queries(self) -> Queries:
        """The compiler of the queries inside of expressions."""

    def value(self, node: Node, scope: Scope) -> Value:
        """Return an expression compiled in a scope."""

    def truth(self, node: Node, scope: Scope, clause: str) -> Value:
        """Return a condition."""

    def type(self, text: str, node: Node) -> Type:
        """Return the type that a text names."""

    def in_zone(self, value: Value, name: str, node: Node) -> Value:
        """Return a time in another zone."""

    def zone(self, name: str, node: Node) -> str:
        """Return a zone's name as DuckDB takes it."""

    def as_time(self, text: Value, node: Node) -> Value:
        """Return the time that a text in ISO 8601 gives."""


class Queries(Protocol):
    """The compiler of queries over a catalogue's tables."""

    places: dict[int, int]
    in_where: set[int]

    @property
    def expressions(self) -> Expressions:
        """The compiler of the expressions inside of queries."""

    @property
    def expressions_reads(self) -> Reads:
        """The tables that the queries inside of expressions read."""

    def query(self, node: Node, outer: Scope | None) -> Query:
        """Return a query."""

    def inside(self, node: Node, scope: Scope, what: str) -> Query:
        """Return a query inside of an expression."""

    def table(self, node: Node) -> Relation:
        """Return a table or a view by its name."""

    def limit(self, node: Node) -> str:
        """Return the SQL of OFFSET and LIMIT."""

    def sort_value(self, node: Node, outputs: list[Value], scope: Scope) -> Value:
        """Return the value of a sort item."""
