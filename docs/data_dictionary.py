"""Writes docs/data-dictionary.md from the contract: `python -m docs.data_dictionary`. A test holds them together."""

from __future__ import annotations

from pathlib import Path

from functions.shared import contract

PLACE = Path(__file__).with_name("data-dictionary.md")

HEAD = """# Data dictionary

Generated from `functions/shared/contract.py` by `python -m docs.data_dictionary`; do not edit.

The tables below are what the pipeline writes, as Parquet, for each snapshot date. Two partition keys stand in the path
and are columns too: `snapshot_date` (string, the day the data is about) and `run_id` (string, the run that wrote it).
Views of the same names show the published run of each date, with `snapshot_date` as a date.

*Extended* marks what Spotify sends to apps with extended quota only: null in the development profile.
*Refused if* are the reasons that quarantine gives, after the column's name; a value of another type is refused as well.
"""


def markdown() -> str:
    """Return the data dictionary."""
    return HEAD + "".join(_table(table) for table in contract.TABLES)


def _table(table: str) -> str:
    keys = ", ".join(f"`{key}`" for key in contract.KEYS.get(table, ()))
    about = f"{contract.MODELS[table].__doc__} One row for each {keys}." if keys else contract.MODELS[table].__doc__
    rows = "".join(_row(table, column) for column in contract.columns(table))
    return f"\n## {table}\n\n{about}\n\n| column | type | what it is | refused if it |\n|---|---|---|---|\n{rows}"


def _row(table: str, column: contract.Column) -> str:
    what = column.description + (" *Extended.*" if column.extended_only else "")
    rules = "; ".join(contract.column_rules(table, column.name))
    return f"| {column.name} | {contract.glue_type(column.type)} | {what} | {rules} |\n"


if __name__ == "__main__":
    PLACE.write_text(markdown())
