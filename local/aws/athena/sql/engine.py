"""The engine behind Athena: DuckDB with Trino's functions (macros.sql) and Trino's way to compute."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

MACROS = Path(__file__).with_name("macros.sql")
SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET integer_division = true",  # 7 / 2 = 3 in Trino
)


def connect() -> duckdb.DuckDBPyConnection:
    """Return an engine that reads nothing by itself; a query runs on a `cursor()` of it, prepared by `prepare`."""
    engine = duckdb.connect(":memory:", config={"threads": 2, "enable_external_access": "false"})
    engine.execute(MACROS.read_text())
    return engine


def prepare(cursor: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return the cursor, set to compute as Trino does; its query's `current_timestamp` is now, in milliseconds."""
    for setting in SETTINGS:
        cursor.execute(setting)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    cursor.execute(f"SET VARIABLE query_start = CAST('{now}' AS TIMESTAMP WITH TIME ZONE)")
    return cursor
