"""The table of the transform and its peers has the measured figures, and each peer did the compared work."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from bench import transform
from bench.album_day import DAYS, Day, write_day
from bench.contenders import CONTENDERS, main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
CLEAN = Day(25, bad=0.0)
GIVEN_OUR_FIELDS = ("ours", "duckdb_schema", "msgspec")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of 25 albums, none damaged."""
    folder = tmp_path_factory.mktemp("day")
    write_day(folder, CLEAN)
    return folder


def measured(name: str, day: Path, out: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    main(name, str(day), str(out), *options)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", [*GIVEN_OUR_FIELDS, "duckdb", "json_normalize"])
def test_a_contender_writes_every_track(
    name: str, day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measured(name, day, tmp_path, capsys)
    assert found["tracks"] == CLEAN.most_tracks == 300
    assert found["cpu_s"] > 0 < found["wall_s"]
    assert found["peak_bytes"] > 10_000_000


def test_those_given_our_fields_write_our_values(day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["track_id", "album_id", "name", "duration_ms", "artist_ids", "spotify_url", "first_seen", "observed_at"]
    rows = {}
    for name in GIVEN_OUR_FIELDS:
        measured(name, day, tmp_path / name, capsys)
        (path,) = (tmp_path / name).glob("tracks*.parquet")
        table = pq.read_table(path)
        table = table.rename_columns(["track_id" if each == "id" else each for each in table.column_names])
        rows[name] = table.select(wanted).sort_by("track_id").to_pylist()
    assert rows["ours"] == rows["duckdb_schema"] == rows["msgspec"]


@pytest.mark.parametrize(("name", "same"), [("ours", True), ("msgspec", False)])
def test_bytes_are_compared_with_those_of_the_parts_in_another_order(
    name: str, same: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_day(tmp_path / "day", Day(1_001, tracks=4))
    found = [
        measured(name, tmp_path / "day", tmp_path / f"{number}", capsys, *options)["sha256"]
        for number, options in enumerate([(), ("--reversed",)])
    ]
    assert (found[0] == found[1]) is same


def test_the_table_is_made_of_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform, "WORK", tmp_path)
    monkeypatch.setattr(transform, "_python", lambda _: sys.executable)
    monkeypatch.setitem(DAYS, "usual", Day(10, bad=0.0))
    found = transform.peers("usual", contenders=("ours", "duckdb_schema"), repeats=2)
    assert found["tracks"] == {"ours": 120, "duckdb_schema": 120}
    assert found["to_duckdb_schema"]["wall"] == found["ours_s"] / found["duckdb_schema_s"]
    assert found["to_duckdb_schema"]["cpu"] == found["ours_cpu_s"] / found["duckdb_schema_cpu_s"]
    assert found["tracks_a_second"] == 120 / found["ours_s"]
    assert found["does"]["duckdb_schema"].startswith("validates types")
    assert found["does"]["ours"].endswith("merges, same bytes in any order")


def test_memory_is_told_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform, "WORK", tmp_path)
    monkeypatch.setattr(transform, "_python", lambda _: sys.executable)
    found = transform.memory((120, 240))
    smaller, larger = (found["peak_mb_of_tracks"][size] for size in ("120", "240"))
    assert found["bytes_per_track"] == {"to 240": pytest.approx((larger - smaller) * 1e6 / 120)}
    assert found["baseline_mb"] == pytest.approx(smaller - (larger - smaller))
    assert found["cpu_us_per_track"]["240"] > 0


def test_every_contender_has_its_column_and_its_tasks() -> None:
    keys = transform.PeersMeasure.__annotations__.keys()
    assert {f"{name}_s" for name in CONTENDERS} <= keys
    assert transform.CONTENDERS.keys() == CONTENDERS.keys()
    assert CONTENDERS.keys() - transform.DOES.keys() == {"floor"}


@pytest.mark.long
@pytest.mark.parametrize(("name", "rows"), [("polars", 300), ("dlt", 1_368)])
def test_a_contender_in_its_own_environment_writes_every_track(
    name: str, rows: int, day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables that dlt makes of nested lists are counted too: their names contain that of the tracks."""
    monkeypatch.setattr(transform, "WORK", tmp_path)
    assert transform.run(name, day)["tracks"] == rows


def test_an_unknown_day_is_named_with_those_there_are() -> None:
    asked = [sys.executable, "-m", "bench", "--day", "sunny"]
    told = subprocess.run(asked, cwd=transform.ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert all(name in told.stderr for name in DAYS)
