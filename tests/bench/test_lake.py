"""The pipeline could have written the lake that `bench.lake` measures, and its row counts the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from bench.lake import ASKED, AUDIT, HEADS, opened, row, seconds, write
from functions.audit.query import parameters
from functions.shared import contract, keys

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
ARTISTS, DAY = 3, 3
ALBUMS = 33 + 2 + 2  # all 33 on the first date; then those due in a cycle of 21 days
TRACKS = 12 * ALBUMS


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The lake of three artists on its third day, and its dates."""
    folder = tmp_path_factory.mktemp("lake")
    return folder, write(folder, ARTISTS, DAY)


def test_it_has_the_contract_s_columns_and_one_partition_per_date(lake: tuple[Path, list[str]]) -> None:
    folder, dates = lake
    for table in keys.TABLES:
        files = sorted(folder.glob(f"{table}/*/*/*.parquet"))
        assert {file.parts[-3] for file in files} <= {f"snapshot_date={each}" for each in dates}
        assert all(pq.read_schema(file).names == contract.arrow_schema(table).names for file in files)
    assert len(list(folder.glob("tracks/*/*/*.parquet"))) == len(dates) == DAY


def test_the_views_see_all_of_it(lake: tuple[Path, list[str]]) -> None:
    folder, dates = lake
    engine = opened(folder, dates, DAY)
    for view, rows in (("albums", ALBUMS), ("tracks", TRACKS), ("albums_current", 33), ("runs", DAY)):
        assert len(engine.table(view).fetchall()) == rows, view


def test_the_audit_and_the_report_s_questions_run_on_it(lake: tuple[Path, list[str]]) -> None:
    folder, dates = lake
    engine = opened(folder, dates, DAY)
    run: Any = {"snapshot_date": dates[-1], "run_id": f"{dates[-1]}-run", "started_at": f"{dates[-1]}T06:00:00Z"}
    assert seconds(engine, AUDIT.read_text(), parameters(run), "lake") > 0


def test_a_row_counts_what_it_measured() -> None:
    cells = [cell.strip() for cell in row(ARTISTS, DAY).strip("|").split("|")]
    assert len(cells) == len(HEADS)
    assert cells[:4] == [str(ARTISTS), str(DAY), str(DAY), str(TRACKS)]
    newest, whole = (float(cells[HEADS.index(name)].removesuffix(" MB")) for name in ("newest date", "lake"))
    assert newest <= whole
    assert all(float(cells[HEADS.index(name)].removesuffix(" s")) >= 0 for name in ("audit", *ASKED))
