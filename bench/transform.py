"""Compare the transform with the lower bound and with alternatives: time and memory on the same day."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

from bench.album_day import TRACKS_AN_ALBUM, write_day

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".local" / "bench"
LAMBDA_LOCK = ROOT / "functions" / "transform" / "requirements.txt"
PEERS_LOCK = ROOT / "bench" / "requirements.txt"
ALBUMS = 20_000
MEMORY_TRACKS = (10_000, 100_000, 1_000_000, 5_000_000)  # the last day is made once: 0.4 GB, four minutes
REPEATS = 3
# Each contender and the lock of the environment it runs in: ours has what its Lambda has, and no more.
CONTENDERS = {
    "floor": PEERS_LOCK,
    "ours": LAMBDA_LOCK,
    "json_normalize": PEERS_LOCK,
    "dlt": PEERS_LOCK,
    "duckdb": PEERS_LOCK,
    "duckdb_schema": PEERS_LOCK,
}
# Which of our tasks each does on this day: it keeps the lines it cannot read (with the reason), names unmapped fields,
# validates against the contract, merges observations of one entity, and writes the same bytes for the same input.
TASKS = ("keeps bad lines", "reports drift", "validates", "deduplicates", "reproducible bytes")
DOES: dict[str, tuple[str, ...]] = {"ours": TASKS}


class Measured(TypedDict):
    """One run of one contender."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


class TransformMeasure(TypedDict):
    """Wall times on one day, the best of three runs each; peak memory of the whole process by number of tracks.

    `bytes_per_track` is what each track adds to that peak from one size to the next: more at first, while the blocks
    fill that are held whatever the size of the day. `baseline_mb` is what the last of them leaves at no tracks: the
    interpreter, the libraries, and those blocks.
    """

    floor_s: float
    ours_s: float
    json_normalize_s: float
    dlt_s: float
    duckdb_s: float
    duckdb_schema_s: float
    ours_cpu_s: float
    duckdb_schema_cpu_s: float
    does: dict[str, str]
    cpu_s: dict[str, float]
    tracks_a_second: float
    bytes_per_track: dict[str, float]
    baseline_mb: float
    peak_mb: dict[str, float]
    cpu_us_per_track: dict[str, float]


def measure() -> TransformMeasure:
    """Return all measures of the transform, each contender in a process of its own, one after the other."""
    WORK.mkdir(parents=True, exist_ok=True)
    day = WORK / f"{ALBUMS}-albums"
    write_day(day, ALBUMS)
    best = _best(day)
    sizes = {tracks: _day_of(tracks) for tracks in MEMORY_TRACKS}
    memory = {str(tracks): each["peak_bytes"] / 1e6 for tracks, each in sizes.items()}
    slopes = {
        f"to {more}": (memory[str(more)] - memory[str(fewer)]) * 1e6 / (more - fewer)
        for fewer, more in pairwise(MEMORY_TRACKS)
    }
    most = MEMORY_TRACKS[-1]
    return {
        "floor_s": best["floor"]["wall_s"],
        "ours_s": best["ours"]["wall_s"],
        "json_normalize_s": best["json_normalize"]["wall_s"],
        "dlt_s": best["dlt"]["wall_s"],
        "duckdb_s": best["duckdb"]["wall_s"],
        "duckdb_schema_s": best["duckdb_schema"]["wall_s"],
        "ours_cpu_s": best["ours"]["cpu_s"],
        "duckdb_schema_cpu_s": best["duckdb_schema"]["cpu_s"],
        "does": {name: ", ".join(DOES.get(name, ())) or "none of our tasks" for name in CONTENDERS},
        "cpu_s": {name: each["cpu_s"] for name, each in best.items()},
        "tracks_a_second": ALBUMS * TRACKS_AN_ALBUM / best["ours"]["wall_s"],
        "bytes_per_track": slopes,
        "baseline_mb": memory[str(most)] - slopes[f"to {most}"] * most / 1e6,
        "peak_mb": memory,
        "cpu_us_per_track": {str(tracks): each["cpu_s"] * 1e6 / tracks for tracks, each in sizes.items()},
    }


def _python(lock: Path) -> Path:
    """Return the interpreter of an environment with a lock's packages, made once per lock."""
    place = WORK / f"env-{lock.parent.name}"
    done = place / "installed.txt"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, place], check=True)
        install = ["pip", "install", "--quiet", "--python", str(place), "--require-hashes", "-r", str(lock)]
        subprocess.run([*uv, *install], check=True)
        done.write_bytes(lock.read_bytes())
    return place / "bin" / "python"


def _best(day: Path) -> dict[str, Measured]:
    """Return the fastest run of each contender. They take turns, so that a slow minute of the machine affects all."""
    turns = [{name: run(name, day) for name in CONTENDERS} for _ in range(REPEATS)]
    return {name: min((each[name] for each in turns), key=lambda one: one["wall_s"]) for name in CONTENDERS}


def run(name: str, day: Path) -> Measured:
    """Return the measures of one run of one contender over a day."""
    python = _python(CONTENDERS[name])
    out = Path(tempfile.mkdtemp(dir=WORK))
    try:
        command: list[str | Path] = [python, "-m", "bench.contenders", name, day, out]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    finally:
        shutil.rmtree(out)
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def _day_of(tracks: int) -> Measured:
    """Return the measures of the transform over a day of so many tracks."""
    albums = -(-tracks // TRACKS_AN_ALBUM)
    day = WORK / f"{albums}-albums"
    write_day(day, albums)
    return run("ours", day)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
