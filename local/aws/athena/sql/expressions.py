"""Expressions: each node of the grammar compiled after its children, with a type, or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql import literals, operators, syntax
from local.aws.athena.sql.casts import NoCast, cast, coerced, instant
from local.aws.athena.sql.rules.calls import FORMS
from local.aws.athena.sql.types import (
    BOOLEAN,
    DATE,
    UNKNOWN,
    Type,
    common_of,
    named,
    timestamp,
    zoned,
)
from local.aws.athena.sql.values import Value, refused, unsupported
from local.aws.athena.udf.times import zone, zone_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.compilers import Queries
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node


QUERY_START = "CAST(getvariable('query_start') AS TIMESTAMP)"
"""The instant at which the query began."""


@dataclass
class Expressions:
    """The compiler of expressions; `queries` compiles the queries inside of them."""

    queries: Queries
    parameters: list[Value] = field(default_factory=list)

    def value(self, node: Node, scope: Scope) -> Value:
        """Return an expression compiled in a scope.

        Raises:
            QueryFailed: Athena refuses it, or we do not know what it gives.
        """
        if scope.instead is not None and (computed := scope.instead(node)) is not None:
            return computed
        name = type(node).__name__.removesuffix("Context")
        compile_: Callable[[Node, Scope], Value] | None = getattr(self, f"_{name[0].lower()}{name[1:]}", None)
        if compile_ is None and f"{name}Context" in FORMS:
            return FORMS[f"{name}Context"](self, node, scope)
        if compile_ is None:
            if node.getChildCount() == 1:
                return self.value(node.getChild(0), scope)
            raise unsupported(f"{syntax.text_of(node)[:60]!r}", node)
        return compile_(node, scope)

    def truth(self, node: Node, scope: Scope, clause: str) -> Value:
        """Return a condition.

        Raises:
            QueryFailed: it is not a boolean.
        """
        found = self.value(node, scope)
        if found.type.base not in {"boolean", "unknown"}:
            raise refused("TYPE_MISMATCH", node, f"{clause} must evaluate to a boolean: actual type {found.type}")
        return coerced(found, BOOLEAN)

    # --- logic

    def _logicalNot(self, node: Node, scope: Scope) -> Value:  # noqa: N802 - the grammar's names, here and below
        inner = self.truth(node.booleanExpression(), scope, "Value of logical NOT expression")
        return Value(f"(NOT {inner.sql})", BOOLEAN)

    def _and(self, node: Node, scope: Scope) -> Value:
        sides = [self.truth(each, scope, "Logical expression term") for each in node.booleanExpression()]
        return Value(f"({' AND '.join(side.sql for side in sides)})", BOOLEAN)

    def _or(self, node: Node, scope: Scope) -> Value:
        sides = [self.truth(each, scope, "Logical expression term") for each in node.booleanExpression()]
        return Value(f"({' OR '.join(side.sql for side in sides)})", BOOLEAN)

    def _subqueryExpression(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        inner = self.queries.inside(node.query(), scope, "a scalar")
        if len(inner.columns) != 1:
            raise unsupported("a subquery of several columns as a value", node)
        return Value(f"({inner.sql})", inner.columns[0].type)

    # --- arithmetic

    def _arithmeticBinary(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        return operators.arithmetic(node.operator.text, left, right, node)

    def _arithmeticUnary(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        inner = self.value(node.valueExpression(), scope)
        return operators.negative(inner, node) if node.operator.text == "-" else inner

    def _concatenation(self, node: Node, scope: Scope) -> Value:
        return operators.concatenation(self.value(node.left, scope), self.value(node.right, scope), node)

    def _atTimeZone(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        specifier = node.timeZoneSpecifier()
        if type(specifier).__name__ != "TimeZoneStringContext":
            raise unsupported("AT TIME ZONE INTERVAL", node)
        return self.in_zone(self.value(node.valueExpression(), scope), syntax.string_of(specifier.string()), node)

    def in_zone(self, value: Value, name: str, node: Node) -> Value:
        """Return a timestamp as the same instant in another zone; one without zone is in UTC."""
        name = self.zone(name, node)
        if value.type.base == "timestamp":
            value = Value(value.sql, zoned(value.type.size or 0, "UTC"))
        if value.type.base != "timestamp with time zone":
            raise refused(
                "TYPE_MISMATCH",
                node,
                f"Type of value must be a time or timestamp with or without time zone (actual {value.type})",
            )
        return value.of(zoned(value.type.size or 0, name))

    def zone(self, name: str, node: Node) -> str:
        """Return a zone's name as Trino shows it."""
        try:
            zone(zone_name(name))
        except Exception as exc:
            raise unsupported(f"the time zone '{name}'", node) from exc
        return zone_name(name)

    # --- literals

    def _nullLiteral(self, _node: Node, _scope: Scope) -> Value:  # noqa: N802
        return Value("NULL", UNKNOWN)

    def _intervalLiteral(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        return literals.interval(node.interval())

    def _typeConstructor(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        name = syntax.name_of(node.identifier()) if node.identifier() is not None else "double"
        if name.lower() == "interval":
            raise refused("TYPE_NOT_FOUND", node, "Unknown type: interval")
        return literals.typed(name, node, syntax.string_of(node.string()))

    def _numericLiteral(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        return literals.number(node.number())

    def _booleanLiteral(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        return Value(node.getText().lower(), BOOLEAN)

    def _stringLiteral(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        return literals.text(syntax.string_of(node.string()))

    def _binaryLiteral(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        return literals.binary(node)

    def _parameter(self, node: Node, _scope: Scope) -> Value:
        place = self.queries.places[node.start.start]
        if place not in self.queries.in_where:
            raise QueryFailed("INVALID_PARAMETER_USAGE: Execution parameters stand in WHERE clauses only (Athena)")
        return self.parameters[place]

    def _specialDateTimeFunction(self, node: Node, _scope: Scope) -> Value:  # noqa: N802
        name = node.name.text.upper()
        if node.precision is not None or name in {"CURRENT_TIME", "LOCALTIME"}:
            raise unsupported(syntax.text_of(node), node)
        if name == "CURRENT_DATE":
            return Value(f"CAST({QUERY_START} AS DATE)", DATE)
        return Value(QUERY_START, timestamp() if name == "LOCALTIMESTAMP" else zoned(3, "UTC"))

    # --- names

    def _columnReference(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        name = syntax.name_of(node.identifier())
        found = scope.find((name,), node)
        if found is None:
            raise self._missing(name, node)
        return Value(str(found.sql), found.type)

    def _missing(self, name: str, node: Node) -> QueryFailed:
        return refused(
            "COLUMN_NOT_FOUND",
            node,
            f"Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
        )

    def _dereference(self, node: Node, scope: Scope) -> Value:
        names = dotted(node)
        if names and (found := scope.find(tuple(names), node)) is not None:
            return Value(str(found.sql), found.type)
        if (
            names
            and scope.find((names[0],), node) is None
            and not (len(names) > 2 and scope.find(tuple(names[:2]), node))
        ):
            raise self._missing(".".join(names), node)
        base, name = self.value(node.base, scope), syntax.name_of(node.fieldName).lower()
        if base.type.base != "row":
            raise refused("TYPE_MISMATCH", node, f"Expression {syntax.text_of(node.base)} is not of type ROW")
        places = [p for p, each in enumerate(base.type.names) if each is not None and each.lower() == name]
        if len(places) != 1:
            raise refused(
                "COLUMN_NOT_FOUND" if not places else "AMBIGUOUS_NAME", node, f"Column '{name}' cannot be resolved"
            )
        return Value(f"({base.sql}).f{places[0]}", base.type.members[places[0]])

    def _parenthesizedExpression(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        return self.value(node.expression(), scope)

    # --- CASE, CAST and kin

    def _searchedCase(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        return self._cases(node, scope, lambda when: self.truth(when, scope, "CASE WHEN clause").sql)

    def _simpleCase(self, node: Node, scope: Scope) -> Value:  # noqa: N802
        operand = self.value(node.operand, scope)
        return self._cases(
            node, scope, lambda when: operators.comparison("=", operand, self.value(when, scope), when).sql
        )

    def _cases(self, node: Node, scope: Scope, condition: Callable[[Node], str]) -> Value:
        whens = [(condition(each.condition), self.value(each.result, scope)) for each in node.whenClause()]
        otherwise = (
            self.value(node.elseExpression, scope) if node.elseExpression is not None else Value("NULL", UNKNOWN)
        )
        kind = common_of([*(value.type for _, value in whens), otherwise.type])
        if kind is None:
            raise refused("TYPE_MISMATCH", node, "All CASE results must be the same type or coercible to a common type")
        branches = " ".join(f"WHEN {when} THEN {coerced(value, kind).sql}" for when, value in whens)
        return Value(f"(CASE {branches} ELSE {coerced(otherwise, kind).sql} END)", kind)

    def _cast(self, node: Node, scope: Scope) -> Value:
        value = self.value(node.expression(), scope)
        kind = self.type(syntax.text_of(node.type_()), node)
        try:
            found = cast(value, kind, node)
        except NoCast as exc:
            raise refused("TYPE_MISMATCH", node, str(exc)) from exc
        if node.getChild(0).getText().upper() == "TRY_CAST":
            return Value(f"TRY({found.sql})", found.type, never_nan=found.never_nan)
        return found

    def type(self, text: str, node: Node) -> Type:
        """Return the type that a text names."""
        found = named(text)
        if found is None:
            base = re.match(r"[a-z]+", text.strip().lower())
            if base and base[0] in {
                "char",
                "time",
                "timestamp",
                "uuid",
                "ipaddress",
                "hyperloglog",
                "tdigest",
                "row",
                "array",
                "map",
                "interval",
            }:
                raise unsupported(f"the type {text}", node)
            raise refused("TYPE_NOT_FOUND", node, f"Unknown type: {text}")
        if found.holds("real"):
            raise unsupported("the type real", node)
        return found

    # --- functions with a syntax of their own

    def as_time(self, text: Value, node: Node) -> Value:
        """Return from_iso8601_timestamp; only a literal's zone is known."""
        from local.aws.athena.udf.times import iso

        found = iso(text.constant) if isinstance(text.constant, str) else None
        if found is not None:
            clock = f"TIMESTAMP '{found[0].isoformat(sep=' ')}'"
            return Value(instant(clock, self.zone(found[1], node)), zoned(3, found[1]))
        return Value(f"date_trunc('millisecond', t_iso_instant({text.sql}))", zoned(3))


def dotted(node: Node) -> list[str] | None:
    """Return the names of `a.b.c`, None if the base is not a name."""
    if type(node).__name__ == "ColumnReferenceContext":
        return [syntax.name_of(node.identifier())]
    if type(node).__name__ == "DereferenceContext":
        before = dotted(node.base)
        return None if before is None else [*before, syntax.name_of(node.fieldName)]
    return None
