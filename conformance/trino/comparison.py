"""Compare one statement on both engines: names, types and rows must be equal."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.aws.athena.results import ResultSet, short_type
from local.aws.athena.trino.client import TrinoError, ask

if TYPE_CHECKING:
    from conformance.trino.statements import Statement
    from local.session import Session

MOST_STAGES = 100
"""Of the 150 of query.max-stage-count, Trino's default, beyond which it refuses a query."""
ENDED_WITHIN_S = 120
ORDERED = re.compile(r"ORDER BY(?![^()]*\))", re.IGNORECASE)


class Refused(Exception):
    """The embedded Athena refuses a statement; the message is its reason."""


@dataclass(frozen=True)
class Compared:
    """The result of a comparison: the differences, Trino's stages, and the bytes that Trino read and Athena reports."""

    statement: Statement
    differences: tuple[str, ...]
    stages: int = 0
    read: int = 0
    reported: int = 0


def compare(statement: Statement, trino: str, session: Session) -> Compared:
    """Run a statement on both engines and return the differences."""
    given = (statement.sql, statement.parameters, statement.database)
    try:
        ours = embedded(session, *given)
    except Refused as exc:
        return Compared(statement, (f"the embedded Athena: {exc}",))
    try:
        reply = ask(trino, *given)
    except TrinoError as exc:
        return Compared(statement, (f"Trino: {exc}",))
    told = tuple(differences(reply.results, ours, ordered=ORDERED.search(statement.sql) is not None))
    if reply.stages >= MOST_STAGES:
        told = (*told, f"{reply.stages} stages, where fewer than {MOST_STAGES} of 150 are asked for")
    return Compared(statement, told, reply.stages, reply.results.scanned_bytes, ours.scanned_bytes)


def differences(real: ResultSet, ours: ResultSet, *, ordered: bool) -> list[str]:
    """Return the differences in names, types, rows, and in order if the statement has one."""
    told = []
    if real.columns != ours.columns:
        told.append(f"columns {real.columns} on Trino, {ours.columns} embedded")
    types = [[short_type(kind) for kind in each.types] for each in (real, ours)]
    if types[0] != types[1]:
        told.append(f"types {types[0]} on Trino, {types[1]} embedded")
    there, here = ([tuple(sorted_map(cell) for cell in row) for row in each.rows] for each in (real, ours))
    only_there, only_here = Counter(there) - Counter(here), Counter(here) - Counter(there)
    if only_there or only_here:
        told.append(f"rows {_some(only_there)} on Trino, {_some(only_here)} embedded")
    elif ordered and there != here:
        place = next(number for number, pair in enumerate(zip(there, here, strict=True)) if pair[0] != pair[1])
        told.append(f"row {place} is {str(there[place])[:200]} on Trino, {str(here[place])[:200]} embedded")
    return told


def _some(rows: Counter[tuple[str | None, ...]]) -> str:
    return f"{rows.total()}, such as {str(next(iter(rows), None))[:300]}"


def sorted_map(cell: str | None) -> str | None:
    """Return a cell with the entries of a map sorted, since neither engine promises an order."""
    if cell and cell.startswith("{") and "=" in cell:
        return "{" + ", ".join(sorted(cell[1:-1].split(", "))) + "}"
    return cell


def embedded(session: Session, sql: str, parameters: tuple[str, ...], database: str) -> ResultSet:
    """Return the embedded Athena's result through its API.

    Raises:
        Refused: it refuses the statement.
    """
    athena = session.client("athena")
    bound: dict[str, Any] = {"ExecutionParameters": list(parameters)} if parameters else {}
    try:
        started = athena.start_query_execution(
            QueryString=sql,
            WorkGroup=session.outputs["workgroup"],
            QueryExecutionContext={"Database": database},
            **bound,
        )["QueryExecutionId"]
    except athena.exceptions.InvalidRequestException as exc:
        raise Refused(str(exc)) from exc
    deadline = time.monotonic() + ENDED_WITHIN_S
    while True:
        execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        state = execution["Status"]["State"]
        if state not in {"QUEUED", "RUNNING"} or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    if state != "SUCCEEDED":
        raise Refused(execution["Status"].get("StateChangeReason", f"{state} after {ENDED_WITHIN_S} s"))
    columns: list[dict[str, Any]] = []
    rows: list[list[str | None]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=started):
        columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    scanned = execution["Statistics"]["DataScannedInBytes"]
    return ResultSet([each["Name"] for each in columns], [each["Type"] for each in columns], rows[1:], scanned)
