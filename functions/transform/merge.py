"""Merge all rows of a table: sorted, one row per entity, its last observation completed from the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.shared import contract, keys

DATASET = pa.field("dataset", pa.int8())
AT_ONCE = 1 << 17  # rows copied per merge: all at once would take twice the memory of the table
DROPPED = len(keys.DATASETS)  # the number of the inbox, which is above those of raw's datasets
OF_A_FILE = 1 << 32  # added to a value from a file, so that it sorts after every value from Spotify
UNSAID = np.iinfo(np.int64).max
LEAST = ("first_seen", "baseline")  # columns that take the least value of a key's rows
UNTIMED = 64  # added to the dataset's number if the response has no time


def merge(table: str, rows: pa.Table) -> tuple[pa.Table, pa.Array, pa.Array]:
    """Return the rows to write, the order in which to write them, and the `dataset` of each duplicate that is dropped.

    Rows are ordered by their key. Of the rows with one key the last `observed_at` wins; a row that states when Spotify
    sent it wins over one that does not. If the times are equal, the other columns decide, so that the order of arrival
    never does. `first_seen` is the earliest of the rows with one key, and `baseline` is false if one of them is false.
    For both columns, Spotify's responses decide alone if they have a value: a file from another lake knows nothing of
    this one. A column that only a response about the entity itself has is filled from the next row that has it.
    """
    keys = contract.KEYS[table]
    order = _by_key(table, rows)
    repeated = _repeats(rows, keys, order)
    if not repeated.any():
        return rows.drop_columns(DATASET.name), order, pa.array([], DATASET.type)
    positions, starts = order.to_numpy(), np.flatnonzero(~repeated)
    sizes = np.diff(np.append(starts, len(positions)))
    several = sizes > 1
    pieces = [
        _merged_piece(table, rows, each) for each in _pieces(positions[np.repeat(several, sizes)], sizes[several])
    ]
    dropped = pa.concat_arrays([chunk for _, each in pieces for chunk in each.chunks])
    alone, merged = pa.array(positions[starts[~several]]), [piece for piece, _ in pieces]
    del pieces, positions, order, repeated
    found = _put_together(rows, alone, merged)
    place = np.empty(len(starts), dtype=np.int64)
    place[~several], place[several] = np.arange(len(alone)), np.arange(len(alone), len(starts))
    return found, pa.array(place), dropped


def _put_together(rows: pa.Table, alone: pa.Array, merged: list[pa.Table]) -> pa.Table:
    """Return the rows at some positions, and merged rows, without their dataset; copy one column at a time."""
    schema = rows.schema.remove(rows.schema.get_field_index(DATASET.name))
    pieces = pa.concat_tables([rows.schema.empty_table(), *merged])
    arrays = [pa.concat_arrays([*rows[name].take(alone).chunks, *pieces[name].chunks]) for name in schema.names]
    return pa.table(arrays, schema=schema)


def _pieces(positions: np.ndarray, sizes: np.ndarray) -> list[np.ndarray]:
    """Return the positions of rows with a shared key, cut between two keys about every `AT_ONCE` rows."""
    ends = np.cumsum(sizes)
    cuts = ends[np.flatnonzero(np.diff((ends - 1) // AT_ONCE))]
    return np.split(positions, cuts)


def _merged_piece(table: str, rows: pa.Table, positions: np.ndarray) -> tuple[pa.Table, pa.ChunkedArray]:
    """Return one row per key at some positions, and the datasets of the dropped rows; copy few rows at a time."""
    if len(positions) <= 2 * AT_ONCE:
        return _merged(table, rows.take(pa.array(positions)))
    few, left = _thinned_slices(table, rows, positions)
    merged, dropped = _merged(table, few)
    return merged, pa.chunked_array([*left.chunks, *dropped.chunks], DATASET.type)


def thinned(table: str, rows: pa.Table) -> tuple[pa.Table, pa.Array, pa.ChunkedArray]:
    """Return the rows that merged rows may need, their order by key, and the `dataset` of the other rows.

    Merging these with other rows gives the same result as merging all of them.
    """
    keys = contract.KEYS[table]
    order = _by_key(table, rows)
    repeated = _repeats(rows, keys, order)
    if not repeated.any():
        return rows, order, pa.chunked_array([], DATASET.type)
    shared = repeated | np.append(repeated[1:], False)
    positions = order.to_numpy()
    few, left = _thinned_slices(table, rows, positions[shared])
    found = pa.concat_tables([rows.take(pa.array(positions[~shared])), few]).combine_chunks()
    return found, _by_key(table, found), left


def _by_key(table: str, rows: pa.Table) -> pa.Array:
    return pc.sort_indices(rows, sort_keys=[(key, "ascending") for key in contract.KEYS[table]])


def _thinned_slices(table: str, rows: pa.Table, positions: np.ndarray) -> tuple[pa.Table, pa.ChunkedArray]:
    """Return the result of `_thinned` for the rows at some positions; copy few of them at a time."""
    slices = [positions[start : start + AT_ONCE] for start in range(0, len(positions), AT_ONCE)]
    found = [_thinned(table, rows.take(pa.array(each))) for each in slices]
    return pa.concat_tables([few for few, _ in found]), pa.chunked_array(
        [chunk for _, left in found for chunk in left.chunks], DATASET.type
    )


def _thinned(table: str, rows: pa.Table) -> tuple[pa.Table, pa.ChunkedArray]:
    """Return the rows that the merged row of their key may need, and the datasets of the other rows.

    These are the best row, the first row with a value in each filled column, and the first one seen.
    """
    rows = rows.take(_best_first(table, rows)).combine_chunks()
    kept = ~_repeats(rows, contract.KEYS[table], pa.array(np.arange(rows.num_rows)))
    starts, group = np.flatnonzero(kept), np.cumsum(kept) - 1
    for column in contract.columns(table):
        wanted = np.zeros(len(kept), dtype=bool)
        if column.whole_answer_only:
            wanted = rows[column.name].is_valid().to_numpy()
        elif column.name in LEAST:
            ranks = _ranks(column.name, rows)
            wanted = ranks == np.minimum.reduceat(ranks, starts)[group]
        found = np.flatnonzero(wanted)
        kept[found[np.unique(group[found], return_index=True)[1]]] = True
    return rows.filter(pa.array(kept)), rows[DATASET.name].filter(pa.array(~kept))


def _repeats(rows: pa.Table, keys: tuple[str, ...], order: pa.Array) -> np.ndarray:
    """Return which rows, in order, have the same key as the row before."""
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        values = rows[key].take(order).combine_chunks()
        same &= pc.equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    return np.concatenate(([False], same)) if len(order) else same


def _merged(table: str, rows: pa.Table) -> tuple[pa.Table, pa.ChunkedArray]:
    """Return one row per key that several rows have, and the datasets of the dropped rows."""
    rows = rows.take(_best_first(table, rows)).combine_chunks()
    order = pa.array(np.arange(rows.num_rows))
    repeated = _repeats(rows, contract.KEYS[table], order)
    starts = np.flatnonzero(~repeated)
    group = np.cumsum(~repeated) - 1
    merged = rows.take(pa.array(starts))
    for column in contract.columns(table):
        place = merged.schema.get_field_index(column.name)
        if column.whole_answer_only:
            filled = _first_of_each(rows[column.name], group, len(starts))
            merged = merged.set_column(place, merged.schema.field(place), filled)
        elif column.name in LEAST:
            least = np.minimum.reduceat(_ranks(column.name, rows), starts)
            merged = merged.set_column(place, merged.schema.field(place), _of_ranks(least, column.type))
    return merged, rows[DATASET.name].filter(pa.array(repeated))


def _ranks(name: str, rows: pa.Table) -> np.ndarray:
    """Return numbers for a date or a flag, of which the least wins: Spotify's first, then the earliest, false, null."""
    numbers: np.ndarray = rows[name].cast(pa.int32()).cast(pa.int64()).fill_null(UNSAID).to_numpy()
    dropped = (rows[DATASET.name].to_numpy() % UNTIMED == DROPPED) & (numbers != UNSAID)
    return np.where(dropped, numbers + OF_A_FILE, numbers)


