"""What a query reads, found before anything is read: tables, and views down to their tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.aws.athena.errors import Malformed, QueryFailed
from local.aws.athena.results import trino_type
from local.aws.athena.sql import trino_types, type_checks
from local.aws.athena.sql.plan import Plan, Source, plan
from local.aws.athena.tables import trino_columns, view_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.aws.athena.catalogue import Catalogue


@dataclass(frozen=True)
class View:
    """A view that a query reads, its own query planned."""

    relation: str
    columns: tuple[tuple[str, str], ...]
    ready: Plan
    schema: type_checks.Schema

    def definition(self, describe: Callable[[], Sequence[tuple[Any, ...]]]) -> str:
        """Return the CTE that stands for the view, its columns cast to the types that its definition states.

        `describe` tells the columns of its query; it is asked once a process for each definition and what it reads.

        Raises:
            QueryFailed: the definition names other columns, or a type to which the query's does not widen.
        """
        if self not in _fitting:
            self._require_fit(describe())
            _fitting.add(self)
        casts = ", ".join(
            f'CAST("{name}" AS {trino_types.duckdb_type(kind)}) AS "{name}"' for name, kind in self.columns
        )
        return f'"{self.relation}" AS (SELECT {casts} FROM ({self.ready.sql}) AS _view)'  # noqa: S608 - the view's own

    def _require_fit(self, found: Sequence[tuple[Any, ...]]) -> None:
        """Return if a view's query gives what its definition states."""
        stale = f"VIEW_IS_STALE: View 'awsdatacatalog.{self.relation}' is stale or in invalid state: "
        if [name.lower() for name, _ in self.columns] != [str(column[0]).lower() for column in found]:
            raise QueryFailed(
                f"{stale}stored view column names {[name for name, _ in self.columns]} differ from those of its query "
                f"{[column[0] for column in found]}"
            )
        for place, ((name, stated), actual) in enumerate(zip(self.columns, found, strict=True)):
            trino_types.duckdb_type(stated)
            kind = trino_type(str(actual[1]))
            if not trino_types.widens(kind, stated):
                raise QueryFailed(
                    f"{stale}column [{name}] of type {kind} projected from query view at position {place} cannot "
                    f"be coerced to column [{name}] of type {stated} stored in view definition"
                )


_fitting: set[View] = set()
"""The views whose queries were seen to give what their definitions state, over tables as they are declared."""


def with_views(views: list[str], sql: str) -> str:
    """Return a query of DuckDB's with CTEs before its own."""
    if not views:
        return sql
    for head in ("WITH RECURSIVE ", "WITH "):
        if sql.startswith(head):
            return f"{head}{', '.join(views)}, {sql[len(head) :]}"
    return f"WITH {', '.join(views)} {sql}"


@dataclass
class Sources:
    """The tables a query reads, and its views in the order in which they build on each other."""

    catalogue: Catalogue
    tables: dict[str, tuple[Source, dict[str, Any]]]
    views: dict[str, View]

    @classmethod
    def of(cls, ready: Plan, catalogue: Catalogue) -> Sources:
        """Return what a plan reads.

        Raises:
            QueryFailed: something is not there, or a view's definition is none.
        """
        found = cls(catalogue, {}, {})
        found._add(ready, ())
        found.check(ready)
        return found

    def check(self, ready: Plan) -> type_checks.Schema:
        """Return the columns that a plan's query reads, if Trino would take it over them.

        Raises:
            QueryFailed: it would not.
        """
        schema = []
        for source in ready.sources:
            columns = trino_columns(self.catalogue.table(source.database, source.name))
            schema.append((source.relation, columns + ((("$path", "varchar"),) if source.with_paths else ())))
        type_checks.check(ready, tuple(schema))
        return tuple(schema)

    def _add(self, ready: Plan, inside: tuple[str, ...]) -> None:
        """Add what a plan reads; `inside` are the views that led here."""
        for source in ready.sources:
            if source.relation in inside:
                raise QueryFailed(f"VIEW_IS_RECURSIVE: {source.where}: Statement would create a recursive view")
            if source.relation in self.tables or source.relation in self.views:
                continue
            table = self.catalogue.table(source.database, source.name, source.where)
            definition = view_text(table)
            if definition is None:
                self.tables[source.relation] = (source, table)
            else:
                self._add_view(source, definition, inside)

    def _add_view(self, source: Source, definition: dict[str, Any], inside: tuple[str, ...]) -> None:
        """Add a view, after all that it reads."""
        text = str(definition["originalSql"])
        try:
            ready = plan(text, (), str(definition.get("schema") or source.database))
            self._add(ready, (*inside, source.relation))
            schema = self.check(ready)
        except (QueryFailed, Malformed) as exc:
            raise QueryFailed(
                f"INVALID_VIEW: {source.where}: Failed analyzing stored view 'awsdatacatalog.{source.relation}': {exc}"
            ) from exc
        columns = tuple((column["name"], column["type"]) for column in definition["columns"])
        self.views[source.relation] = View(source.relation, columns, ready, schema)
