"""A replay of an earlier release's raw data gives its rows, changed only by decisions made since.

`earlier_release/` holds a day's raw objects as revision e32ed41 wrote them over the simulated Spotify, with one part of
damaged records, and the Parquet that its transform made of them: all of it generated.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.shared import contract
from tests.functions.transform.days import DAY, run

if TYPE_CHECKING:
    from tests.functions.transform.days import Written

pytestmark = pytest.mark.dateless("a pure function of objects that carry their dates")
FOLDER = Path(__file__).with_name("earlier_release")
TABLES = sorted(part.stem for part in FOLDER.glob("*.parquet"))
NO_NEWS = {"faults", "baseline"}
"""Columns that the contract gained since, about which these raw objects say nothing."""


@pytest.fixture(scope="module")
def replayed() -> Written:
    parts = sorted(FOLDER.glob("*.ndjson.gz"))
    return run((f"raw/snapshot_date={DAY}/{part.name.replace('.', '/', 1)}", part.read_bytes()) for part in parts)


@pytest.mark.parametrize("table", TABLES)
def test_a_replay_gives_the_rows_that_the_earlier_release_gave(replayed: Written, table: str) -> None:
    (part,) = replayed.parts[table]
    before, now = pq.read_table(FOLDER / f"{table}.parquet"), pq.read_table(io.BytesIO(part))
    assert now.select(before.column_names).to_pylist() == before.to_pylist()
    assert all(now[name].null_count == now.num_rows for name in NO_NEWS.intersection(now.column_names))
    assert before.num_rows


def test_a_table_whose_contract_did_not_change_is_the_same_bytes(replayed: Written) -> None:
    """Other tables have other columns, or more columns that may be null."""
    same = [
        table
        for table in TABLES
        if contract.arrow_schema(table).equals(pa.schema(pq.read_schema(FOLDER / f"{table}.parquet")))
    ]
    assert same == ["observations", "quarantine"]
    for table in same:
        assert replayed.parts[table] == [(FOLDER / f"{table}.parquet").read_bytes()]
