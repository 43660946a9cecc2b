"""SELECT: its rows, its groups, its columns and its order, each computed over the one before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql import relations, syntax
from local.aws.athena.sql.expressions import dotted
from local.aws.athena.sql.rules import aggregates
from local.aws.athena.sql.scopes import Column, Scope
from local.aws.athena.sql.trees import Out, Query, Relation, only, own_name, require_distinct
from local.aws.athena.sql.types import BIGINT, UNKNOWN, Type
from local.aws.athena.sql.values import Value, fresh, refused, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.compilers import Queries
    from local.aws.athena.sql.syntax import Node


class Select:
    """One SELECT: its rows, its groups, its columns, its order."""

    def __init__(self, queries: Queries, node: Node, order: Node | None, outer: Scope | None) -> None:
        self.queries, self.node, self.order, self.outer = queries, node, order, outer
        self.expressions = queries.expressions
        self.keys: list[Value] = []
        self.inner: list[str] = []
        self.groups: list[str] = []
        self.computed: dict[str, Value] = {}

    def compiled(self) -> Query:
        """Return the query."""
        rows = self._rows()
        where = ""
        if self.node.where is not None:
            self._note_parameters()
            scope = Scope(rows.columns, self.outer, place="WHERE clause")
            where = f" WHERE {self.expressions.truth(self.node.where, scope, 'WHERE clause').sql}"
        windows = {
            syntax.name_of(each.name).lower(): each.windowSpecification() for each in self.node.windowDefinition()
        }
        scope = Scope(rows.columns, self.outer, windows=windows, allows_windows=True)
        source = f"{rows.sql}{where}"
        grouped = self._is_grouped()
        before = self.outer is not None and self.outer.borrowed
        if self.outer is not None:
            self.outer.borrowed = False
        if grouped:
            scope = self._grouped(rows, scope)
        names, values = self._outputs(scope)
        having = ""
        if self.node.having is not None:
            condition = self.expressions.truth(self.node.having, replace(scope, allows_windows=False), "HAVING clause")
            having = f" WHERE {condition.sql}"
        found = self._ordered(names, values, scope, lambda: self._finished(source) + having, rows)
        if grouped and self.outer is not None and self.outer.borrowed:
            raise unsupported("a correlated subquery that aggregates columns of the query around it", self.node)
        if self.outer is not None:
            self.outer.borrowed |= before
        return found

    def _rows(self) -> Relation:
        """Return the relations of FROM, cross joined."""
        found = Relation("(SELECT 1) AS nothing", [])
        for place, each in enumerate(self.node.relation()):
            scope = Scope(found.columns, self.outer, place="FROM")
            relation = relations.of(self.queries, each, scope)
            found = relations.beside(found, relation) if place else relation
            if not place and relation.sql.startswith("LATERAL "):
                found = replace(relation, sql=relation.sql.removeprefix("LATERAL "))
        return found

    def _note_parameters(self) -> None:
        """Note which parameters stand in this WHERE."""
        first, last = self.node.where.start.start, self.node.where.stop.stop
        self.queries.in_where |= {place for at, place in self.queries.places.items() if first <= at <= last}

    def _is_grouped(self) -> bool:
        nodes = [*self.node.selectItem(), *(self.order.sortItem() if self.order is not None else [])]
        return (
            self.node.groupBy() is not None or self.node.having is not None or any(_aggregates(each) for each in nodes)
        )

    # --- groups

    def _grouped(self, rows: Relation, scope: Scope) -> Scope:
        """Return the scope above the groups."""
        self.base = Scope(rows.columns, self.outer, place="GROUP BY")
        self.alias = fresh("g")
        self.sets = self._sets()
        columns = [replace(c, sql=self._key(str(c.sql))) for c in rows.columns]
        return Scope(columns, self.outer, self._instead, self._aggregate, windows=scope.windows, allows_windows=True)

    def _key(self, sql: str) -> str | None:
        found = next((place for place, key in enumerate(self.keys) if key.sql == sql), None)
        return None if found is None else f"{self.alias}.{self.alias}k{found}"

    def _sets(self) -> str:
        """Return DuckDB's GROUP BY over the keys, which are noted."""
        node = self.node.groupBy()
        if node is None:
            return ""
        if node.setQuantifier() is not None:
            raise unsupported("GROUP BY ALL and GROUP BY DISTINCT", node)
        parts = []
        for each in node.groupingElement():
            name = type(each).__name__
            if name == "SingleGroupingSetContext":
                parts.append(", ".join(self._set(each.groupingSet(), ordinals=True)) or "()")
                continue
            inside = ", ".join(f"({', '.join(self._set(one))})" for one in each.groupingSet())
            word = {"RollupContext": "ROLLUP", "CubeContext": "CUBE"}.get(name, "GROUPING SETS")
            parts.append(f"{word} ({inside})")
        if parts == ["()"]:
            return ""
        return f" GROUP BY {', '.join(part for part in parts if part != '()')}"

    def _set(self, node: Node, *, ordinals: bool = False) -> list[str]:
        """Return the keys of one grouping set."""
        found = []
        for each in node.expression():
            text = each.getText()
            if ordinals and text.isdigit():
                items = self.node.selectItem()
                if not 1 <= int(text) <= len(items) or type(items[int(text) - 1]).__name__ != "SelectSingleContext":
                    raise refused("INVALID_COLUMN_REFERENCE", each, f"GROUP BY position {text} is not in select list")
                each = items[int(text) - 1].expression()  # noqa: PLW2901 - the expression that the position means
            if _aggregates(each):
                raise refused(
                    "EXPRESSION_NOT_SCALAR",
                    each,
                    "GROUP BY clause cannot contain aggregations, window functions or grouping operations",
                )
            value = self.expressions.value(each, self.base)
            require_distinct(value.type, each)
            if value.sql not in [key.sql for key in self.keys]:
                self.keys.append(value)
                held = "CAST(NULL AS INTEGER)" if value.type == UNKNOWN else value.sql
                self.inner.append(f"{held} AS {self.alias}k{len(self.keys) - 1}")
            found.append(f"{self.alias}k{[key.sql for key in self.keys].index(value.sql)}")
        return found

    def _instead(self, node: Node) -> Value | None:
        """Return the group key that equals an expression, or None."""
        if not self.keys or type(node).__name__ in {
            "StringLiteralContext",
            "NumericLiteralContext",
            "NullLiteralContext",
            "BooleanLiteralContext",
        }:
            return None
        name = type(node).__name__
        if _aggregates(node) or (
            all(_is_column(key.sql) for key in self.keys)
            and name not in {"ColumnReferenceContext", "DereferenceContext"}
        ):
            return None
        try:
            found = self.expressions.value(node, self.base)
        except QueryFailed:
            return None
        key = self._key(found.sql)
        return None if key is None else replace(found, sql=key, constant=None)

    def _aggregate(self, node: Node) -> Value:
        """Return the column of an aggregate, computed with the groups."""
        if type(node).__name__ == "GroupingOperationContext":
            return self._grouping(node)
        text = syntax.text_of(node)
        if text not in self.computed:
            column = f"a{len(self.computed)}"
            scope = replace(self.base, place="aggregate")
            sql, value = aggregates.group(self.expressions, node, scope, f"{self.alias}.{column}")
            self.groups.append(f"{sql} AS {column}")
            self.computed[text] = value
        return self.computed[text]

    def _grouping(self, node: Node) -> Value:
        keys = []
        for each in node.qualifiedName():
            names = tuple(syntax.name_of(one) for one in each.identifier())
            column = self.base.find(names, node)
            key = self._key(str(column.sql)) if column is not None else None
            if key is None:
                raise refused(
                    "INVALID_FUNCTION_ARGUMENT",
                    node,
                    "The arguments to GROUPING() must be expressions referenced by the GROUP BY",
                )
            keys.append(key.split(".")[1])
        column_name = f"a{len(self.computed)}"
        self.groups.append(f"grouping({', '.join(keys)}) AS {column_name}")
        value = Value(
            f"CAST({self.alias}.{column_name} AS {'BIGINT' if len(keys) > 31 else 'INTEGER'})",
            BIGINT if len(keys) > 31 else Type("integer"),
        )
        self.computed[f"{syntax.text_of(node)} "] = value
        return value

    def _finished(self, source: str) -> str:
        """Return the source with its groups."""
        if not self._is_grouped():
            return source
        shown = ", ".join([*self.inner, *self.groups]) or "1 AS one"
        return f"(SELECT {shown} FROM {source}{self.sets}) AS {self.alias}"

    # --- columns and order

    def _outputs(self, scope: Scope) -> tuple[list[str | None], list[Value]]:
        """Return the columns' names and values."""
        names: list[str | None] = []
        values: list[Value] = []
        for item in self.node.selectItem():
            if type(item).__name__ == "SelectAllContext":
                for column in self._all(item, scope):
                    names.append(column.name)
                    values.append(Value(str(column.sql), column.type))
                continue
            value = self.expressions.value(item.expression(), scope)
            names.append(
                syntax.name_of(item.identifier()) if item.identifier() is not None else own_name(item.expression())
            )
            values.append(value)
        return names, values

    def _all(self, item: Node, scope: Scope) -> list[Column]:
        """Return the columns of `*` or `t.*`."""
        shown = [column for column in scope.columns if not column.hidden]
        if item.columnAliases() is not None:
            raise unsupported("t.* AS (…)", item)
        if item.primaryExpression() is not None:
            names = dotted(item.primaryExpression())
            if names is None:
                raise unsupported("the members of a row as columns", item)
            ends = tuple(name.lower() for name in names)
            shown = [column for column in shown if column.qualifier[-len(ends) :] == ends]
            if not shown:
                raise refused("TABLE_NOT_FOUND", item, f"Unable to resolve reference {'.'.join(names)}")
        if not shown:
            raise refused("COLUMN_NOT_FOUND", item, "SELECT * not allowed from relation that has no columns")
        for column in shown:
            if column.sql is None:
                raise refused("EXPRESSION_NOT_AGGREGATE", item, f"Column {column.name!r} not in GROUP BY clause")
        return shown

    def _ordered(
        self, names: list[str | None], values: list[Value], scope: Scope, source: Callable[[], str], rows: Relation
    ) -> Query:
        """Return the query with its order: items are computed beside the columns, then left out."""
        distinct = self.node.setQuantifier() is not None and self.node.setQuantifier().getText().upper() == "DISTINCT"
        if distinct:
            for value in values:
                require_distinct(value.type, self.node)
        order = ""
        extra: list[str] = []
        if self.order is not None and self.order.sortItem():
            named = [(n, v) for n, v in zip(names, values, strict=True) if n is not None]
            own = list({(n.lower(), v.sql): Column(n, v.type, v.sql) for n, v in named}.values())
            for each in self.order.sortItem():
                value = self.queries.sort_value(each.expression(), values, _order_scope(each, own, scope))
                if distinct and value.sql not in {one.sql for one in values}:
                    raise refused(
                        "EXPRESSION_NOT_IN_DISTINCT",
                        each,
                        "For SELECT DISTINCT, ORDER BY expressions must appear in select list",
                    )
                place = next((p for p, one in enumerate(values) if one.sql == value.sql), None)
                name = f"c{place}" if place is not None else f"s{len(extra)}"
                if place is None:
                    extra.append(f"{value.sql} AS {name}")
                order += (", " if order else " ORDER BY ") + aggregates.sort_item(
                    self.expressions, each, scope, replace(value, sql=name)
                )
        limit = self.queries.limit(self.order) if self.order is not None else ""
        shown = ", ".join(
            [f"{'CAST(NULL AS INTEGER)' if v.type == UNKNOWN else v.sql} AS c{p}" for p, v in enumerate(values)] + extra
        )
        sql = f"SELECT {'DISTINCT ' if distinct else ''}{shown} FROM {source()}"
        columns = [Out(name, value.type) for name, value in zip(names, values, strict=True)]
        if order or limit:
            sql = f"SELECT {', '.join(f'c{p}' for p in range(len(values)))} FROM ({sql}) AS {fresh('q')}{order}{limit}"
        reads = rows.reads + self.queries.expressions_reads
        return Query(sql, columns, reads)


