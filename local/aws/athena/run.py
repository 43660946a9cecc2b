"""Run one statement from text to result, in the thread of its query."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from local.aws.athena import engine, statements
from local.aws.athena.catalogue import Catalogue
from local.aws.athena.cells import require_writable, writer
from local.aws.athena.errors import QueryCancelled, QueryFailed, from_duckdb
from local.aws.athena.results import ResultSet
from local.aws.athena.sources import Sources, with_views
from local.aws.athena.sql.compile import NOT_ANSWERED
from local.aws.athena.sql.plan import Plan, plan, type_of
from local.aws.athena.sql.syntax import statement
from local.aws.athena.trino import engine as trino
from local.aws.athena.udf import register

if TYPE_CHECKING:
    from local.aws.iam.rights import Principal

AGAIN_S = 0.05  # between two interrupts
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
    if trino.chosen():
        trino.begin()
    statement("SELECT count(*) AS n FROM UNNEST(ARRAY[1]) AS t (x) WHERE x > 0")
    _cursor().close()


@dataclass
class StatementRun:
    """A statement that runs; `cancel()` from another thread ends it."""

    sql: str
    parameters: list[str]
    database: str
    principal: Principal
    scan_limit: int | None = None
    catalogue: Catalogue = field(init=False)
    cancelled: bool = False
    _cursor: duckdb.DuckDBPyConnection | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _ending: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(self.principal, self.scan_limit)

    def cancel(self) -> None:
        """Make the run end as soon as the engine notices."""
        self.cancelled = True
        threading.Thread(target=self._interrupt, daemon=True).start()

    def _interrupt(self) -> None:
        """Interrupt the engine until the run ends: it forgets an interrupt that comes before its query."""
        while not self._ended.is_set():
            with self._ending:
                if self._cursor is not None and not self._ended.is_set():
                    self._cursor.interrupt()
            self._ended.wait(AGAIN_S)

    def answer(self) -> ResultSet:
        """Return the statement's result.

        Raises:
            QueryFailed: it does not; the text is the reason.
        """
        try:
            return self._answer()
        finally:
            with self._ending:
                self._ended.set()
                if self._cursor is not None:
                    self._cursor.close()

    def _answer(self) -> ResultSet:
        answer = statements.of(self.sql)
        if answer is not None:
            return answer(self.catalogue, self.database)
        if statements.is_hives(self.sql):
            raise QueryFailed(NOT_ANSWERED.format(" ".join(statements.bare(self.sql).split()[:2]).upper()))
        explained = statements.explained(self.sql)
        if trino.chosen():
            return trino.answer(self, explained or self.sql)
        ready = plan(explained or self.sql, tuple(self.parameters), self.database, self.catalogue)
        for column in ready.columns:
            require_writable(column.type)
        self._cursor = _cursor()
        try:
            sql = self._provide(ready)
            if self.cancelled:
                raise QueryCancelled("Query was cancelled by user")
            return self._explain(sql) if explained else self._rows(sql, ready)
        except duckdb.InterruptException as exc:
            raise QueryCancelled("Query was cancelled by user") from exc
        except duckdb.Error as exc:
            raise from_duckdb(exc) from exc

    def _rows(self, sql: str, ready: Plan) -> ResultSet:
        """Return the rows of DuckDB's SQL as Athena writes them."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        refused_before = register.not_known_count()
        found = self._cursor.execute(sql).fetchall()
        hidden = register.not_known_since(refused_before)
        if hidden and "TRY(" in sql:
            raise QueryFailed(f"NOT_SUPPORTED: {hidden[0]} inside of TRY is not known to the embedded Athena")
        writers = [writer(column.type) for column in ready.columns]
        rows = [[None if value is None else w(value) for w, value in zip(writers, row, strict=True)] for row in found]
        names, types = [str(column.name) for column in ready.columns], [str(column.type) for column in ready.columns]
        return ResultSet(names, types, rows, self.catalogue.scanned_bytes)

    def _explain(self, sql: str) -> ResultSet:
        """Return the plan of a query: DuckDB's, which is not Trino's."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        plan = self._cursor.execute(f"EXPLAIN {sql}").fetchall()
        return ResultSet(["Query Plan"], ["varchar"], [[line] for _, text in plan for line in str(text).splitlines()])

    def _provide(self, ready: Plan) -> str:
        """Load everything that a plan reads, and return DuckDB's SQL for it.

        What is there is noted at one instant, then it is read. Views stand before the query as its CTEs.
        """
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        sources = Sources.of(ready, self.catalogue)
        self.catalogue.take([table for _, table in sources.tables.values()])
        before: list[str] = []
        for relation, (source, table) in sources.tables.items():
            rows = self.catalogue.rows(table, sources.reads[relation], with_paths=source.with_paths)
            if rows.unread.num_rows:
                self._cursor.register(f"{relation} read", rows.read)
                self._cursor.register(f"{relation} unread", rows.unread)
                kinds = {name: type_of(kind, relation).duckdb for name, kind in source.columns} | {"$path": "VARCHAR"}
                before.append(rows.definition(relation, kinds))
            else:
                self._cursor.register(relation, rows.read)
        return with_views([*before, *(view.definition() for view in sources.views.values())], ready.sql)
