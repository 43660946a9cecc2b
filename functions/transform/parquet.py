"""Write tables as Parquet whose bytes depend only on the rows."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

ROWS_OF_A_PART = 125_000
ROWS_OF_A_GROUP = 31_250  # rows are copied into order a group at a time
ALL_DIFFERENT = {"track_id", "isrc", "upc", "spotify_url"}  # a dictionary of these is as long as the column
AT_ONCE = 2  # parts that are encoded while the one before them is put


def parts(rows: pa.Table, order: pa.Array) -> Iterator[pa.Buffer]:
    """Yield the bytes of each part of a table, its rows taken in `order`.

    A table without rows has one part of the schema and no row group: ClickHouse rejects a group without rows, Spark
    writes none, and what Glue's reader makes of one is unknown.
    """
    if len(order) <= ROWS_OF_A_PART:
        yield _encoded(rows, order)
        return
    encoding: deque[Future[pa.Buffer]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for start in range(0, len(order), ROWS_OF_A_PART):
            encoding.append(threads.submit(_encoded, rows, order[start : start + ROWS_OF_A_PART]))
            if len(encoding) == AT_ONCE:
                yield encoding.popleft().result()
        while encoding:
            yield encoding.popleft().result()


def _encoded(rows: pa.Table, order: pa.Array) -> pa.Buffer:
    """Return rows as one Parquet file; chunking and metadata of the input do not change the bytes."""
    sink = pa.BufferOutputStream()
    schema = rows.schema.remove_metadata()
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
        for start in range(0, len(order), ROWS_OF_A_GROUP):
            group = rows.take(order[start : start + ROWS_OF_A_GROUP]).combine_chunks().replace_schema_metadata(None)
            writer.write_table(group, row_group_size=ROWS_OF_A_GROUP)
    return sink.getvalue()


def _leaf(column: pa.Field) -> str:
    """Return the path of a column's values in the file."""
    return f"{column.name}.list.element" if pa.types.is_list(column.type) else str(column.name)
