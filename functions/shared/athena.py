"""Run several Athena queries at once and return typed rows; a query that fails does not stop the others."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import (
        DatumTypeDef,
        QueryExecutionTypeDef,
        RowTypeDef,
        StartQueryExecutionInputTypeDef,
    )

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.4  # between two checks of a query; they grow
PATIENCE_S = 90.0  # seconds for all queries together

Value = str | int | float | bool | None
Row = dict[str, Value]
_PYTHON: dict[str, Callable[[str], Value]] = {
    "bigint": int,
    "boolean": lambda text: text == "true",
    "double": float,
    "integer": int,
}


@dataclass(frozen=True)
class QueryResults:
    """The results: rows and bytes scanned by query, and the reason for each query without a result."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)
    scanned: dict[str, int] = field(default_factory=dict)

    def of(self, question: str) -> list[Row]:
        """Return the rows of a query; none if it has no result."""
        return self.rows.get(question, [])

    def shortened(self, questions: tuple[str, ...], share: float) -> QueryResults:
        """Return the results with only this share of some queries' rows, but at least one row of each that has any."""
        rows = {
            name: found[: max(int(len(found) * share), 1)] if name in questions else found
            for name, found in self.rows.items()
        }
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Library:
    """The workgroup that runs the queries, the databases of the views and of the lake, and the queries' folder."""

    athena: AthenaClient
    workgroup: str
    views_database: str
    lake_database: str
    questions: Path

    def ask(self, snapshot_date: str, questions: tuple[str, ...]) -> QueryResults:
        """Return the results of `<name>.sql` for the date."""
        asked: dict[str, str] = {}
        silent: dict[str, str] = {}
        for name in questions:
            try:
                asked[name] = self._start(name, snapshot_date)
            except ClientError as exc:
                silent[name] = f"{exc.response['Error']['Code']}: {exc.response['Error'].get('Message', '')}"
        rows: dict[str, list[Row]] = {}
        scanned: dict[str, int] = {}
        deadline = time.monotonic() + PATIENCE_S
        for name, query in asked.items():
            execution = self._finished(query, deadline)
            status = execution["Status"]
            if status["State"] == "SUCCEEDED":
                rows[name] = self._rows(query)
                scanned[name] = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
            else:
                self._stop(query, status["State"])
                silent[name] = status.get("StateChangeReason", f"{status['State']} after {PATIENCE_S:g} s")
        return QueryResults(rows, silent, scanned)

    def _start(self, name: str, snapshot_date: str) -> str:
        statement = (self.questions / f"{name}.sql").read_text(encoding="utf-8")
        request: StartQueryExecutionInputTypeDef = {
            "QueryString": statement.replace("${LakeDatabase}", self.lake_database),
            "QueryExecutionContext": {"Database": self.views_database},
            "WorkGroup": self.workgroup,
        }
        if dates := [f"'{snapshot_date}'"] * statement.count("?"):
            request["ExecutionParameters"] = dates
        return self.athena.start_query_execution(**request)["QueryExecutionId"]

    def _finished(self, query: str, deadline: float) -> QueryExecutionTypeDef:
        """Return the query's state once it has ended, or when the time limit is over."""
        pause = FIRST_PAUSE_S
        while True:
            execution = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] not in {"QUEUED", "RUNNING"} or time.monotonic() > deadline:
                return execution
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _stop(self, query: str, state: str) -> None:
        """Stop a running query whose result is no longer needed, so that it scans and costs no more."""
        if state in {"QUEUED", "RUNNING"}:
            with suppress(ClientError):  # it may have ended since
                self.athena.stop_query_execution(QueryExecutionId=query)

    def _rows(self, query: str) -> list[Row]:
        cells: list[RowTypeDef] = []
        columns: list[tuple[str, str]] = []
        for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query):
            columns = [(each["Name"], each["Type"]) for each in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
            cells += page["ResultSet"]["Rows"]
        return [typed(columns, row["Data"]) for row in cells[1:]]  # the first row is the header


def typed(columns: Sequence[tuple[str, str]], cells: Sequence[DatumTypeDef]) -> Row:
    """Return a row of text as the types of its columns, given as (name, Athena's type)."""
    texts = [cell.get("VarCharValue") for cell in cells]
    return {
        name: None if text is None else _PYTHON.get(kind, str)(text)
        for (name, kind), text in zip(columns, texts, strict=True)
    }
