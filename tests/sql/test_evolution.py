"""A partition written under an older contract beside one of today, both read through the views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from functions.shared import contract, keys
from tests.sql.lake_of_days import LakeOfDays, album, artist, track

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

KEPT = Path(__file__).resolve().parents[1] / "functions" / "shared" / "contract_versions"
VERSIONS = sorted(path.name for path in KEPT.iterdir() if path.name.isdigit())


@pytest.fixture(scope="module")
def days(aws: EmbeddedAws) -> LakeOfDays:
    """Return a day of each past contract, and one of today."""
    lake = LakeOfDays(aws)
    for day, version in enumerate(VERSIONS, 1):
        for path in sorted((KEPT / version).glob("*.parquet")):
            lake.lake.put(keys.part(path.stem, f"2026-11-0{day}", "r", 0), path.read_bytes())
            lake.lake.partition(path.stem, f"2026-11-0{day}", "r")
        lake.publish(f"2026-11-0{day}", "r")
    lake.run("2026-11-09", "r", artists=[artist(1)], albums=[album(1, upc="1")], tracks=[track(1, 1, isrc="2")])
    lake.publish("2026-11-09", "r")
    return lake


@pytest.mark.embedded
@pytest.mark.parametrize("table", ["artists", "albums", "tracks"])
def test_every_day_is_read_whatever_contract_it_was_written_under(days: LakeOfDays, table: str) -> None:
    columns = ", ".join(contract.arrow_schema(table).names)
    rows = days.ask(f"SELECT snapshot_date, {columns} FROM {table} ORDER BY snapshot_date")  # noqa: S608  # our own names
    assert [row[0] for row in rows] == [*(f"2026-11-0{day}" for day, _ in enumerate(VERSIONS, 1)), "2026-11-09"]


@pytest.mark.embedded
def test_a_column_added_later_reads_as_null_before(days: LakeOfDays) -> None:
    rows = days.ask("SELECT upc FROM albums ORDER BY snapshot_date")
    assert (rows[0], rows[-1]) == ([None], ["1"])
