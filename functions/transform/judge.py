"""The contract's verdict on rows: pandera judges every row of every table, all at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
from pandera.errors import SchemaErrors

from functions.shared import contract

if TYPE_CHECKING:
    import pyarrow as pa
    from pandera import Check
    from pandera.api.pandas.container import DataFrameSchema


@cache
def _schema(table: str) -> DataFrameSchema:
    return contract.schema(table)


def judge(table: str, rows: pa.Table) -> dict[int, list[str]]:
    """Return the reasons against each row that breaks the contract, by its position; none for a row that keeps it."""
    frame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    try:
        _schema(table).validate(frame, lazy=True)
    except SchemaErrors as exc:
        return _by_row(exc)
    return {}


def _by_row(errors: SchemaErrors) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for error in errors.schema_errors:
        if not isinstance(error.failure_cases, pd.DataFrame):
            raise TypeError(f"rows of other columns or types than the contract's: {error}")
        reason = f"{error.schema.name}: {_text(error.check)}"
        for row in error.failure_cases["index"]:
            found.setdefault(int(row), []).append(reason)
    return found


def _text(check: Check | str) -> str:
    return contract.NOT_NULLABLE if isinstance(check, str) else contract.rule_text(check)
