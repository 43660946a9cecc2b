"""Run a statement on Trino by its REST protocol (https://trino.io/docs/current/develop/client-protocol.html)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.aws.athena.results import ResultSet
from local.aws.athena.sql.types import named
from local.aws.athena.trino.server import CATALOG
from local.aws.athena.trino.values import writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

POLLED_WITHIN_S = 60
NODES_KNOWN_WITHIN_S = 60


@dataclass(frozen=True)
class Reply:
    """Trino's result of a statement, and the number of stages of its plan."""

    results: ResultSet
    stages: int


class TrinoError(Exception):
    """Trino refuses or fails a statement: `name` is its error's, such as TABLE_NOT_FOUND."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


def ask(
    url: str,
    sql: str,
    parameters: Sequence[str] = (),
    database: str = "default",
    *,
    scan_limit: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Reply:
    """Return Trino's result, its values as Athena's API writes them; `parameters` are literals, bound in order.

    Raises:
        TrinoError: Trino gives no answer; its name is USER_CANCELED after `stopped` returned true.
    """
    if parameters:  # as Athena binds ExecutionParameters
        quoted = sql.rstrip().removesuffix(";").replace("'", "''")
        sql = f"EXECUTE IMMEDIATE '{quoted}' USING {', '.join(parameters)}"
    columns: list[dict[str, Any]] = []
    rows: list[list[Any]] = []
    stats: dict[str, Any] = {}
    for page in _once_nodes_are_known(lambda: list(_pages(url, sql, database, scan_limit, stopped))):
        columns = page.get("columns") or columns
        rows += page.get("data") or []
        stats = page["stats"]
    writers = [writer(named(column["type"])) for column in columns]
    shown = [[None if v is None else write(v) for v, write in zip(row, writers, strict=True)] for row in rows]
    names, types = [each["name"] for each in columns], [each["type"] for each in columns]
    results = ResultSet(names, types, shown, stats.get("physicalInputBytes", 0))
    return Reply(results, _stages(stats.get("rootStage")))


def _once_nodes_are_known(pages: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return a statement's documents; ask again while Trino, just started, does not know that it has a catalog.

    A node announces its catalogs some seconds after the server answers (io.trino.metadata.DiscoveryNodeManager polls).
    """
    deadline = time.monotonic() + NODES_KNOWN_WITHIN_S
    while True:
        try:
            return pages()
        except TrinoError as exc:
            if exc.name != "NO_NODES_AVAILABLE" or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _stages(stage: dict[str, Any] | None) -> int:
    """Return the number of stages: this one and those that it reads from."""
    return 0 if stage is None else 1 + sum(_stages(each) for each in stage.get("subStages") or [])


def _pages(
    url: str, sql: str, database: str, scan_limit: int | None, stopped: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """Yield the documents that Trino sends about a statement, from the first to the last."""
    import httpx  # 0.3 s, with all that it imports: only if there is a Trino

    headers = {
        "X-Trino-User": "athena",
        "X-Trino-Catalog": CATALOG,
        "X-Trino-Schema": database,
        "X-Trino-Time-Zone": "UTC",
    }
    if scan_limit is not None:
        headers["X-Trino-Session"] = f"query_max_scan_physical_bytes={scan_limit}B"
    with httpx.Client(trust_env=False, timeout=POLLED_WITHIN_S, headers=headers) as trino:
        page = trino.post(f"{url}/v1/statement", content=sql.encode()).raise_for_status().json()
        while True:
            if error := page.get("error"):
                raise TrinoError(error["errorName"], error["message"])
            yield page
            following = page.get("nextUri")
            if following is None:
                return
            if stopped():
                trino.delete(following)
                raise TrinoError("USER_CANCELED", "Query was canceled")
            page = trino.get(following).raise_for_status().json()
