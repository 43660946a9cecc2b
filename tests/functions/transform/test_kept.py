"""A table's rows take much less memory than their size until they are merged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.shared import contract
from functions.transform import kept, parquet
from functions.transform.kept import Kept
from functions.transform.merge import DATASET
from tests.functions.transform.days import an_id
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.dateless("rows that carry their dates")
BLOCK = 1_000  # rows that are added at once
BLOCKS = 200
POOLS: list[pa.MemoryPool] = []  # never freed: what is cached meanwhile is in them
FAULTS = [f"{column}: is missing; found null" for column in ("artist_ids", "duration_ms", "track_number")]


def block(first: int) -> pa.Table:
    """Return rows of tracks that have an ID and a name, as an inbox holds them."""
    known = {
        "track_id": [an_id(number) for number in range(first, first + BLOCK)],
        "album_id": [an_id(1)] * BLOCK,
        "name": ["a"] * BLOCK,
        "first_seen": [date(2026, 1, 1)] * BLOCK,
        "observed_at": [datetime(2026, 1, 1, tzinfo=UTC)] * BLOCK,
        "faults": [FAULTS] * BLOCK,
        DATASET.name: [0] * BLOCK,
    }
    schema = contract.arrow_schema("tracks").append(DATASET)
    return pa.table({each.name: known.get(each.name, [None] * BLOCK) for each in schema}, schema)


@pytest.fixture
def pool() -> Iterator[pa.MemoryPool]:
    """Yield a pool of memory that knows the most it ever held."""
    before = pa.default_memory_pool()
    counting = pa.proxy_memory_pool(before)
    POOLS.append(counting)
    pa.set_memory_pool(counting)
    yield counting
    pa.set_memory_pool(before)


@pytest.mark.parametrize("step", one_in(2, [BLOCK, 0]), ids=["all different", "the same again and again"])
def test_rows_take_a_fraction_of_their_memory_until_they_are_written(
    pool: pa.MemoryPool, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Kept uncompressed, the rows of a file of 256 MB took 1,024 MB as artists, and more as tracks."""
    monkeypatch.setattr(kept, "MOST_LOOSE", 2 << 20)
    monkeypatch.setattr(kept, "BATCH", 300)
    monkeypatch.setattr(parquet, "ROWS_OF_A_PART", 10_000)
    monkeypatch.setattr(parquet, "ROWS_OF_A_GROUP", 1_000)
    rows = Kept("tracks")
    size = 0
    for number in range(BLOCKS):
        added = block(number * step)
        size += added.nbytes
        rows.add(added)
        del added
    parts = parquet.parts_of(contract.arrow_schema("tracks"), rows.merged())
    written = sum(pq.read_metadata(pa.BufferReader(each)).num_rows for each in parts)
    assert written == rows.count() == (BLOCKS * BLOCK if step else BLOCK)
    assert size > 40 << 20
    assert pool.max_memory() < size / 3


@pytest.mark.slow
def test_long_rows_are_cut_by_their_bytes(pool: pa.MemoryPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a batch, a part and a group had a fixed number of rows of any size: 64 rows of 5 MB were held at once."""
    monkeypatch.setattr(kept, "MOST_LOOSE", 2 << 20)
    monkeypatch.setattr(kept, "BATCH_BYTES", 50_000)
    monkeypatch.setattr(parquet, "BYTES_OF_A_PART", 1 << 20)
    monkeypatch.setattr(parquet, "BYTES_OF_A_GROUP", 200_000)
    rows = Kept("tracks")
    size = 0
    for number in range(40):
        few = block(number * 10)[:10]
        place = few.schema.get_field_index("artist_ids")
        long = pa.array([[""] * 25_000] * 10, few.schema.field(place).type)
        added = few.set_column(place, few.schema.field(place), long)
        size += added.nbytes
        rows.add(added)
        del few, long, added
    parts = list(parquet.parts_of(contract.arrow_schema("tracks"), rows.merged()))
    files = [pq.read_metadata(pa.BufferReader(each)) for each in parts]
    assert sum(file.num_rows for file in files) == 400
    assert len(files) == 37  # of eleven rows each
    assert files[0].num_row_groups > 4
    assert size > 38 << 20
    assert pool.max_memory() < size / 3
