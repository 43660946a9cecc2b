"""Measure the memory and time that an inbox object takes, by size and shape: `python -m bench.inbox [MB …] [SHAPE …]`.

Each shape is written to a file and read in a process of its own, at 64 and 256 MB unpacked by default: memory must stay
below 1 GB, and the processor's time at most five times as long at the larger size.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from bench.inbox_shapes import SHAPES
from functions.transform.lines import Source
from functions.transform.transform import Limits, transform
from local.streams import prepare

DAY = date(2026, 1, 1)
SIZES = (64, 256)
MOST_MEMORY = 1_000  # MB
MOST_TIME = 5.0  # times, at four times the size


def read(path: Path) -> dict[str, float | str]:
    """Read an object; return the processor's seconds, this process's largest memory, the rows and the first reason."""
    source = Source("inbox/snapshot_date=2026-01-01/a.json", "inbox", datetime(2026, 1, 1, tzinfo=UTC))
    began = time.process_time()
    with path.open("rb") as stream:
        found = transform([(source, stream)], Limits(DAY, "extended", 1.0), lambda *_: None)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # in kilobytes on Linux: getrusage(2)
    rows = sum(each["rows"] for table, each in found["tables"].items() if table != "quarantine")
    return {
        "cpu_s": time.process_time() - began,
        "mb": memory,
        "rows": rows,
        "reasons": "; ".join(f"{reason}: {count:,}" for reason, count in list(found["reasons"].items())[:2]),
    }


def measured(name: str, megabytes: int) -> dict[str, float]:
    """Return what `read` finds in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        with path.open("wb") as file:
            SHAPES[name].write(file, megabytes << 20)
        command = [sys.executable, "-m", "bench.inbox", "--read", str(path)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def main(arguments: list[str]) -> int:
    """Print a row per shape; return 1 if one exceeds the bounds, 2 for an unknown shape."""
    if arguments[:1] == ["--read"]:
        print(json.dumps(read(Path(arguments[1]))))
        return 0
    sizes = [int(each) for each in arguments if each.isdecimal()] or list(SIZES)
    names = [each for each in arguments if not each.isdecimal()] or list(SHAPES)
    if unknown := [name for name in names if name not in SHAPES]:
        print(f"Unknown shape {unknown[0]!r}. The known shapes are:", *SHAPES, sep="\n", file=sys.stderr)
        return 2
    print("| shape | " + " | ".join(f"{size} MB" for size in sizes) + " | times | rows | rejected |")
    print("|---" + "|--:" * (len(sizes) + 2) + "|---|")
    beyond = False
    for name in names:
        found = [measured(name, size) for size in sizes]
        first, last = found[0], found[-1]
        times = last["cpu_s"] / first["cpu_s"]
        beyond |= times > MOST_TIME or last["mb"] > MOST_MEMORY
        cells = " | ".join(f"{each['cpu_s']:.1f} s, {each['mb']:.0f} MB" for each in found)
        print(f"| {name} | {cells} | {times:.1f} | {last['rows']:,} | {last['reasons']} |", flush=True)
    return int(beyond)


if __name__ == "__main__":
    prepare()
    sys.exit(main(sys.argv[1:]))
