"""A typed DuckDB expression, and two refusals: as Athena would, or because this embedded Athena does not know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql import syntax

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.types import Type

_SHORT = 80
_numbers = count()


@dataclass(frozen=True)
class Value:
    """DuckDB's SQL of an expression, its Trino type, and the value where the expression is a literal."""

    sql: str
    type: Type
    constant: Any = None
    never_nan: bool = False

    def of(self, kind: Type) -> Value:
        """Return the same SQL as a value of another type that DuckDB holds the same way."""
        return replace(self, type=kind)


def quoted(text: str) -> str:
    """Return a text as a literal of DuckDB's."""
    pieces = [f"'{piece}'" for piece in text.replace("'", "''").split("\0")]
    return pieces[0] if len(pieces) == 1 else f"({' || chr(0) || '.join(pieces)})"


def let(arguments: list[Value], template: Callable[..., str]) -> str:
    """Return SQL that uses some values more than once; long ones are members of a lambda's argument, computed once."""
    if all(len(value.sql) < _SHORT for value in arguments):
        return template(*(value.sql for value in arguments))
    name = f"v{next(_numbers)}"
    members = ", ".join(f"m{place} := {value.sql}" for place, value in enumerate(arguments))
    inside = template(*(f"{name}.m{place}" for place in range(len(arguments))))
    return f"list_transform([struct_pack({members})], lambda {name}: {inside})[1]"


def fresh(stem: str) -> str:
    """Return a name that no other part of a statement has."""
    return f"{stem}{next(_numbers)}"


def fails(message: str, kind: str, *, known: bool = True) -> str:
    """Return SQL that fails: as Athena does (`message` begins with its code), or because Athena's result is unknown."""
    if not known:
        message = f"NOT_SUPPORTED: {message} is not supported by the embedded Athena, though Athena has it"
    return f"CAST({'t_fail' if known else 't_unsupported'}({quoted(message)}) AS {kind})"


def unsupported(what: str, node: syntax.Node | None = None) -> QueryFailed:
    """Return the refusal of something that Athena has and the embedded Athena lacks."""
    place = f"{syntax.where(node)}: " if node is not None else ""
    return QueryFailed(f"NOT_SUPPORTED: {place}{what} is not supported by the embedded Athena, though Athena has it")


def refused(code: str, node: syntax.Node, message: str) -> QueryFailed:
    """Return the refusal that Athena itself gives."""
    return QueryFailed(f"{code}: {syntax.where(node)}: {message}")


def as_text(value: Value) -> str:
    """Return the SQL of a plain value's text; DuckDB leaves out the 0 before a decimal's point."""
    precision, scale = value.type.digits
    if value.type.base == "decimal" and precision == scale:
        return f"t_with_zero(CAST({value.sql} AS VARCHAR))"
    return f"CAST({value.sql} AS VARCHAR)"


def cut(value: Value, kind: Type) -> str:
    """Return SQL that cuts a longer text."""
    return f"substr({value.sql}, 1, {kind.size})" if kind.size and kind.size > 0 else value.sql
