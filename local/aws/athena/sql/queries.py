"""Queries: WITH, SELECT, GROUP BY, set operations, ORDER BY and LIMIT, each part over the part before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql import forms, predicates, relations, syntax  # noqa: F401 - they register forms
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.expressions import Expressions
from local.aws.athena.sql.rules import aggregates, arrays, maps, specials, times  # noqa: F401 - they register rules
from local.aws.athena.sql.scopes import Column, Scope
from local.aws.athena.sql.select import Select
from local.aws.athena.sql.trees import Out, Query, Reads, Relation, is_plain, mentions, only, renamed, require_distinct
from local.aws.athena.sql.types import UNKNOWN, Type, common, common_of
from local.aws.athena.sql.values import Value, fresh, refused, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.syntax import Node

Columns = list[tuple[str, Type]]

MOST_RECURSIONS = 10
"""Trino's max_recursion_depth: it writes the step out so often."""


class Queries:
    """The compiler of queries over a catalogue's tables."""

    def __init__(self, columns_of: Callable[[str, str, Node], Columns], database: str, *, with_path: bool) -> None:
        self.columns_of, self.database, self.with_path = columns_of, database, with_path
        self.expressions = Expressions(self)
        self.named: list[str] = []
        self.known: list[dict[str, Query]] = [{}]
        self.places: dict[int, int] = {}
        self.in_where: set[int] = set()

    # --- WITH

    def query(self, node: Node, outer: Scope | None) -> Query:
        """Return a query with the queries that it names."""
        if node.with_() is None:
            return self._without_with(node.queryNoWith(), outer)
        self.known.append(dict(self.known[-1]))
        own: set[str] = set()
        for each in node.with_().namedQuery():
            name = syntax.name_of(each.name).lower()
            if name in own:
                raise refused("DUPLICATE_NAMED_QUERY", each, f"WITH query name '{name}' specified more than once")
            own.add(name)
            recursive = node.with_().RECURSIVE() is not None and mentions(each.query(), name)
            self.known[-1][name] = self._recursive(each, name) if recursive else self._named(each, name)
        found = self._without_with(node.queryNoWith(), outer)
        self.known.pop()
        return found

    def _named(self, node: Node, name: str) -> Query:
        found = self.query(node.query(), None)
        columns = _aliased(node, found, name)
        relation = fresh("w")
        self.named.append(f"{relation} AS ({found.sql})")
        return Query(relation, columns, found.reads)

    def _recursive(self, node: Node, name: str) -> Query:
        """Return a query that reads itself: at most ten times, as Trino does."""
        term = node.query().queryNoWith().queryTerm()
        if (
            type(term).__name__ != "SetOperationContext"
            or term.operator.text.upper() != "UNION"
            or term.setQuantifier() is None
            or term.setQuantifier().getText().upper() != "ALL"
            or node.query().with_() is not None
        ):
            raise unsupported("a recursive query that is not a UNION ALL", node)
        if node.columnAliases() is None:
            raise refused("MISSING_COLUMN_ALIASES", node, "missing column aliases in recursive WITH query")
        base = self._term(term.left, None)
        columns = _aliased(node, base, name)
        levels = [fresh("w")]
        self.named.append(f"{levels[0]} AS ({base.sql})")
        reads = Counter(base.reads)
        for _ in range(MOST_RECURSIONS + 1):
            self.known[-1][name] = Query(levels[-1], columns)
            step = self._term(term.right, None)
            if [each.type for each in step.columns] != [each.type for each in columns]:
                raise unsupported("a recursive query whose step gives other types than its start", node)
            levels.append(fresh("w"))
            self.named.append(f"{levels[-1]} AS ({step.sql})")
            reads += step.reads
        shown = ", ".join(f"c{p}" for p in range(len(columns)))
        every = " UNION ALL ".join(f"SELECT {shown} FROM {level}" for level in levels[:-1])
        problem = "t_fail(concat('NOT_SUPPORTED: Recursion depth limit exceeded (10)', left(CAST(c0 AS VARCHAR), 0)))"
        relation = fresh("w")
        self.named.append(f"{relation} AS ({every} UNION ALL SELECT {shown} FROM {levels[-1]} WHERE {problem} IS NULL)")
        return Query(relation, columns, reads)

    def table(self, node: Node) -> Relation:
        """Return the relation of a name in FROM: a query of WITH, or a table of the catalog."""
        names = [syntax.name_of(each).lower() for each in node.identifier()]
        if len(names) == 1 and names[0] in self.known[-1]:
            found, alias = self.known[-1][names[0]], fresh("t")
            columns = [Column(c.name, c.type, f"{alias}.c{p}", (names[0],)) for p, c in enumerate(found.columns)]
            return Relation(f"{found.sql} AS {alias}", columns, found.reads)
        if len(names) > 2:
            if names[0] != "awsdatacatalog":
                raise refused("CATALOG_NOT_FOUND", node, f"Catalog '{names[0]}' does not exist")
            names = names[1:]
        database, name = (names if len(names) > 1 else [self.database.lower(), names[0]])[:2]
        return relations.of_table(database, name, self.columns_of(database, name, node), with_path=self.with_path)

    def inside(self, node: Node, scope: Scope, what: str) -> Query:
        """Return a query inside of an expression, which may name the columns around it."""
        around = Scope([], scope, scope.instead, place="subquery")
        found = self.query(node, around)
        self.expressions_reads.update(found.reads)
        if around.borrowed and not is_plain(node):
            raise unsupported(f"a correlated subquery with GROUP BY, LIMIT or a set operation as {what}", node)
        return found

    @property
    def expressions_reads(self) -> Reads:
        """Return the tables that the queries inside of expressions read."""
        return self._reads[-1]

    _reads: list[Reads] = [Counter()]  # noqa: RUF012 - replaced for each SELECT

    # --- ORDER BY, LIMIT and what they order

    def _without_with(self, node: Node, outer: Scope | None) -> Query:
        if type(node.queryTerm()).__name__ == "QueryTermDefaultContext":
            primary = node.queryTerm().queryPrimary()
            if type(primary).__name__ == "QueryPrimaryDefaultContext":
                return self._select(primary.querySpecification(), node, outer)
        found = self._term(node.queryTerm(), outer)
        alias = fresh("q")
        columns = [Column(c.name, c.type, f"{alias}.c{p}") for p, c in enumerate(found.columns)]
        shown = ", ".join(f"{alias}.c{p}" for p in range(len(columns)))
        rest = f"{self._order(node, columns)}{self.limit(node)}"
        return Query(f"SELECT {shown} FROM ({found.sql}) AS {alias}{rest}", found.columns, found.reads)

    def limit(self, node: Node) -> str:
        """Return LIMIT and OFFSET, as they stand."""
        if node.TIES() is not None:
            raise unsupported("FETCH FIRST … WITH TIES", node)
        out = ""
        count = None
        if node.limit is not None and node.limit.rowCount() is not None:
            count = node.limit.rowCount().getText()
        elif node.FETCH() is not None:
            count = node.fetchFirst.getText() if node.fetchFirst is not None else "1"
        if "?" in {count, node.offset.getText() if node.offset is not None else ""}:
            raise QueryFailed("INVALID_PARAMETER_USAGE: Execution parameters stand in WHERE clauses only (Athena)")
        if count is not None:
            out += f" LIMIT {int(count)}"
        return out + (f" OFFSET {int(node.offset.getText())}" if node.offset is not None else "")

    def _order(self, node: Node, columns: list[Column]) -> str:
        """Return the ORDER BY of a set operation or of VALUES over its columns."""
        outputs, scope = [Value(str(c.sql), c.type) for c in columns], Scope(columns, place="ORDER BY")
        items = [
            aggregates.sort_item(self.expressions, each, scope, self.sort_value(each.expression(), outputs, scope))
            for each in node.sortItem()
        ]
        return f" ORDER BY {', '.join(items)}" if items else ""

    def sort_value(self, node: Node, outputs: list[Value], scope: Scope) -> Value:
        """Return the value of an item of ORDER BY: an output by its place, or an expression."""
        text = node.getText()
        if text.isdigit():
            if not 1 <= int(text) <= len(outputs):
                raise refused("INVALID_COLUMN_REFERENCE", node, f"ORDER BY position {text} is not in select list")
            return outputs[int(text) - 1]
        return self.expressions.value(node, scope)

    # --- set operations and VALUES

    def _term(self, node: Node, outer: Scope | None) -> Query:
        if type(node).__name__ == "QueryTermDefaultContext":
            return self._primary(node.queryPrimary(), outer)
        left, right = self._term(node.left, outer), self._term(node.right, outer)
        name = node.operator.text.upper()
        if len(left.columns) != len(right.columns):
            raise refused(
                "TYPE_MISMATCH",
                node,
                f"{name} query has different number of fields: {len(left.columns)}, {len(right.columns)}",
            )
        kinds = []
        every = node.setQuantifier() is not None and node.setQuantifier().getText().upper() == "ALL"
        for place, (a, b) in enumerate(zip(left.columns, right.columns, strict=True), start=1):
            kind = common(a.type, b.type)
            if kind is None:
                raise refused(
                    "TYPE_MISMATCH", node, f"column {place} in {name} query has incompatible types: {a.type}, {b.type}"
                )
            if not every:
                require_distinct(kind, node)
            kinds.append(kind)
        sql = f"({left.cast_to(kinds)}) {name}{' ALL' if every else ''} ({right.cast_to(kinds)})"
        alias = fresh("q")
        shown = ", ".join(f"{alias}.c{p}" for p in range(len(kinds)))
        columns = [Out(c.name, k) for c, k in zip(left.columns, kinds, strict=True)]
        return Query(f"SELECT {shown} FROM ({sql}) AS {alias}", columns, left.reads + right.reads)

    def _primary(self, node: Node, outer: Scope | None) -> Query:
        name = type(node).__name__
        if name == "QueryPrimaryDefaultContext":
            return self._select(node.querySpecification(), None, outer)
        if name == "SubqueryContext":
            return self._without_with(node.queryNoWith(), outer)
        if name == "InlineTableContext":
            return self._values(node, outer)
        relation = self.table(node.qualifiedName())
        shown = ", ".join(f"{c.sql} AS c{p}" for p, c in enumerate(relation.columns))
        return Query(
            f"SELECT {shown} FROM {relation.sql}", [Out(c.name, c.type) for c in relation.columns], relation.reads
        )

    def _values(self, node: Node, outer: Scope | None) -> Query:
        scope = Scope([], outer, place="VALUES")
        rows = []
        for each in node.expression():
            inner = only(each)
            parts = inner.expression() if type(inner).__name__ == "RowConstructorContext" else [each]
            values = [self.expressions.value(part, scope) for part in parts]
            if len(values) == 1 and values[0].type.base == "row" and parts == [each]:
                raise unsupported("VALUES of rows that are not written out", each)
            rows.append(values)
        if len({len(row) for row in rows}) > 1:
            raise refused("TYPE_MISMATCH", node, "Values rows have mismatched sizes")
        kinds = []
        for column in zip(*rows, strict=True):
            kind = common_of([value.type for value in column])
            if kind is None:
                raise refused("TYPE_MISMATCH", node, "Values rows have mismatched types")
            kinds.append(kind)
        alias = fresh("v")
        lines = ", ".join(
            f"({', '.join(_held(coerced(value, kind), kind) for value, kind in zip(row, kinds, strict=True))})"
            for row in rows
        )
        names = ", ".join(f"c{p}" for p in range(len(kinds)))
        return Query(f"SELECT {names} FROM (VALUES {lines}) AS {alias}({names})", [Out(None, kind) for kind in kinds])

    # --- SELECT

    def _select(self, node: Node, order: Node | None, outer: Scope | None) -> Query:
        self._reads = [*self._reads, Counter()]
        try:
            return Select(self, node, order, outer).compiled()
        finally:
            self._reads = self._reads[:-1]


def _aliased(node: Node, query: Query, name: str) -> list[Out]:
    """Return the columns of a query of WITH under the names that are given there."""
    names = renamed(node, [column.name for column in query.columns], name)
    return [Out(n, column.type) for n, column in zip(names, query.columns, strict=True)]


def _held(value: Value, kind: Type) -> str:
    return f"CAST({value.sql} AS {kind.duckdb})" if kind != UNKNOWN else "CAST(NULL AS INTEGER)"
