"""Measure the setup of `make demo` in a new folder: its seconds, and the size of the environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

from bench.transform import ROOT


class SetupMeasure(TypedDict):
    """Seconds until `.venv` has all that a demo needs, and its size. uv downloads only what its cache does not have."""

    s: float
    mb: float


def measure() -> SetupMeasure:
    """Set up a new folder as `make demo` does before it runs."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("Makefile", *(path.name for path in ROOT.glob("requirements*.txt"))):
            shutil.copy(ROOT / each, folder)
        outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        started = time.perf_counter()
        subprocess.run(["make", ".venv/run"], cwd=folder, env=outside, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        found = [path.lstat() for path in (folder / ".venv").rglob("*")]
    files = {each.st_ino: each.st_size for each in found}  # a file with two names takes its place once
    return {"s": seconds, "mb": sum(files.values()) / 1e6}