def _order_scope(item: Node, columns: list[Column], scope: Scope) -> Scope:
    """Return the scope of an item of ORDER BY, where the SELECT's columns come before those of the rows.

    A name that means two things in an expression is not known here.
    """
    if type(only(item.expression())).__name__ == "ColumnReferenceContext":
        return Scope(columns, scope, is_query=False, allows_windows=True)
    inner = replace(scope)
    for column in columns:
        name = str(column.name).lower()
        held = [c.sql for c in scope.columns if c.name and c.name.lower() == name]
        if not held:
            inner.columns = [*inner.columns, column]
        elif column.sql not in held and _names(item, name):
            raise unsupported(
                f"ORDER BY an expression of '{name}', which is a column and another column's new name", item
            )
    return inner


def _names(node: Node, name: str) -> bool:
    """Return whether a node has an identifier that stands alone: in `t.name`, only `t` does."""
    if type(node).__name__.endswith("IdentifierContext"):
        return syntax.name_of(node).lower() == name
    if type(node).__name__ == "DereferenceContext":
        return _names(node.base, name)
    return any(_names(child, name) for child in node.getChildren()) if hasattr(node, "getChildren") else False


def _is_column(sql: str) -> bool:
    return sql.replace(".", "").replace('"', "").replace("_", "").replace("$", "").isalnum() and "." in sql


def _aggregates(node: Node) -> bool:
    """Return whether a node calls an aggregate, not counting the queries inside."""
    name = type(node).__name__
    if name in {"SubqueryExpressionContext", "ExistsContext", "InSubqueryContext", "QuantifiedComparisonContext"}:
        return False
    if aggregates.is_call(node):
        return True
    return any(_aggregates(child) for child in node.getChildren()) if hasattr(node, "getChildren") else False
