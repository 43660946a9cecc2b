"""Run queries in the stack's Athena workgroup and return their results as Python values."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.prices import megabytes, usd
from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ops.stack import Stack

OF_WORKGROUP = ("WorkGroup", "No output location")
"""First words of an InvalidRequestException that no statement causes: a guess, from users' reports."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.4  # a short query takes less than the next pause
_PYTHON: dict[str, Callable[[str], object]] = {
    "bigint": int,
    "decimal": Decimal,
    "smallint": int,
    "tinyint": int,
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "double": float,
    "float": float,
    "integer": int,
    "timestamp": datetime.fromisoformat,
}


@dataclass(frozen=True)
class QueryResult:
    """A query's result: column names, Athena's types of them, typed rows, and what it took."""

    columns: list[str]
    types: list[str]
    rows: list[tuple[object, ...]]
    bytes_scanned: int
    seconds: float
    query_execution_id: str

    @property
    def usd(self) -> float:
        """The query's list price in USD."""
        return usd("athena", megabytes(self.bytes_scanned)) if self.bytes_scanned else 0.0

    def records(self) -> list[dict[str, object]]:
        """Return the rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(stack: Stack, statement: str, parameters: Sequence[str] = ()) -> QueryResult:
    """Run one statement over the views and return its result; `parameters` are SQL literals for its `?`.

    Raises:
        OpsError: Athena refused or cancelled it; the message is Athena's.
    """
    athena = stack.client("athena")
    request: dict[str, Any] = {
        "QueryString": statement,
        "QueryExecutionContext": {"Database": stack.outputs["views_database"]},
        "WorkGroup": stack.outputs["workgroup"],
    }
    if parameters:
        request["ExecutionParameters"] = list(parameters)
    query = _started(athena, request)
    execution = _finished(athena, query)
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    rows, metadata = [], []
    for page in pages:
        metadata = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        rows += page["ResultSet"]["Rows"]
    names, types = [column["Name"] for column in metadata], [column["Type"] for column in metadata]
    found = [tuple(_values(row, ["varchar"] * len(row["Data"]))) for row in rows[:1]]
    has_header = found == [tuple(names)]  # SELECT has one; SHOW, DESCRIBE and EXPLAIN do not
    return QueryResult(
        columns=unique(names),
        types=types,
        rows=[tuple(_values(row, types)) for row in rows[has_header:]],
        bytes_scanned=execution["Statistics"].get("DataScannedInBytes", 0),
        seconds=execution["Statistics"].get("TotalExecutionTimeInMillis", 0) / 1000,
        query_execution_id=query,
    )


def unique(names: Sequence[str]) -> list[str]:
    """Return the names, a repeated one with a number (a, a_2), so that no column of a record is lost."""
    found: list[str] = []
    for name in names:
        again = (f"{name}_{number}" for number in count(2))
        found.append(
            name if name not in found else next(each for each in again if each not in names and each not in found)
        )
    return found


def _started(athena: Any, request: dict[str, Any]) -> str:
    """Return the ID of a query once Athena has accepted its statement."""
    try:
        started: str = athena.start_query_execution(**request)["QueryExecutionId"]
    except ClientError as exc:
        error = exc.response["Error"]
        if error["Code"] != "InvalidRequestException" or error["Message"].startswith(OF_WORKGROUP):
            raise
        raise OpsError(f"Athena: the statement is not valid: {error['Message']}") from exc
    return started


def _finished(athena: Any, query: str) -> dict[str, Any]:
    """Return a query's execution once it succeeded; the pauses between two checks grow."""
    pause = FIRST_PAUSE_S
    while True:
        execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            return execution
        if state in {"FAILED", "CANCELLED"}:
            raise OpsError(f"Athena: {execution['Status'].get('StateChangeReason', state)}")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _values(row: dict[str, Any], types: Sequence[str]) -> Iterator[object]:
    for cell, kind in zip(row["Data"], types, strict=True):
        text = cell.get("VarCharValue")
        yield None if text is None else _PYTHON.get(kind, str)(text)
