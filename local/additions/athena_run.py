"""One statement from text to answer, in the thread of its query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from local.additions import athena_functions, athena_parse, athena_statements, trino_types
from local.additions.athena_catalogue import Catalogue, view_text
from local.additions.athena_dialect import translate
from local.additions.athena_errors import Malformed, QueryCancelled, QueryFailed, from_duckdb, position
from local.additions.athena_results import Answer, as_text, trino_type

if TYPE_CHECKING:
    from local.additions.rights import Principal

_engine: list[duckdb.DuckDBPyConnection] = []


def _cursor() -> duckdb.DuckDBPyConnection:
    """Return a fresh connection of the process's one engine."""
    if not _engine:
        _engine.append(athena_functions.connect())
    return athena_functions.prepare(_engine[0].cursor())


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
        tree = athena_parse.bind(athena_parse.parse(explained or self.sql), self.parameters)
        self._cursor = _cursor()
        try:
            sql = self._prepared(tree, self.database, self.sql)
            if self.cancelled:
                raise QueryCancelled("Query was cancelled by user")
            return self._plan(sql) if explained else self._rows(sql)
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

    def _plan(self, sql: str) -> Answer:
        """Return the plan of a query: DuckDB's, which is not Trino's."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        plan = self._cursor.execute(f"EXPLAIN {sql}").fetchall()
        return Answer(["Query Plan"], ["varchar"], [[line] for _, text in plan for line in str(text).splitlines()])

    def _prepared(self, tree: exp.Query, database: str, sql: str) -> str:
        """Return DuckDB's SQL for a query, once all that it reads is there."""
        with_paths = any(column.name.lower() == "$path" for column in tree.find_all(exp.Column))

        def relation(schema: str, name: str) -> str:
            return self._relation(schema, name, position(sql, name), with_paths=with_paths)

        return translate(athena_parse.name_tables(tree, database, relation))

    def _relation(self, database: str, name: str, where: str, *, with_paths: bool) -> str:
        """Return the name of the relation that holds a Glue table's or view's rows, made when first asked for."""
        table = self.catalogue.table(database, name, where)
        view = view_text(table)
        relation = f"{database}.{name}" + (" with paths" if with_paths and not view else "")
        if relation not in self._known:
            if view:
                self._create_view(relation, view)
            else:
                self._register(relation, table, with_paths=with_paths)
            self._known.add(relation)
        return relation

    def _register(self, relation: str, table: dict[str, Any], *, with_paths: bool) -> None:
        """Read a table."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        self._cursor.register(relation, self.catalogue.rows(table, with_paths=with_paths))

    def _create_view(self, relation: str, view: dict[str, Any]) -> None:
        """Create a view that answers with the column types its definition states, as Trino does."""
        assert self._cursor is not None  # noqa: S101 - answer() opened it
        text = str(view["originalSql"])
        try:
            sql = self._prepared(athena_parse.parse(text), str(view.get("schema") or self.database), text)
            found = self._cursor.execute(f"DESCRIBE {sql}").fetchall()
        except (QueryFailed, Malformed) as exc:
            raise QueryFailed(f"INVALID_VIEW: Failed analyzing stored view 'awsdatacatalog.{relation}': {exc}") from exc
        except duckdb.Error as exc:
            reason = from_duckdb(exc, text)
            raise QueryFailed(
                f"INVALID_VIEW: Failed analyzing stored view 'awsdatacatalog.{relation}': {reason}"
            ) from exc
        columns = ", ".join(_as_declared(relation, view["columns"], found))
        create = f'CREATE TEMP VIEW "{relation}" AS SELECT {columns} FROM ({sql}) AS _view'  # noqa: S608 - the view's own
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
