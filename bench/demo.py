"""Wall time of a first `make demo` when all that it needs is set up, and the states that its execution went through."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import TypedDict

from bench.transform import ROOT

STATE = re.compile(r"^[0-9:.]+  [✓✗] (?P<name>.+?) {2,}(?P<seconds>[0-9.]+) s", re.MULTILINE)


class DemoMeasure(TypedDict):
    """`wall_s` of the whole command, `transitions` of its execution, and the seconds in each state."""

    wall_s: float
    transitions: int
    states_s: dict[str, float]


def measure() -> DemoMeasure:
    """Run the demo once, so that all is set up, and once more on the clock, each on a lake of its own."""
    with TemporaryDirectory() as folder:
        run(f"{folder}/once")
        started = time.perf_counter()
        told = run(f"{folder}/on the clock")
        wall = time.perf_counter() - started
    visits = [(each["name"], float(each["seconds"])) for each in STATE.finditer(told)]
    states: dict[str, float] = {}
    for name, seconds in visits:
        states[name] = states.get(name, 0.0) + seconds
    return {"wall_s": wall, "transitions": len(visits) + 1, "states_s": states}


def run(state: str) -> str:
    """Run a demo on the lake in a folder, and return what it printed."""
    command = [sys.executable, "-m", "local", "demo", "--state", state]
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8").stdout
