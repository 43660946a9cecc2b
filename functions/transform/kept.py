"""Keep a table's rows until all are read: compressed if there are many, then merged one range of keys at a time.

An Arrow row of a record with only an ID and a name takes about 65 bytes, and 260 if its faults name missing fields.
Compressed, a row takes about as many bytes as its record had characters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from functions.shared import contract
from functions.transform.merge import DATASET, merge, thinned
from functions.transform.pieces import Piece, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LOOSE = 64 << 20  # bytes of rows that are kept uncompressed: more than a daily run has
BATCH = 1 << 12  # rows that are compressed together
BATCH_BYTES = 1 << 20  # of the texts in a batch; one row may have five times as many
RANGE = 8  # batches that are merged at a time, and up to one more of each pack
COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")

Key = tuple[str, ...]


class Kept:
    """A table's rows; `dropped` counts the duplicates found so far, by dataset."""

    def __init__(self, table: str) -> None:
        self.dropped: Counter[int] = Counter()
        self._table = table
        self._count = 0
        self._loose: list[pa.Table] = []
        self._loose_bytes = 0
        self._packs: list[_Pack] = []

    def add(self, rows: pa.Table) -> None:
        """Keep rows."""
        self._count += rows.num_rows
        self._loose.append(rows)
        self._loose_bytes += rows.nbytes
        if self._loose_bytes > MOST_LOOSE:
            self._pack()

    def count(self) -> int:
        """Return the number of rows without the duplicates dropped so far; exact once `merged` has ended."""
        return self._count - self.dropped.total()

    def merged(self) -> Iterator[Piece]:
        """Yield the merged rows in the order of their keys, each entity once; release the rows that were kept."""
        if not self._packs:
            yield self._merge(_contiguous(self._table, self._loose))
            return
        self._pack()
        packs, self._packs = self._packs, []
        firsts = sorted(chain.from_iterable(pack.firsts for pack in packs))
        for end in (*dict.fromkeys(firsts[RANGE::RANGE]), None):
            yield self._merge(_contiguous(self._table, [rows for pack in packs for rows in pack.below(end)]))

    def _merge(self, rows: pa.Table) -> Piece:
        found, order, dropped = merge(self._table, rows)
        self._drop(dropped)
        return Piece.of(found, order)

    def _drop(self, datasets: pa.Array | pa.ChunkedArray) -> None:
        for found in pc.value_counts(datasets).to_pylist():
            self.dropped[found["values"]] += found["counts"]

    def _pack(self) -> None:
        """Compress the loose rows, without the rows that add nothing to the merged row of their key."""
        rows, order, dropped = thinned(self._table, _contiguous(self._table, self._loose))
        self._drop(dropped)
        self._packs.append(_Pack(self._table, rows, order))
        self._loose_bytes = 0
        del rows, order
        pa.default_memory_pool().release_unused()  # a fifth of the peak at a million tracks: else the workers' stays


class _Pack:
    """Rows in the order of their keys, compressed in batches, and read once from first to last.

    `firsts` are the keys of the batches' first rows.
    """

    def __init__(self, table: str, rows: pa.Table, order: pa.Array) -> None:
        self._names = contract.KEYS[table]
        self.firsts: list[Key] = []
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, rows.schema, options=COMPRESSED) as file:
            for ((_, now, _),) in cut([Piece.of(rows, order)], BATCH, BATCH_BYTES):
                batch = rows.take(now).combine_chunks()
                self.firsts.append(_Keys(batch, self._names)[0])
                file.write_table(batch)
        self._batches = pa.ipc.open_file(sink.getvalue())
        self._next = 0
        self._rest = rows.schema.empty_table()

    def below(self, end: Key | None) -> Iterator[pa.Table]:
        """Yield the unread rows whose key is less than `end`; all unread rows if `end` is None."""
        while self._rest.num_rows or self._next < len(self.firsts):
            if not self._rest.num_rows:
                self._rest = pa.Table.from_batches([self._batches.get_batch(self._next)])
                self._next += 1
            cut = self._rest.num_rows if end is None else bisect_left(_Keys(self._rest, self._names), end)
            yield self._rest[:cut]
            self._rest = self._rest[cut:]
            if self._rest.num_rows:
                return


class _Keys:
    """The keys of rows, as a sequence."""

    def __init__(self, rows: pa.Table, names: tuple[str, ...]) -> None:
        self._columns = [rows[name] for name in names]

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, place: int) -> Key:
        return tuple(column[place].as_py() for column in self._columns)


def _contiguous(table: str, rows: list[pa.Table]) -> pa.Table:
    """Return rows as one table of one chunk; free the given tables column by column, so that none is held twice."""
    schema = contract.arrow_schema(table).append(DATASET)
    columns = {name: [chunk for each in rows for chunk in each[name].chunks] for name in schema.names}
    rows.clear()
    arrays = []
    for each in schema:
        chunks = columns.pop(each.name)
        arrays.append(pa.concat_arrays(chunks) if chunks else pa.array([], each.type))
    return pa.table(arrays, schema=schema)
