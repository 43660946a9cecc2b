"""DuckDB with the views of the lake: over an export's files, or over S3 with the caller's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from functions.shared import keys
from ops.errors import OpsError, WrongUsage
from ops.export.views import PUBLISHED, VIEWS, statements

if TYPE_CHECKING:
    from pathlib import Path

    from ops.stack import Stack


def over_export(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with the views over an export.

    Raises:
        WrongUsage: the folder holds no export.
        OpsError: a file of the export is damaged or missing.
    """
    if not (folder / PUBLISHED).is_file():
        raise WrongUsage(f"{folder} is not an export. Make one with `ops export {folder}`.")
    engine = duckdb.connect()
    path = str(folder.resolve()).replace("'", "''")
    engine.execute(f"SET file_search_path = '{path}'")
    try:
        engine.execute(statements())
    except duckdb.Error as exc:
        why = str(exc).splitlines()[0]
        raise OpsError(
            f"{folder}: DuckDB cannot read it as an export ({why}). Write it again with `ops export {folder}`."
        ) from exc
    return engine


def over_s3(stack: Stack) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with the views over a stack's published data, read from S3 as a query needs it."""
    import pyarrow as pa

    from ops.export.lake import Lake

    lake, engine = Lake(stack), duckdb.connect()
    for table in keys.TABLES:
        engine.register(f"files.{table}", lake.dataset(table, lake.published))
    published = {"snapshot_date": list(lake.published), "run_id": list(lake.published.values())}
    engine.register("files.published", pa.table(published, pa.schema([(name, pa.string()) for name in published])))
    engine.register("files.runs", lake.runs())
    engine.execute(VIEWS.read_text(encoding="utf-8"))
    return engine


def answer(engine: duckdb.DuckDBPyConnection, statement: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return a statement's columns and rows; both are empty if it returns none.

    Raises:
        OpsError: DuckDB refuses it; the message is DuckDB's.
    """
    try:
        found = engine.execute(statement)
        return [each[0] for each in found.description or ()], found.fetchall() if found.description else []
    except duckdb.Error as exc:
        raise OpsError(f"DuckDB: {exc}") from exc
