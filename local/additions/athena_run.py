"""One statement from text to answer, in the thread of its query."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from local.additions import athena_functions, athena_statements, trino_types
from local.additions.athena_catalogue import Catalogue, view_text
from local.additions.athena_errors import Malformed, QueryCancelled, QueryFailed, from_duckdb
from local.additions.athena_plan import Plan, plan
from local.additions.athena_results import Answer, as_text, trino_type

if TYPE_CHECKING:
    from local.additions.rights import Principal

_engine: list[duckdb.DuckDBPyConnection] = []
_making = threading.Lock()


def _cursor() -> duckdb.DuckDBPyConnection:
    """Return a fresh connection of the process's one engine."""
    with _making:
        if not _engine:
            _engine.append(athena_functions.connect())
    return athena_functions.prepare(_engine[0].cursor())


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
    _known: set[str] = field(default_factory=set)

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
        statement = athena_statements.of(self.sql)
        if statement is not None:
            return statement(self.catalogue, self.database)
        explained = athena_statements.explained(self.sql)
        ready = plan(explained or self.sql, tuple(self.parameters), self.database)
        self._cursor = _cursor()
        try:
            self._provide(ready)
            if self.cancelled:
                raise QueryCancelled("Query was cancelled by user")
            return self._explain(ready.sql) if explained else self._rows(ready.sql)
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

    def _provide(self, ready: Plan) -> None:
        """Make the relations that a plan reads; each is read once a query, whoever asks for it."""
        for source in ready.sources:
            if source.relation in self._known:
                continue
            table = self.catalogue.table(source.database, source.name, source.where)
            view = view_text(table)
            if view:
                self._create_view(source.relation, view)
            else:
                self._register(source.relation, table, with_paths=source.with_paths)
            self._known.add(source.relation)

    def _register(self, relation: str, table: dict[str, Any], *, with_paths: bool) -> None:
        """Read a table."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        self._cursor.register(relation, self.catalogue.rows(table, with_paths=with_paths))

    def _create_view(self, relation: str, view: dict[str, Any]) -> None:
        """Create a view that answers with the column types its definition states, as Trino does."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        text = str(view["originalSql"])
        try:
            ready = plan(text, (), str(view.get("schema") or self.database))
            self._provide(ready)
            found = self._cursor.execute(f"DESCRIBE {ready.sql}").fetchall()
        except (QueryFailed, Malformed) as exc:
            raise QueryFailed(f"INVALID_VIEW: Failed analyzing stored view 'awsdatacatalog.{relation}': {exc}") from exc
        except duckdb.Error as exc:
            reason = from_duckdb(exc, text)
            raise QueryFailed(
                f"INVALID_VIEW: Failed analyzing stored view 'awsdatacatalog.{relation}': {reason}"
            ) from exc
        columns = ", ".join(_as_declared(relation, view["columns"], found))
        create = f'CREATE TEMP VIEW "{relation}" AS SELECT {columns} FROM ({ready.sql}) AS _view'  # noqa: S608 - the view's own
        self._cursor.execute(create)


def _as_declared(relation: str, declared: list[dict[str, str]], found: list[tuple[Any, ...]]) -> list[str]:
    """Return a view's columns, each cast to the type that its definition states.

    Raises:
        QueryFailed: the definition names other columns, or a type to which the query's does not widen.
    """
    stale = f"VIEW_IS_STALE: View 'awsdatacatalog.{relation}' is stale or in invalid state: "
    if [column["name"].lower() for column in declared] != [str(column[0]).lower() for column in found]:
        raise QueryFailed(
            f"{stale}stored view column names {[column['name'] for column in declared]} differ from those of its "
            f"query {[column[0] for column in found]}"
        )
    wanted = [trino_types.duckdb_type(column["type"]) for column in declared]
    for place, (column, actual) in enumerate(zip(declared, found, strict=True)):
        kind = trino_type(str(actual[1]))
        if not trino_types.widens(kind, column["type"]):
            raise QueryFailed(
                f"{stale}column [{column['name']}] of type {kind} projected from query view at position {place} cannot "
                f"be coerced to column [{column['name']}] of type {column['type']} stored in view definition"
            )
    return [
        f'CAST("{column["name"]}" AS {kind}) AS "{column["name"]}"'
        for column, kind in zip(declared, wanted, strict=True)
    ]
