"""`python -m bench` writes its measurements and keeps earlier ones; each measurement is what its name says."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

import bench.__main__ as command
from bench import cost, demo, extract, lambdas, setup, transform
from bench.alone import Alone

if TYPE_CHECKING:
    from pathlib import Path

NAMED = {
    "transform": {"floor_s", "ours_s", "ours_cpu_s", "duckdb_schema_s", "duckdb_schema_cpu_s", "duckdb_s", "polars_s"}
    | {"msgspec_s", "json_normalize_s", "dlt_s", "bytes_per_track"},
    "extract": {"steady_calls", "least_calls", "full_calls"},
    "cost": {"day_usd", "month_usd"},
}
"""Keys of the results that other programs read."""


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the results, beside the program."""
    monkeypatch.setattr(transform, "ROOT", tmp_path)
    monkeypatch.setattr(command, "RESULT", tmp_path / ".local" / "bench.json")
    return tmp_path / ".local" / "bench.json"


def test_results_are_written_beside_earlier_ones(
    result: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(command.MEASURES, "cost", lambda: {"day_usd": 0.00123, "by_item": {"athena": 1234.5}})
    result.parent.mkdir()
    result.write_text('{"demo": {"wall_s": 9.0}}')
    assert command.main(["cost"]) == 0
    assert json.loads(result.read_text()) == {
        "demo": {"wall_s": 9.0},
        "cost": {"day_usd": 0.00123, "by_item": {"athena": 1234.5}},
    }
    told = capsys.readouterr().out
    assert "Measuring cost" in told
    assert "0.0012" in told
    assert "by_item athena" in told
    assert "1,234.500" in told


def test_a_day_is_measured_alone(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def peers(name: str) -> dict[str, Any]:
        return {"day": name}

    monkeypatch.setattr(transform, "peers", peers)
    assert command.main(["--day", "deep"]) == 0
    assert json.loads(result.read_text()) == {"transform over deep": {"day": "deep"}}


def test_the_results_have_the_keys_that_others_read() -> None:
    declared = {**transform.PeersMeasure.__annotations__, **transform.MemoryMeasure.__annotations__}
    found = {
        "transform": declared,
        "extract": extract.ExtractMeasure.__annotations__,
        "cost": cost.CostMeasure.__annotations__,
    }
    assert {name: wanted - found[name].keys() for name, wanted in NAMED.items()} == {name: set() for name in NAMED}
    assert demo.DemoMeasure.__annotations__.keys() >= {"wall_s"}
    assert setup.SetupMeasure.__annotations__.keys() >= {"s", "mb"}
    assert lambdas.LambdaMeasure.__annotations__.keys() >= {
        "unzipped_mb", "import_s", "cold_cpu_s", "reference_import_s",
    }  # fmt: skip


def test_the_demo_s_time_is_that_of_its_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "06:00:01  ✓ Take the lock                1.5 s\n06:00:02  ✓ Wait   0.5 s\n06:00:03  ✓ Wait   0.25 s\n"
    waits = iter([0.3, 0.05])

    def run(_state: str) -> str:
        time.sleep(next(waits))
        return told

    monkeypatch.setattr(demo, "run", run)
    found = demo.measure()
    assert 0.05 <= found["wall_s"] < 0.3
    assert (found["states_s"], found["transitions"]) == ({"Take the lock": 1.5, "Wait": 0.75}, 4)


@pytest.mark.slow
def test_an_import_and_a_cold_start_take_as_long_as_the_module(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\nwhile time.process_time() < 0.1: pass\ntime.sleep(0.2)\n")
    artifact = Alone(tmp_path, tmp_path, tmp_path)
    wall, cpu = lambdas._cold_start(artifact, "slow")
    assert wall >= 0.3
    assert 0.1 <= cpu < wall
    assert lambdas._import_s(artifact, "slow") >= 0.2
