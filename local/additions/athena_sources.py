"""What a query reads, found before anything is read: tables, and views down to their tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.additions import athena_types, trino_types
from local.additions.athena_errors import Malformed, QueryFailed
from local.additions.athena_plan import Plan, Source, plan
from local.additions.athena_results import trino_type
from local.additions.athena_tables import trino_columns, view_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.additions.athena_catalogue import Catalogue


@dataclass(frozen=True)
class View:
    """A view that a query reads, its own query planned."""

    relation: str
    columns: list[dict[str, str]]
    text: str
    ready: Plan

    def statement(self, found: Sequence[tuple[Any, ...]]) -> str:
        """Return what creates the view with the types that its definition states; `found` describes its query.

        Raises:
            QueryFailed: the definition names other columns, or a type to which the query's does not widen.
        """
        stale = f"VIEW_IS_STALE: View 'awsdatacatalog.{self.relation}' is stale or in invalid state: "
        stated = [column["name"] for column in self.columns]
        if [name.lower() for name in stated] != [str(column[0]).lower() for column in found]:
            raise QueryFailed(
                f"{stale}stored view column names {stated} differ from those of its query "
                f"{[column[0] for column in found]}"
            )
        wanted = [trino_types.duckdb_type(column["type"]) for column in self.columns]
        for place, (column, actual) in enumerate(zip(self.columns, found, strict=True)):
            kind, name = trino_type(str(actual[1])), column["name"]
            if not trino_types.widens(kind, column["type"]):
                raise QueryFailed(
                    f"{stale}column [{name}] of type {kind} projected from query view at position {place} cannot "
                    f"be coerced to column [{name}] of type {column['type']} stored in view definition"
                )
        columns = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in zip(stated, wanted, strict=True))
        return f'CREATE TEMP VIEW "{self.relation}" AS SELECT {columns} FROM ({self.ready.sql}) AS _view'  # noqa: S608 - the view's own


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

    def check(self, ready: Plan) -> None:
        """Return if Trino would take a plan's query over these tables and views.

        Raises:
            QueryFailed: it would not.
        """
        schema = []
        for source in ready.sources:
            columns = trino_columns(self.catalogue.table(source.database, source.name))
            schema.append((source.relation, columns + ((("$path", "varchar"),) if source.with_paths else ())))
        athena_types.check(ready, tuple(schema))

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
            self.check(ready)
        except (QueryFailed, Malformed) as exc:
            raise QueryFailed(
                f"INVALID_VIEW: {source.where}: Failed analyzing stored view 'awsdatacatalog.{source.relation}': {exc}"
            ) from exc
        self.views[source.relation] = View(source.relation, definition["columns"], text, ready)
