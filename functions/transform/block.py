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
from functions.transform.parse import strict
from functions.transform.parse.block_result import BlockResult
from functions.transform.shape import READS
from functions.transform.validate import unvalidated, violations

if TYPE_CHECKING:
    from datetime import date

    from functions.transform.lines import Block


def process(block: Block, snapshot_date: date) -> BlockResult:
    """Return the result of a block's lines."""
    count = len(block.starts) - 1
    if block.dataset in READS and count:
        result = _read(block, snapshot_date)
    else:
        every = block.lines(np.ones(count, dtype=bool), drift_counted=False)
        result = strict.read(block.dataset, every, snapshot_date)
    for refused in block.refused:
        result.refuse(refused.source, refused.line, [refused.reason], refused.head.decode(errors="replace"))
        result.refused_of([None])
    result.refuse_unkept(block.unkept)
    result.passed["lines"] = count + len(block.refused) + block.unkept.total()
    return result


def _read(block: Block, snapshot_date: date) -> BlockResult:
    """Return the rows of all valid lines; leave the other lines for the strict path."""
    result = BlockResult(block.dataset)
    found = reader.read(block)
    rows = _rows(found, snapshot_date)
    for table, each in rows.items():
        places = each[reader.RESPONSE.name].to_numpy()
        found.strict[places[list(violations(table, each))]] = True
    found.strict &= ~found.empty
    for table, each in rows.items():
        kept = each
        if found.strict.any():
            kept = each.filter(pa.array(~found.strict[each[reader.RESPONSE.name].to_numpy()]))
        result.accept(table, kept.drop_columns(reader.RESPONSE.name).cast(contract.arrow_schema(table)))
    result.passed["empty"] += int(found.empty.sum())
    result.drift.add(found.drift)
    strict = np.zeros(len(block.starts) - 1, dtype=bool)
    strict[found.lines[found.strict]] = True
    result.left = [*found.unfit, *block.lines(strict, drift_counted=True)]
    return result


def _rows(found: reader.Found, snapshot_date: date) -> dict[str, pa.Table]:
    """Return the rows of each table, with their dates; mark the responses with a text that is not a date as strict."""
    if not found.rows:
        return {}
    observed, unfit = instants(found.said["fetched_at"])
    seen, unseen = dates(found.said["first_seen"])
    for bad in (unfit, unseen):
        if bad is not None:
            found.strict |= bad
    found.strict |= pc.greater(seen, pa.scalar(snapshot_date)).fill_null(False).to_numpy(zero_copy_only=False)
    said = {
        "observed_at": observed,
        "first_seen": seen.fill_null(snapshot_date),
        "baseline": found.said["baseline"],
    }
    return {table: _dated(table, each, said, found) for table, each in found.rows.items()}


def _dated(table: str, columns: reader.Columns, said: reader.Columns, found: reader.Found) -> pa.Table:
    """Return a table's rows with the contract's columns and the places of their responses."""
    places = columns[reader.RESPONSE.name]
    for each in FIELDS[table]:
        if each.kind == "date":
            columns[each.column], bad = dates(columns[each.column])
            if bad is not None:
                found.strict[places.to_numpy()[bad]] = True
    columns["faults"] = pa.nulls(len(places), pa.list_(pa.string()))
    schema = pa.schema([*unvalidated(table), reader.RESPONSE])
    columns |= {name: each.take(places) for name, each in said.items()}
    return pa.table([columns[each.name] for each in schema], schema)
