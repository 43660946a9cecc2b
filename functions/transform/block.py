"""Turn one block of lines into validated rows; leave lines that are not plain for the strict path."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from functions.shared import contract
from functions.transform import fast
from functions.transform.arrow_reader import READS
from functions.transform.lines import Line
from functions.transform.nesting import shallow
from functions.transform.parse import strict
from functions.transform.parse.block_result import BlockResult
from functions.transform.validate import violations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from functions.transform.lines import Block


def process(block: Block, snapshot_date: date) -> BlockResult:
    """Return the result of a block's lines."""
    count = len(block.starts) - 1
    if block.dataset in READS and count:
        result = _read_fast(block, snapshot_date)
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


def _read_fast(block: Block, snapshot_date: date) -> BlockResult:
    """Return the rows of all lines without a fault; name the other lines as left."""
    result = BlockResult(block.dataset)
    found = fast.read(block.dataset, block.data, block.starts, _clean(block.data, block.starts), snapshot_date)
    rows = {table: each.combine_chunks() for table, each in found.rows.items()}
    passed = np.zeros(len(block.starts) - 1, dtype=bool)
    passed[list(found.passed_over)] = True
    for table, each in rows.items():
        lines = each[fast.LINE.name].to_numpy()
        found.strict[lines[list(violations(table, each.drop_columns(fast.LINE.name)))]] = True
    found.strict &= ~passed
    dropped = found.strict | passed
    for table, each in rows.items():
        kept = each.filter(pa.array(~dropped[each[fast.LINE.name].to_numpy()])) if dropped.any() else each
        result.accept(table, kept.drop_columns(fast.LINE.name).cast(contract.arrow_schema(table)))
    result.passed.update(found.passed_over.values())
    result.passed["nulls"] += int(found.nulls[~found.strict].sum())
    result.drift.add(found.drift)
    result.left = list(_lines(block, found.strict, found.scanned))
    return result


def _clean(data: memoryview, starts: np.ndarray) -> np.ndarray:
    """Return which lines are UTF-8, look like one object and nest no deeper than responses do.

    These are what Arrow's reader does not check itself. No object can span two such lines, nor a line hold two without
    there being more of them than lines.
    """
    octets = np.frombuffer(data, np.uint8)
    clean: np.ndarray = (octets[starts[:-1]] == ord("{")) & (octets[starts[1:] - 2] == ord("}"))
    clean &= shallow(data, starts)
    if not _is_utf8(data):
        clean &= np.array([_is_utf8(data[start:end]) for start, end in pairwise(starts.tolist())])
    return clean


def _is_utf8(data: memoryview) -> bool:
    """Return whether bytes are UTF-8; Arrow checks a hundred times faster than decoding."""
    offsets = np.array([0, len(data)], dtype=np.int32)
    try:
        pa.BinaryArray.from_buffers(pa.binary(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True