def _of_ranks(ranks: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Return the dates or flags that these numbers stand for."""
    numbers = np.where(ranks >= OF_A_FILE // 2, ranks - OF_A_FILE, ranks)
    return pa.array(numbers, pa.int64(), mask=ranks == UNSAID).cast(pa.int32()).cast(kind)


def _best_first(table: str, rows: pa.Table) -> pa.Array:
    """Return the order by key, then by last observation first, then by the other columns."""
    keys = [(key, "ascending") for key in contract.KEYS[table]]
    rest = [name for name in rows.column_names if name not in (*contract.KEYS[table], "observed_at")]
    comparable = pa.table([_comparable(rows[name]) for name in rows.column_names], names=rows.column_names)
    untimed = pc.greater_equal(rows[DATASET.name], UNTIMED).cast(pa.int8())
    return pc.sort_indices(
        comparable.append_column("untimed", untimed),
        sort_keys=[
            *keys,
            ("untimed", "ascending"),
            ("observed_at", "descending"),
            *((name, "ascending") for name in rest),
        ],
    )


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join(column, "\n") if pa.types.is_list(column.type) else column


def _first_of_each(column: pa.ChunkedArray, group: np.ndarray, count: int) -> pa.ChunkedArray:
    """Return the first non-null value of each group, null if there is none."""
    positions = np.flatnonzero(column.is_valid().to_numpy())
    groups, first = np.unique(group[positions], return_index=True)
    chosen = np.zeros(count, dtype=np.int64)
    missing = np.ones(count, dtype=bool)
    chosen[groups] = positions[first]
    missing[groups] = False
    return column.take(pa.array(chosen, mask=missing))
