"""Validate rows: pandera's checks, each over a whole column at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from functions.shared import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pandera.api.pandas.components import Column
    from pandera.api.pandas.container import DataFrameSchema


@cache
def _schema(table: str) -> DataFrameSchema:
    return contract.schema(table)


def unvalidated(table: str) -> pa.Schema:
    """Return the contract's columns, all nullable until they are validated."""
    return pa.schema([pa.field(each.name, each.type) for each in contract.arrow_schema(table)])


def violations(table: str, rows: pa.Table) -> dict[int, list[str]]:
    """Return the reasons for each row that breaks the contract, by its position; none for a row that keeps it.

    The rows have the contract's columns and types, as Arrow guarantees. The checks run one by one, since pandera's own
    report of failures costs more than all of them (docs/decisions/0028).
    """
    found: dict[int, list[str]] = {}
    for name, column in _schema(table).columns.items():
        for rule, broken in _broken(column, rows[name]):
            for row in broken.tolist():
                found.setdefault(row, []).append(f"{name}: {rule}")
    return found


def _broken(column: Column, values: pa.ChunkedArray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each rule of a column that some values break, and the positions of those values."""
    if contract.is_expected(column) and values.null_count:
        yield contract.NOT_NULLABLE, np.flatnonzero(values.is_null().to_numpy())
    checks = column.checks if values.null_count < len(values) else []  # every check ignores null values
    series = _series(values) if checks else None
    for check in checks:
        result = check(series)
        if not result.check_passed:
            verdicts = result.check_output[result.check_output.notna()]
            yield contract.rule_text(check), verdicts.index[~verdicts.to_numpy(dtype=bool)].to_numpy()


def _make_ready() -> None:
    """Build the schemas and call each check once, when the function starts: pandera imports and registers then."""
    for table in contract.MODELS:
        for name, column in _schema(table).columns.items():
            nothing = pa.nulls(1, contract.arrow_schema(table).field(name).type)
            for check in column.checks:
                check(_series(nothing))


def _series(values: pa.Array | pa.ChunkedArray) -> pd.Series[Any]:
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(values.type)))


_make_ready()
