"""Tables as Parquet whose bytes depend on nothing but the rows."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS_OF_A_PART = 125_000  # parts are encoded side by side
ROWS_OF_A_GROUP = 62_500  # rows are copied into order a group at a time


def parts(rows: pa.Table, order: pa.Array, workers: int = 1) -> Iterator[pa.Buffer]:
    """Yield the bytes of each part of a table, its rows taken in `order`; a table without rows has one empty part."""
    cuts = [order[start : start + ROWS_OF_A_PART] for start in range(0, max(len(order), 1), ROWS_OF_A_PART)]
    with ThreadPoolExecutor(workers) as threads:
        encoding = deque(threads.submit(_encoded, rows, cut) for cut in cuts[:workers])
        for cut in cuts[workers:]:
            yield encoding.popleft().result()
            encoding.append(threads.submit(_encoded, rows, cut))
        while encoding:
            yield encoding.popleft().result()


def _encoded(rows: pa.Table, order: pa.Array) -> pa.Buffer:
    """Return rows as one Parquet file: chunking and metadata of whoever made them do not reach the bytes."""
    sink = pa.BufferOutputStream()
    schema = rows.schema.remove_metadata()
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=1,
        version="2.6",
        data_page_version="1.0",
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
    ) as writer:
        for start in range(0, max(len(order), 1), ROWS_OF_A_GROUP):
            group = rows.take(order[start : start + ROWS_OF_A_GROUP]).combine_chunks().replace_schema_metadata(None)
            writer.write_table(group, row_group_size=ROWS_OF_A_GROUP)
    return sink.getvalue()
