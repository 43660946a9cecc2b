"""Files of each past contract stay readable: columns are added, never taken away, renamed or given another type."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from functions.shared import contract

FILES = sorted((Path(__file__).parent / "contract_versions").glob("*/*.parquet"))
NAMES = [f"{path.parent.name}-{path.stem}" for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_each_column_of_a_past_contract_is_a_column_of_this_one(path: Path) -> None:
    now = contract.arrow_schema(path.stem)
    for field in pq.read_schema(path):
        assert now.field(field.name).type.equals(field.type)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_column_that_a_past_contract_had_not_may_be_null(path: Path) -> None:
    added = set(contract.arrow_schema(path.stem).names) - set(pq.read_schema(path).names)
    assert all(contract.arrow_schema(path.stem).field(name).nullable for name in added)


def test_this_contract_s_files_are_kept_as_it_writes_them() -> None:
    kept = {path.stem: pq.read_schema(path) for path in FILES if path.parent.name == str(contract.VERSION)}
    assert kept.keys() == set(contract.TABLES)
    for table, schema in kept.items():
        assert schema.equals(contract.arrow_schema(table)), "raise contract.VERSION and keep its files: see keep.py"
