"""An export is complete or is written again: `published.parquet` comes last, and a file appears when complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.shared import keys
from ops.errors import OpsError
from ops.export import engine, views, write
from ops.export.lake import RUNS_SCHEMA, schema
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "observations"
PUBLISHED = {"2026-11-21": "a", "2026-11-22": "b", "2026-11-23": "c"}


class Broken(Exception):
    """S3 is away."""


class Lake:
    """A lake of these dates, each of a batch without rows; reading `broken` breaks off after it."""

    published = PUBLISHED
    broken = ""

    def __init__(self, _stack: object) -> None:
        pass

    def dataset(self, table: str, dates: list[str]) -> Any:
        outer = self

        class Rows:
            def to_batches(self, columns: list[str]) -> Any:
                wanted = pa.schema([schema(table).field(name) for name in columns])
                yield pa.RecordBatch.from_pylist([], wanted)
                if outer.broken == f"{table} {dates[0]}":
                    raise Broken

        return Rows()

    def runs(self) -> Any:
        return RUNS_SCHEMA.empty_table()


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> type[Lake]:
    made = type("Made", (Lake,), {})
    monkeypatch.setattr(write, "Lake", made)
    monkeypatch.setattr(keys, "TABLES", (TABLE,))
    return made


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [(None, None, [*PUBLISHED]), ("2026-11-22", None, ["2026-11-22", "2026-11-23"]),
     (None, "2026-11-22", ["2026-11-21", "2026-11-22"]), ("2026-11-22", "2026-11-22", ["2026-11-22"])],
)  # fmt: skip
def test_both_ends_are_in_an_export(
    lake: type[Lake], tmp_path: Path, first: str | None, last: str | None, written: list[str]
) -> None:
    assert lake.published
    assert write.export(Noted().stack, tmp_path / "a new" / "folder", first, last).written == written


def test_dates_that_were_not_chosen_stay_in_an_earlier_export_as_long_as_they_are_published(
    lake: type[Lake], tmp_path: Path
) -> None:
    """`ops export lake --from YESTERDAY`, each day, deleted every date before it."""
    write.export(Noted().stack, tmp_path, None, None)
    lake.published = {"2026-11-22": "changed", "2026-11-23": "changed too", "2026-11-24": "d"}
    done = write.export(Noted().stack, tmp_path, "2026-11-23", None)
    assert (done.kept, done.written, done.deleted) == (["2026-11-22"], ["2026-11-23", "2026-11-24"], ["2026-11-21"])
    assert pq.read_table(tmp_path / views.PUBLISHED).to_pylist() == [
        {"snapshot_date": "2026-11-22", "run_id": "b"},
        {"snapshot_date": "2026-11-23", "run_id": "changed too"},
        {"snapshot_date": "2026-11-24", "run_id": "d"},
    ]
    assert sorted(each.name for each in (tmp_path / TABLE).iterdir()) == [
        f"snapshot_date=2026-11-{day}" for day in (22, 23, 24)
    ]


def test_dates_are_listed_in_order_also_if_an_earlier_one_is_added(lake: type[Lake], tmp_path: Path) -> None:
    assert lake.published
    write.export(Noted().stack, tmp_path, "2026-11-22", None)
    write.export(Noted().stack, tmp_path, None, "2026-11-21")
    assert pq.read_table(tmp_path / views.PUBLISHED)["snapshot_date"].to_pylist() == [*PUBLISHED]


def test_an_export_that_breaks_off_notes_nothing_as_published_and_leaves_no_half_of_a_file(
    lake: type[Lake], tmp_path: Path
) -> None:
    lake.broken = f"{TABLE} 2026-11-22"
    with pytest.raises(Broken):
        write.export(Noted().stack, tmp_path, None, None)
    assert not (tmp_path / views.PUBLISHED).exists()
    assert [(tmp_path / TABLE / f"snapshot_date={day}" / "part.parquet").exists() for day in PUBLISHED] == [
        True, False, False,
    ]  # fmt: skip
    lake.broken = ""
    assert write.export(Noted().stack, tmp_path, None, None).written == [*PUBLISHED]
    assert pq.read_table(tmp_path / views.PUBLISHED).to_pylist()[-1] == {"snapshot_date": "2026-11-23", "run_id": "c"}


def test_a_date_without_one_of_its_files_is_written_again(lake: type[Lake], tmp_path: Path) -> None:
    assert lake.published
    write.export(Noted().stack, tmp_path, None, None)
    (tmp_path / TABLE / "snapshot_date=2026-11-22" / "part.parquet").unlink()
    assert write.export(Noted().stack, tmp_path, None, None).written == ["2026-11-22"]


def test_an_export_whose_list_of_dates_is_damaged_says_so_and_is_written_again(
    lake: type[Lake], tmp_path: Path
) -> None:
    assert lake.published
    write.export(Noted().stack, tmp_path, None, None)
    (tmp_path / views.PUBLISHED).write_bytes(b"half")
    with pytest.raises(OpsError, match=r"DuckDB cannot read it as an export \(.*\)\. Write it again with `ops export "):
        engine.over_export(tmp_path)
    assert write.export(Noted().stack, tmp_path, None, None).written == [*PUBLISHED]
    assert not [*tmp_path.rglob("*.tmp")]
