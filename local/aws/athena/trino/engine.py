"""The Trino of an embedded AWS that was started with one: it runs each query instead of DuckDB.

Athena's API, its result files, the caller's rights and the errors of a missing table stay the embedded Athena's. What a
query scans is what Trino read, and the workgroup's limit is Trino's.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from local.aws.athena.errors import Malformed, QueryCancelled, QueryFailed
from local.aws.athena.sql.syntax import Node, name_of, statement
from local.aws.athena.tables import view_text
from local.aws.athena.trino.client import TrinoError, ask
from local.aws.athena.trino.server import Trino, TrinoFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.athena.catalogue import Catalogue
    from local.aws.athena.results import ResultSet


class Asked(Protocol):
    """A running statement, as it was sent to Trino."""

    sql: str
    parameters: list[str]
    database: str
    scan_limit: int | None
    catalogue: Catalogue
    cancelled: bool


_started: list[Trino] = []
_starting = threading.Lock()


def chosen() -> bool:
    """Return whether Trino computes the queries, also while it still starts."""
    return bool(os.environ.get("EMBEDDED_AWS_TRINO"))


def begin() -> Trino:
    """Return the one Trino of this process, which ends with its group; start it at the first call."""
    with _starting:
        if not _started:
            folder = Path(os.environ["TMPDIR"]) / "trino"
            installed = Path(os.environ["EMBEDDED_AWS_TRINO"])
            _started.append(Trino.start(installed, folder, os.environ["AWS_ENDPOINT_URL"]))
        return _started[0]


def answer(run: Asked, query: str) -> ResultSet:
    """Return what Trino answers to a run's statement; `query` is the query in it, which may be explained.

    Raises:
        QueryFailed: Trino refuses it, or the caller may not read one of its tables.
        QueryCancelled: it was stopped, or reads more than the workgroup allows.
    """
    require_readable(query, run.database, run.catalogue)
    trino = begin()
    try:
        trino.wait_until_ready()
        given = (run.sql.rstrip().removesuffix(";"), run.parameters, run.database)
        reply = ask(trino.url, *given, scan_limit=run.scan_limit, stopped=lambda: run.cancelled)
    except TrinoFailed as exc:
        raise QueryFailed(f"GENERIC_INTERNAL_ERROR: {exc}") from exc
    except TrinoError as exc:
        if exc.name == "USER_CANCELED":
            raise QueryCancelled("Query was cancelled by user") from exc
        if exc.name == "EXCEEDED_SCAN_LIMIT":
            raise QueryCancelled(f"Query cancelled! : Bytes scanned limit was exceeded: {exc}") from exc
        raise QueryFailed(str(exc)) from exc
    run.catalogue.scanned_bytes = reply.results.scanned_bytes
    return reply.results


def require_readable(query: str, database: str, catalogue: Catalogue) -> None:
    """Raise QueryFailed unless the caller may read each table that a query names, also by way of views.

    A name that a WITH gives counts as the table of that name, where there is one: what is not asked for is not missed.
    """
    tree = statement(query)
    given = {name_of(node.name).lower() for node in _nodes(tree, "NamedQuery")}
    for node in _nodes(tree, "TableName"):
        names = [name_of(each).lower() for each in node.qualifiedName().identifier()]
        schema, name = (names[-2] if len(names) > 1 else database), names[-1].partition("$")[0]
        if schema == "information_schema":
            catalogue.may_see(database, None, "glue:GetDatabase")
        elif names != [name] or name not in given or catalogue.has(schema, name):
            _require_table(schema, name, catalogue)


def _require_table(schema: str, name: str, catalogue: Catalogue) -> None:
    table = catalogue.table(schema, name)
    definition: dict[str, Any] | None = view_text(table)
    if definition is None:
        catalogue.require_readable(table)
        return
    try:
        require_readable(str(definition["originalSql"]), str(definition.get("schema") or schema), catalogue)
    except Malformed as exc:
        raise QueryFailed(f"INVALID_VIEW: Failed analyzing stored view '{schema}.{name}': {exc}") from exc


def _nodes(tree: Node, kind: str) -> Iterator[Node]:
    """Yield the nodes of a kind in a tree."""
    if type(tree).__name__ == f"{kind}Context":
        yield tree
    for child in tree.getChildren() if hasattr(tree, "getChildren") else ():
        yield from _nodes(child, kind)
