"""The statements that make the views over an export's files."""

from __future__ import annotations

from pathlib import Path

from functions.shared import keys

VIEWS = Path(__file__).parent / "views.sql"
PUBLISHED = "published.parquet"
"""It is written last: everything it names exists. A second export keeps the dates whose run is the same."""
TABLE = (
    "CREATE OR REPLACE VIEW \"files.{table}\" AS SELECT * FROM read_parquet('{table}/*/part.parquet', "
    "hive_partitioning = true, hive_types = {{'snapshot_date': VARCHAR}}, union_by_name = true);\n"
)
SINGLE = "CREATE OR REPLACE VIEW \"files.{table}\" AS SELECT * FROM read_parquet('{table}.parquet');\n"
FILES = "-- Run in the folder of an export: duckdb -init views.sql\n" + "".join(
    [*(TABLE.format(table=table) for table in keys.TABLES), *(SINGLE.format(table=t) for t in ("runs", "published"))]
)


def statements() -> str:
    """Return the statements that make the views over an export, run in its folder."""
    return FILES + VIEWS.read_text(encoding="utf-8")
