"""The embedded AWS does not load unneeded modules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.lake import DAY_AND_RUN, Lake, parquet

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_a_query_of_a_partition_leaves_pandas_out(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.put("albums/snapshot_date=2026-11-23/run_id=A/part-00000.parquet", parquet(album_id=["a"]))
    lake.partition("albums", "2026-11-23", "A")
    assert lake.query("SELECT album_id, snapshot_date FROM albums").rows == [["a", "2026-11-23"]]
    loaded = Path(f"/proc/{aws.pid}/maps").read_text()
    assert "pyarrow" in loaded, sorted({line.split()[-1] for line in loaded.splitlines()})[:80]
    assert "pandas" not in loaded
