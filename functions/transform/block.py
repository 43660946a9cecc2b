"""Turn one block of lines into validated rows; leave lines that do not fit for the strict path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.shared import contract
from functions.transform import reader
from functions.transform.columns import dates, instants
from functions.transform.fields import FIELDS
from functions.transform.lines import Line
from functions.transform.parse import strict
from functions.transform.parse.block_result import BlockResult
from functions.transform.shape import READS
from functions.transform.validate import unvalidated, violations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from functions.transform.lines import Block


def process(block: Block, snapshot_date: date) -> BlockResult:
    """Return the result of a block's lines."""
    count = len(block.starts) - 1
    if block.dataset in READS and count:
        result = _read(block, snapshot_date)
    else:
        every = np.ones(count, dtype=bool)
        result = strict.read(block.dataset, _lines(block, every, ~every), snapshot_date)
    for refused in block.refused:
        result.refuse(refused.source, refused.line, [refused.reason], refused.head.decode(errors="replace"))
        result.refused_of([None])
    result.refuse_unkept(block.unkept)
    result.passed["lines"] = count + len(block.refused) + block.unkept.total()
    return result


def _lines(block: Block, which: np.ndarray, drift_counted: np.ndarray) -> Iterator[Line]:
    for at, (source, number) in enumerate(block.places()):
        if which[at]:
            text = bytes(block.data[block.starts[at] : block.starts[at + 1]])
            yield Line(source, number, text, bool(drift_counted[at]))


def _read(block: Block, snapshot_date: date) -> BlockResult:
    """Return the rows of all valid lines; leave the other lines for the strict path."""
    result = BlockResult(block.dataset)
    found = reader.read(block)
    rows = _rows(found, snapshot_date)
    for table, each in rows.items():
        lines = each[reader.LINE.name].to_numpy()
        found.strict[lines[list(violations(table, each))]] = True
    found.strict[list(found.passed_over)] = False
    for table, each in rows.items():
        kept = each
        if found.strict.any():
            kept = each.filter(pa.array(~found.strict[each[reader.LINE.name].to_numpy()]))
        result.accept(table, kept.drop_columns(reader.LINE.name).cast(contract.arrow_schema(table)))
    result.passed.update(found.passed_over.values())
    result.drift.add(found.drift)
    result.left = list(_lines(block, found.strict, found.counted))
    return result


def _rows(found: reader.Found, snapshot_date: date) -> dict[str, pa.Table]:
    """Return the rows of each table, with their dates; a line with a text that is not a date takes the strict path."""
    observed, unfit = instants(pa.array(found.fetched_at, pa.string()))
    seen, unseen = dates(pa.array(found.first_seen, pa.string()))
    for bad in (unfit, unseen):
        if bad is not None:
            found.strict |= bad
    found.strict |= pc.greater(seen, pa.scalar(snapshot_date)).fill_null(False).to_numpy(zero_copy_only=False)
    by_line = {
        "observed_at": observed,
        "first_seen": seen.fill_null(snapshot_date),
        "baseline": pa.array(found.baseline, pa.bool_()),
    }
    return {table: _dated(table, each.arrays(), by_line, found) for table, each in found.rows.items()}


def _dated(table: str, columns: dict[str, pa.Array], by_line: dict[str, pa.Array], found: reader.Found) -> pa.Table:
    """Return a table's rows with the contract's columns and their line numbers."""
    lines = columns[reader.LINE.name]
    for each in FIELDS[table]:
        if each.kind == "date":
            columns[each.column], bad = dates(columns[each.column])
            if bad is not None:
                found.strict[lines.to_numpy()[bad]] = True
    columns["faults"] = pa.nulls(len(lines), pa.list_(pa.string()))
    schema = pa.schema([*unvalidated(table), reader.LINE])
    columns |= {name: each.take(lines) for name, each in by_line.items()}
    return pa.table([columns[each.name] for each in schema], schema)
