"""The scope of names in a query: the columns of its relations, a lambda's arguments, the outer query's names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.aws.athena.sql.values import Value, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.syntax import Node
    from local.aws.athena.sql.types import Type


@dataclass(frozen=True)
class Column:
    """A column that a query can name; `sql` is None if a GROUP BY hides it."""

    name: str | None
    type: Type
    sql: str | None
    qualifier: tuple[str, ...] = ()
    hidden: bool = False

    def answers(self, names: tuple[str, ...]) -> bool:
        """Return whether `a`, `t.a` or `schema.t.a` means this column."""
        *before, last = names
        ends = self.qualifier[len(self.qualifier) - len(before) :] if before else ()
        return self.name is not None and self.name.lower() == last and ends == tuple(before)


@dataclass
class Scope:
    """The columns that may be named, and the scope around; `instead` gives the value of a node computed below."""

    columns: list[Column] = field(default_factory=list)
    outer: Scope | None = None
    instead: Callable[[Node], Value | None] | None = None
    aggregate: Callable[[Node], Value] | None = None
    is_query: bool = True
    windows: dict[str, Node] = field(default_factory=dict)
    allows_windows: bool = False
    place: str = "SELECT"
    borrowed: bool = False

    def find(self, names: tuple[str, ...], node: Node) -> Column | None:
        """Return the column that a name means, None if there is none.

        Raises:
            QueryFailed: it means more than one, or one that is neither grouped nor aggregated.
        """
        names = tuple(name.lower() for name in names)
        found = [column for column in self.columns if column.answers(names)]
        if len(found) > 1:
            raise refused("AMBIGUOUS_NAME", node, f"Column '{'.'.join(names)}' is ambiguous")
        if found:
            if found[0].sql is None:
                raise refused(
                    "EXPRESSION_NOT_AGGREGATE",
                    node,
                    f"'{'.'.join(names)}' must be an aggregate expression or appear in GROUP BY clause",
                )
            return found[0]
        if self.outer is None:
            return None
        column = self.outer.find(names, node)
        if column is not None and self.is_query:
            self.borrowed = True
        return column

    def inner(self, columns: list[Column]) -> Scope:
        """Return the scope of a lambda's body: its arguments before all else."""
        hidden = {column.name for column in columns}
        around = self.instead

        def instead(node: Node) -> Value | None:
            names = set(re.findall(r"\w+", node.getText().lower()))
            return around(node) if around and not names & hidden else None

        return Scope(columns, self, instead, self.aggregate, is_query=False, place="lambda")
