"""Write tables as Parquet whose bytes depend only on the rows."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from functions.transform.pieces import Piece, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

ROWS_OF_A_PART = 125_000
ROWS_OF_A_GROUP = 31_250  # rows are copied into order a group at a time
BYTES_OF_A_PART = 64 << 20  # of texts: three times as many as 125,000 tracks have
BYTES_OF_A_GROUP = 16 << 20
ALL_DIFFERENT = {"track_id", "isrc", "upc", "spotify_url"}  # a dictionary would be as long as the column
AT_ONCE = 2  # parts that are encoded while the one before them is written


def parts(rows: pa.Table, order: pa.Array) -> Iterator[pa.Buffer]:
    """Yield the bytes of each part of a table, its rows taken in `order`."""
    yield from parts_of(rows.schema, [Piece.of(rows, order)])


def parts_of(schema: pa.Schema, pieces: Iterable[Piece]) -> Iterator[pa.Buffer]:
    """Yield the bytes of each part of a table that comes in pieces, in their order.

    A table without rows becomes one part with the schema and no row group: ClickHouse rejects an empty group, Spark
    writes none, and the behaviour of Glue's reader is unknown.
    """
    schema = schema.remove_metadata()
    encoding: deque[Future[pa.Buffer]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for part in cut(pieces, ROWS_OF_A_PART, BYTES_OF_A_PART):
            encoding.append(threads.submit(_encoded, schema, part))
            if len(encoding) == AT_ONCE:
                yield encoding.popleft().result()
        if not encoding:
            yield _encoded(schema, [])
        for last in encoding:
            yield last.result()


def _encoded(schema: pa.Schema, pieces: list[Piece]) -> pa.Buffer:
    """Return rows as one Parquet file; chunking and metadata of the input do not change the bytes."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=1,
        version="2.6",
        data_page_version="1.0",
        use_dictionary=[_leaf(each) for each in schema if each.name not in ALL_DIFFERENT],
        write_statistics=True,
        store_schema=False,
    ) as writer:
        for group in cut(pieces, ROWS_OF_A_GROUP, BYTES_OF_A_GROUP):
            rows = pa.concat_tables([rows.take(order).replace_schema_metadata(None) for rows, order, _ in group])
            writer.write_table(rows.combine_chunks(), row_group_size=ROWS_OF_A_GROUP)
    return sink.getvalue()


def _leaf(column: pa.Field) -> str:
    """Return the path of a column's values in the file."""
    return f"{column.name}.list.element" if pa.types.is_list(column.type) else str(column.name)
