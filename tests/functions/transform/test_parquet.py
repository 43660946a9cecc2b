"""The layout and encoding of the Parquet files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.shared import contract
from functions.transform.parquet import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUE = {
    pa.string(): "a",
    pa.int32(): 1,
    pa.bool_(): True,
    pa.date32(): 1,
    pa.timestamp("us", tz="UTC"): 1,
    pa.list_(pa.string()): ["a"],
}


def columns_in_file(table: str) -> Iterator[pq.ColumnChunkMetaData]:
    """Yield the metadata of each column of a table with one row."""
    schema = contract.arrow_schema(table)
    rows = pa.table([pa.array([VALUE[each.type]], each.type) for each in schema], schema=schema)
    (part,) = parts(rows, pa.array([0]))
    yield from map(partial(pq.read_metadata(pa.BufferReader(part)).row_group(0).column), range(len(schema)))


def test_what_repeats_has_a_dictionary_and_what_does_not_has_none() -> None:
    without = {
        each.path_in_schema
        for table in contract.TABLES
        for each in columns_in_file(table)
        if not each.has_dictionary_page and each.physical_type != "BOOLEAN"
    }
    assert without == {"track_id", "isrc", "upc", "spotify_url"}


@pytest.mark.parametrize(("rows", "groups"), [(125_000, [4]), (125_001, [4, 1])], ids=["as many", "one more"])
def test_a_part_has_so_many_rows_in_groups_and_the_next_part_the_rest(rows: int, groups: list[int]) -> None:
    """Readers split the work by groups, and the bytes of a part depend on where it ends."""
    schema = contract.arrow_schema("observations")
    one = pa.table([pa.array([VALUE[each.type]], each.type) for each in schema], schema=schema)
    files = [pq.ParquetFile(pa.BufferReader(each)) for each in parts(one, pa.array(np.zeros(rows, np.int64)))]
    assert [file.metadata.num_row_groups for file in files] == groups
    assert [file.metadata.num_rows for file in files] == [125_000, rows - 125_000][: len(groups)]
    assert files[0].metadata.row_group(0).num_rows == 31_250


def test_a_table_without_rows_is_its_schema_and_no_row_group() -> None:
    """ClickHouse rejects a row group without rows, and Spark writes none."""
    for table in contract.TABLES:
        schema = contract.arrow_schema(table)
        (part,) = parts(schema.empty_table(), pa.array([], pa.int64()))
        file = pq.ParquetFile(pa.BufferReader(part))
        assert (file.metadata.num_rows, file.metadata.num_row_groups) == (0, 0)
        assert file.schema_arrow.names == schema.names
