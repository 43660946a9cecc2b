"""Compile a call of a scalar function: found by name and types among the known ones, else refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import coerced, local_clock
from local.aws.athena.sql.rules.signatures import SPACES, signatures
from local.aws.athena.sql.scopes import Column, Scope
from local.aws.athena.sql.types import Type, coerces
from local.aws.athena.sql.values import Value, fresh, let, quoted, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.compilers import Expressions
    from local.aws.athena.sql.syntax import Node

KNOWN = frozenset((Path(__file__).with_name("trino_functions.txt")).read_text(encoding="utf-8").split())
"""The names of Trino's functions."""


@dataclass
class FunctionCall:
    """A call: its name, the nodes of its arguments, and what compiles them."""

    name: str
    node: Node
    arguments: list[Node]
    scope: Scope
    compiler: Expressions
    ready: list[Value] = field(default_factory=list)

    @cached_property
    def values(self) -> list[Value]:
        """Return the arguments; a lambda is none of them."""
        return self.ready or [self.compiler.value(each, self.scope) for each in self.arguments]

    def is_lambda(self, place: int) -> bool:
        """Return whether an argument is a lambda."""
        return place < len(self.arguments) and lambda_of(self.arguments[place]) is not None

    def body(self, place: int, kinds: list[Type]) -> tuple[list[str], Value]:
        """Return the names of a lambda's arguments, and its body for arguments of some types."""
        node = lambda_of(self.arguments[place])
        if node is None:
            raise self.mismatch()
        names = [syntax.name_of(each) for each in node.identifier()]
        if len(names) != len(kinds):
            raise refused(
                "INVALID_PARAMETER_USAGE",
                node,
                f"Expected a lambda that takes {len(kinds)} argument(s) but got {len(names)}",
            )
        inside = [fresh("l") for _ in names]
        columns = [Column(n.lower(), k, i) for n, k, i in zip(names, kinds, inside, strict=True)]
        return inside, self.compiler.value(node.expression(), self.scope.inner(columns))

    def mismatch(self) -> Exception:
        """Return the refusal of arguments that do not fit; for a NULL without type, say that it is unknown."""
        if any(value.type.holds("unknown") for value in self.ready or self._plain()):
            return self.unsupported(f"{self.name} of NULL without a type")
        kinds = (
            ", ".join(
                "<lambda>" if self.is_lambda(place) else str(self.compiler.value(each, self.scope).type)
                for place, each in enumerate(self.arguments)
            )
            if not self.ready
            else ", ".join(str(value.type) for value in self.ready)
        )
        return refused("FUNCTION_NOT_FOUND", self.node, f"Unexpected parameters ({kinds}) for function {self.name}")

    def _plain(self) -> list[Value]:
        return [
            self.compiler.value(each, self.scope)
            for place, each in enumerate(self.arguments)
            if not self.is_lambda(place)
        ]

    def exactly(self, count: int) -> list[Value]:
        """Return the arguments; refuse another number of them."""
        if len(self.values) != count:
            raise self.mismatch()
        return self.values

    def unsupported(self, what: str) -> Exception:
        """Return the refusal of what Athena has."""
        return unsupported(what, self.node)


def lambda_of(node: Node) -> Node | None:
    """Return an expression's lambda, None if it is not one."""
    while node is not None and type(node).__name__ != "LambdaContext":
        if node.getChildCount() != 1 or type(node).__name__ == "TerminalNodeImpl":
            return None
        node = node.getChild(0)
    return node


Rule = Callable[[FunctionCall], Value]
RULES: dict[str, Rule] = {}


Form = Callable[["Expressions", "Node", Scope], Value]
FORMS: dict[str, Form] = {}
"""The compilers of the grammar's nodes that have a syntax of their own, by the node's class."""


def form(name: str) -> Callable[[Form], Form]:
    """Register the compiler of the nodes of a class."""

    def register(found: Form) -> Form:
        FORMS[name] = found
        return found

    return register


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register the compiler of the calls of some functions."""

    def register(found: Rule) -> Rule:
        for name in names:
            RULES[name] = found
        return found

    return register


def call(of: FunctionCall) -> Value:
    """Return the value of a call.

    Raises:
        QueryFailed: Athena has no such function for these arguments, or we do not know it.
    """
    if of.name in RULES:
        return RULES[of.name](of)
    if of.name in signatures():
        return by_signature(of)
    if of.name in KNOWN:
        raise unsupported(f"Function '{of.name}'", of.node)
    raise refused("FUNCTION_NOT_FOUND", of.node, f"Function '{of.name}' not registered")


_RARE = ("char", "real", "decimal", "row", "map", "json", "timestamp with time zone", "interval day to second",
         "interval year to month")  # fmt: skip
"""Types for which Trino has overloads that are not here: it may take what no line says."""


def by_signature(of: FunctionCall) -> Value:
    """Return a call of a function that has a signature."""
    overloads = signatures()[of.name]
    if of.name in CLOCKED:
        of.ready = [on_its_clock(value) for value in of.values]
        of.__dict__.pop("values")
    kinds = [value.type for value in of.values]
    fitting = [each for each in overloads if each.fit(kinds)]
    if not fitting:
        if any(each.open for each in overloads) or any(kind.holds(*_RARE) for kind in kinds):
            raise unsupported(f"Function '{of.name}' of ({', '.join(map(str, kinds))})", of.node)
        raise of.mismatch()
    best = min(fitting, key=lambda each: each.distance(kinds))
    fit = best.fit(kinds)
    assert fit is not None  # noqa: S101 - it is a fitting one
    wanted, returns = fit
    values = [coerced(value, kind) for value, kind in zip(of.values, wanted, strict=True)]
    parts = {f"A{place}": kind.duckdb for place, kind in enumerate(wanted)}
    parts |= {"R": returns.duckdb, "SPACES": quoted(SPACES)}
    used = [place for place in range(len(values)) if best.sql.count(f"{{{place}}}") > 1]

    def filled(*once: str) -> str:
        names = iter(once)
        sql = [next(names) if place in used else value.sql for place, value in enumerate(values)]
        return best.sql.format(*sql, **parts)

    sql = let([values[place] for place in used], filled) if used else filled()
    return Value(f"CAST({sql} AS {returns.duckdb})" if returns.base in {"bigint", "integer"} else f"({sql})", returns)


CLOCKED = frozenset(
    [
        "year",
        "month",
        "day",
        "day_of_month",
        "day_of_week",
        "dow",
        "day_of_year",
        "doy",
        "week",
        "week_of_year",
        "year_of_week",
        "yow",
        "quarter",
        "hour",
        "minute",
        "second",
        "millisecond",
        "last_day_of_month",
        "date_format",
        "date",
    ]
)
"""The functions that read the clock of a timestamp with time zone, as shown in its zone."""


def on_its_clock(value: Value) -> Value:
    """Return a timestamp with time zone as its local clock; any other value unchanged."""
    if value.type.base != "timestamp with time zone":
        return value
    return Value(local_clock(value), Type("timestamp", value.type.size))


def require(of: FunctionCall, value: Value, kind: Type) -> Value:
    """Return an argument coerced to the type that a function takes.

    Raises:
        QueryFailed: it cannot be coerced to it.
    """
    if not coerces(value.type, kind):
        raise of.mismatch()
    return coerced(value, kind)
