"""Compare the transform with the lower bound and with alternatives: time and memory on the same day."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from bench.album_day import DAYS, Day, write_day

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".local" / "bench"
LAMBDA_LOCK = ROOT / "functions" / "transform" / "requirements.txt"
PEERS_LOCK = ROOT / "bench" / "requirements.txt"
MEMORY_TRACKS = (10_000, 100_000, 1_000_000, 5_000_000)  # the last day is made once: 0.4 GB, four minutes
REPEATS = 3
# Each contender and the lock of the environment it runs in: ours has what its Lambda has, and no more.
PEERS = ("duckdb_schema", "polars", "msgspec", "duckdb", "json_normalize", "dlt")
CONTENDERS = {"floor": PEERS_LOCK, "ours": LAMBDA_LOCK} | dict.fromkeys(PEERS, PEERS_LOCK)
# Which of our tasks each does on this day: it keeps the lines that it cannot read, with the reason; names unmapped
# fields; validates against the contract; merges observations of one entity. Whether it writes the same bytes from the
# same parts in another order is measured.
TASKS = ("keeps bad lines", "names unmapped fields", "validates", "merges")
DOES: dict[str, tuple[str, ...]] = {
    "ours": TASKS,
    **dict.fromkeys(PEERS[:3], ("validates types",)),
    **dict.fromkeys(PEERS[3:], ("unmapped fields as columns",)),
}


class Measured(TypedDict):
    """One run of one contender: times, peak memory, rows of tracks that it wrote, and a hash of its Parquet files."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    tracks: int
    sha256: str


class PeersMeasure(TypedDict):
    """Times on one day, each the least of some runs. `to_duckdb_schema` are our times divided by that peer's.

    `tracks` are the rows that each wrote: peers leave out what they cannot read, or write what is not valid.
    """

    floor_s: float
    ours_s: float
    duckdb_schema_s: float
    polars_s: float
    msgspec_s: float
    duckdb_s: float
    json_normalize_s: float
    dlt_s: float
    ours_cpu_s: float
    duckdb_schema_cpu_s: float
    to_duckdb_schema: dict[str, float]
    cpu_s: dict[str, float]
    peak_mb: dict[str, float]
    tracks: dict[str, int]
    does: dict[str, str]
    tracks_a_second: float


class MemoryMeasure(TypedDict):
    """Peak memory of the transform's whole process by number of tracks.

    `bytes_per_track` is what each track adds to that peak from one size to the next: more at first, while the blocks
    fill that are held whatever the size of the day. `baseline_mb` is what the last of them leaves at no tracks: the
    interpreter, the libraries, and those blocks.
    """

    bytes_per_track: dict[str, float]
    baseline_mb: float
    peak_mb_of_tracks: dict[str, float]
    cpu_us_per_track: dict[str, float]


def measure() -> dict[str, object]:
    """Return all measures of the transform on the usual day, and its memory by size."""
    return {**peers("usual"), **memory()}


def peers(name: str, *, contenders: Sequence[str] = tuple(CONTENDERS), repeats: int = REPEATS) -> PeersMeasure:
    """Return the measures of each contender over a day, each in a process of its own, one after the other.

    They take turns, so that a slow minute of the machine affects all. Every other turn hands the parts over in the
    opposite order.
    """
    folder, day = _written(name, DAYS[name])
    turns = [{each: run(each, folder, turn % 2 == 1) for each in contenders} for turn in range(repeats)]
    best = {each: min((turn[each] for turn in turns), key=lambda one: one["wall_s"]) for each in contenders}
    cpu = {each: min(turn[each]["cpu_s"] for turn in turns) for each in contenders}
    same = {each: len({turn[each]["sha256"] for turn in turns}) == 1 for each in contenders}
    wall = {f"{each}_s": one["wall_s"] for each, one in best.items()}
    found: dict[str, Any] = {
        **wall,
        "ours_cpu_s": cpu["ours"],
        "duckdb_schema_cpu_s": cpu["duckdb_schema"],
        "to_duckdb_schema": {
            "wall": wall["ours_s"] / wall["duckdb_schema_s"],
            "cpu": cpu["ours"] / cpu["duckdb_schema"],
        },
        "cpu_s": cpu,
        "peak_mb": {each: max(turn[each]["peak_bytes"] for turn in turns) / 1e6 for each in contenders},
        "tracks": {each: one["tracks"] for each, one in best.items()},
        "does": {each: _does(each, same_bytes=same[each] and each != "floor") for each in contenders},
        "tracks_a_second": day.most_tracks / wall["ours_s"],
    }
    return cast("PeersMeasure", found)


def _does(name: str, *, same_bytes: bool) -> str:
    tasks = (*DOES.get(name, ()), *(["same bytes in any order"] if same_bytes else []))
    return ", ".join(tasks) or "none of our tasks"


def memory(tracks: Sequence[int] = MEMORY_TRACKS) -> MemoryMeasure:
    """Return the memory and the processor time of the transform over days of so many tracks."""
    sizes = {most: _of_size(most) for most in tracks}
    peak = {str(most): each["peak_bytes"] / 1e6 for most, each in sizes.items()}
    slopes = {
        f"to {more}": (peak[str(more)] - peak[str(fewer)]) * 1e6 / (more - fewer) for fewer, more in pairwise(tracks)
    }
    most = tracks[-1]
    return {
        "bytes_per_track": slopes,
        "baseline_mb": peak[str(most)] - slopes[f"to {most}"] * most / 1e6,
        "peak_mb_of_tracks": peak,
        "cpu_us_per_track": {str(most): each["cpu_s"] * 1e6 / most for most, each in sizes.items()},
    }


def _of_size(tracks: int) -> Measured:
    """Return the measures of the transform over a day of so many tracks."""
    albums = -(-tracks // Day(1).tracks)
    folder, _ = _written(f"{albums}-albums", Day(albums))
    return run("ours", folder)


def _written(name: str, day: Day) -> tuple[Path, Day]:
    write_day(WORK / name, day)
    return WORK / name, day


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


def run(name: str, day: Path, is_reversed: bool = False) -> Measured:
    """Return the measures of one run of one contender over a day, its parts in their order or reversed."""
    python = _python(CONTENDERS[name])
    out = Path(tempfile.mkdtemp(dir=WORK))
    try:
        command: list[str | Path] = [python, "-m", "bench.contenders", name, day, out, *["--reversed"] * is_reversed]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
    finally:
        shutil.rmtree(out)
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found
