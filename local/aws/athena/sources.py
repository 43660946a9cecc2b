"""Find the relations of a query before anything is read: tables, and views down to their tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.aws.athena.errors import Malformed, QueryFailed
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.plan import Plan, Source, plan, type_of
from local.aws.athena.sql.types import coerces
from local.aws.athena.sql.values import Value
from local.aws.athena.tables import view_text

if TYPE_CHECKING:
    from local.aws.athena.catalogue import Catalogue


@dataclass(frozen=True)
class View:
    """A view that a query reads, its own query planned."""

    relation: str
    where: str
    columns: tuple[tuple[str, str], ...]
    ready: Plan

    def definition(self) -> str:
        """Return the CTE of the view; its columns have the types that its definition states.

        Raises:
            QueryFailed: the definition has other columns than its query, or a type to which the query's does not widen.
        """
        found = self.ready.columns
        if len(self.columns) != len(found):
            raise self._stale(
                f"stored view column count ({len(self.columns)}) does not match column count derived from the view "
                f"query analysis ({len(found)})"
            )
        casts = []
        for place, ((name, stated), actual) in enumerate(zip(self.columns, found, strict=True)):
            projected = f"column [{actual.name}] of type {actual.type} projected from query view at position {place}"
            stored = f"column [{name}] of type {stated} stored in view definition"
            if name.lower() != str(actual.name).lower():
                raise self._stale(f"{projected} has a different name from {stored}")
            wanted = type_of(stated, self.relation)
            if not coerces(actual.type, wanted) or (
                actual.type.base == "timestamp" and actual.type.size != wanted.size
            ):
                raise self._stale(f"{projected} cannot be coerced to {stored}")
            casts.append(f'{coerced(Value(f"v.c{place}", actual.type), wanted).sql} AS "{name}"')
        shown = ", ".join(casts)
        return f'"{self.relation}" AS (SELECT {shown} FROM ({self.ready.sql}) AS v)'  # noqa: S608 - compiled SQL

    def _stale(self, why: str) -> QueryFailed:
        """Return the failure of a view that no longer fits its query, as recorded on Athena.

        Sources: aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection issue 391 (2025-08-29) and
        cloud-intelligence-dashboards-framework issue 585 (2023-07-21).
        """
        said = f"View 'awsdatacatalog.{self.relation}' is stale or in invalid state: {why}"
        return QueryFailed(f"VIEW_IS_STALE: {self.where}: {said}")


def with_views(views: list[str], sql: str) -> str:
    """Return a DuckDB query with CTEs put before its own."""
    if not views:
        return sql
    if sql.startswith("WITH "):
        return f"WITH {', '.join(views)}, {sql.removeprefix('WITH ')}"
    return f"WITH {', '.join(views)} {sql}"


@dataclass
class Sources:
    """The tables a query reads, how often each, and its views in the order in which they build on each other."""

    catalogue: Catalogue
    tables: dict[str, tuple[Source, dict[str, Any]]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    reads: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, ready: Plan, catalogue: Catalogue) -> Sources:
        """Return the sources of a plan.

        Raises:
            QueryFailed: something is not there, or a view's definition is none.
        """
        found = cls(catalogue)
        found._add(ready, ())
        found._count(ready, 1)
        return found

    def _count(self, ready: Plan, times: int) -> None:
        """Add how often a plan reads each table: Trino reads one again wherever a view or a WITH names it."""
        for relation, count in ready.reads.items():
            if relation in self.views:
                self._count(self.views[relation].ready, times * count)
            else:
                self.reads[relation] += times * count

    def _add(self, ready: Plan, inside: tuple[str, ...]) -> None:
        """Add the sources of a plan; `inside` are the views that led here."""
        for source in ready.sources:
            if source.relation in inside:
                raise QueryFailed(f"VIEW_IS_RECURSIVE: {source.where}: Statement would create a recursive view")
            if source.relation in self.tables and source.with_paths:
                self.tables[source.relation] = (source, self.tables[source.relation][1])
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
            if text.rstrip().endswith(";"):
                raise QueryFailed("mismatched input ';'")  # noqa: TRY301 - it is told of the view
            ready = plan(text, (), str(definition.get("schema") or source.database), self.catalogue)
            self._add(ready, (*inside, source.relation))
        except (QueryFailed, Malformed) as exc:
            raise QueryFailed(
                f"INVALID_VIEW: {source.where}: Failed analyzing stored view 'awsdatacatalog.{source.relation}': {exc}"
            ) from exc
        columns = tuple((column["name"], column["type"]) for column in definition["columns"])
        self.views[source.relation] = View(source.relation, source.where, columns, ready)
