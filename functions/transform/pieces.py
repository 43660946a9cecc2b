"""Cut rows that arrive in pieces by number and bytes, at positions that do not depend on the pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Piece(NamedTuple):
    """Rows, the order in which to write them, and the size of each row, in bytes and in that order."""

    rows: pa.Table
    order: pa.Array
    sizes: np.ndarray

    @classmethod
    def of(cls, rows: pa.Table, order: pa.Array) -> Piece:
        """Return rows in an order."""
        return cls(rows, order, _sizes(rows)[order.to_numpy()])


def cut(pieces: Iterable[Piece], most_rows: int, most_bytes: int) -> Iterator[list[Piece]]:
    """Yield lists of pieces, each of `most_rows` rows, or of fewer that reach `most_bytes`; the last has the rest."""
    found: list[Piece] = []
    rows_left, bytes_left = most_rows, most_bytes
    for rows, order, sizes in pieces:
        ends = np.cumsum(sizes, dtype=np.int64)
        start = done = 0
        while start < len(order):
            reached = int(np.searchsorted(ends, done + bytes_left)) + 1
            stop = min(start + rows_left, reached, len(order))
            found.append(Piece(rows, order[start:stop], sizes[start:stop]))
            rows_left, bytes_left = rows_left - (stop - start), bytes_left - (int(ends[stop - 1]) - done)
            start, done = stop, int(ends[stop - 1])
            if rows_left <= 0 or bytes_left <= 0:
                yield found
                found, rows_left, bytes_left = [], most_rows, most_bytes
    if found:
        yield found


def _sizes(rows: pa.Table) -> np.ndarray:
    """Return the bytes of each row's strings, and four for each element of a list; other columns are small."""
    found = np.zeros(rows.num_rows, np.int32)
    for column in rows.columns:
        if pa.types.is_string(column.type):
            found += pc.binary_length(column).fill_null(0).to_numpy()
        elif pa.types.is_list(column.type):
            found += np.concatenate([_list_sizes(each) for each in column.chunks] or [found])
    return found


def _list_sizes(lists: pa.ListArray) -> np.ndarray:
    starts, texts = lists.offsets.to_numpy(), lists.values
    if not len(texts):
        return np.zeros(len(lists), np.int32)
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    sizes: np.ndarray = ends[starts[1:]] - ends[starts[:-1]] + 4 * np.diff(starts)
    return sizes
