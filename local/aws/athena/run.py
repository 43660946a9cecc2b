"""One statement from text to answer, in the thread of its query."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb

from local.aws.athena import statements
from local.aws.athena.catalogue import Catalogue
from local.aws.athena.errors import QueryCancelled, QueryFailed, from_duckdb
from local.aws.athena.results import Answer, as_text, trino_type
from local.aws.athena.sources import Sources, View, with_views
from local.aws.athena.sql import engine
from local.aws.athena.sql.plan import Plan, plan

if TYPE_CHECKING:
    from local.aws.iam.rights import Principal

_engine: list[duckdb.DuckDBPyConnection] = []
_making = threading.Lock()


def _cursor() -> duckdb.DuckDBPyConnection:
    """Return a fresh connection of the process's one engine."""
    with _making:
        if not _engine:
            _engine.append(engine.connect())
    return engine.prepare(_engine[0].cursor())


def warm_up() -> None:
    """Make the engine and the parser ready: the first query would otherwise wait for them."""
    plan("SELECT count(*) AS n FROM UNNEST(ARRAY[1]) AS t (x) WHERE x > 0", (), "default")
    _cursor().close()


@dataclass
class Run:
    """A statement that runs; `cancel()` from another thread ends it."""

    sql: str
    parameters: list[str]
    database: str
    principal: Principal
    scan_limit: int | None = None
    catalogue: Catalogue = field(init=False)
    cancelled: bool = False
    _cursor: duckdb.DuckDBPyConnection | None = None

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(self.principal, self.scan_limit)

    def cancel(self) -> None:
        """Make the run end as soon as the engine notices."""
        self.cancelled = True
        if self._cursor is not None:
            self._cursor.interrupt()

    def answer(self) -> Answer:
        """Return what the statement answers.

        Raises:
            QueryFailed: it does not; the text is the reason.
        """
        statement = statements.of(self.sql)
        if statement is not None:
            return statement(self.catalogue, self.database)
        explained = statements.explained(self.sql)
        ready = plan(explained or self.sql, tuple(self.parameters), self.database)
        self._cursor = _cursor()
        try:
            sql = self._provide(ready)
            if self.cancelled:
                raise QueryCancelled("Query was cancelled by user")
            return self._explain(sql) if explained else self._rows(sql)
        except duckdb.InterruptException as exc:
            raise QueryCancelled("Query was cancelled by user") from exc
        except duckdb.Error as exc:
            raise from_duckdb(exc, self.sql) from exc
        finally:
            self._cursor.close()

    def _rows(self, sql: str) -> Answer:
        """Return the rows of DuckDB's SQL, its types in Trino's words."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        found = self._cursor.execute(sql)
        description = found.description or []
        rows = [[as_text(value) for value in row] for row in found.fetchall()]
        columns = [column[0] for column in description]
        return Answer(columns, [trino_type(str(c[1])) for c in description], rows, self.catalogue.scanned_bytes)

    def _explain(self, sql: str) -> Answer:
        """Return the plan of a query: DuckDB's, which is not Trino's."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        plan = self._cursor.execute(f"EXPLAIN {sql}").fetchall()
        return Answer(["Query Plan"], ["varchar"], [[line] for _, text in plan for line in str(text).splitlines()])

    def _provide(self, ready: Plan) -> str:
        """Return DuckDB's SQL for a plan, once all that it reads is there.

        What is there is noted at one instant, then it is read. Views stand before the query as its CTEs.
        """
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        sources = Sources.of(ready, self.catalogue)
        self.catalogue.take([table for _, table in sources.tables.values()])
        for relation, (source, table) in sources.tables.items():
            self._cursor.register(relation, self.catalogue.rows(table, with_paths=source.with_paths))
        views: list[str] = []
        for view in sources.views.values():
            views.append(view.definition(partial(self._describe, view, list(views))))
        return with_views(views, ready.sql)

    def _describe(self, view: View, before: list[str]) -> list[tuple[Any, ...]]:
        """Return the columns of a view's query, which may read the views before it."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        try:
            return self._cursor.execute(f"DESCRIBE {with_views(before, view.ready.sql)}").fetchall()
        except duckdb.Error as exc:
            raise QueryFailed(
                f"INVALID_VIEW: Failed analyzing stored view 'awsdatacatalog.{view.relation}': "
                f"{from_duckdb(exc, view.ready.text)}"
            ) from exc
