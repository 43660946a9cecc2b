"""The engine behind Athena: DuckDB with Trino's functions."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from local.aws.athena.udf import (
    json_casts,  # noqa: F401 - this and those below register functions
    json_texts,  # noqa: F401
    numbers,  # noqa: F401
    patterns,  # noqa: F401
    register,
    text,  # noqa: F401
    times,  # noqa: F401
    urls,  # noqa: F401
)


def connect() -> duckdb.DuckDBPyConnection:
    """Return an engine that opens no files itself; a query runs on a `cursor()` of it, set up by `prepare`."""
    engine = duckdb.connect(":memory:", config={"threads": 2, "enable_external_access": "false"})
    register.register(engine)
    return engine


def prepare(cursor: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return the cursor, set up to compute as Trino does; its query's `current_timestamp` is now, in milliseconds.

    DuckDB would ask the machine's clock; the embedded AWS has its process's.
    """
    cursor.execute("SET TimeZone = 'UTC'")
    cursor.execute("SET default_null_order = 'nulls_last'")
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    cursor.execute(f"SET VARIABLE query_start = TIMESTAMP '{now}'")
    return cursor
