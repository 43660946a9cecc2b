"""Unzipped size and import time of each Lambda, beside what its libraries alone take on this machine."""

from __future__ import annotations

import subprocess
import sys
from typing import TypedDict

from bench.transform import ROOT
from infra.artifacts import dependency_layer, function_names, function_zip

RUNS = 5
LIBRARIES = {
    "extract": "boto3, httpx",
    "transform": "boto3, pandas, pyarrow, pyarrow.json, pyarrow.parquet, pandera.pandas",
}
CLOCKED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


class LambdaMeasure(TypedDict):
    """`unzipped_mb` of code and layer, `import_s` of the handler, `reference_import_s` of its libraries alone."""

    unzipped_mb: float
    import_s: float
    reference_import_s: float


def measure() -> dict[str, LambdaMeasure]:
    """Return the measures of each function; imports are the fastest of five fresh interpreters."""
    return {name: _measure(name) for name in function_names()}


def _measure(name: str) -> LambdaMeasure:
    size = function_zip(name).unzipped_bytes + dependency_layer(name, "arm64").unzipped_bytes
    return {
        "unzipped_mb": size / 1e6,
        "import_s": _import_s(f"functions.{name}.handler"),
        "reference_import_s": _import_s(LIBRARIES.get(name, "boto3")),
    }


def _import_s(modules: str) -> float:
    command = [sys.executable, "-c", CLOCKED.format(modules)]
    runs = (subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(RUNS))
    return min(float(run.stdout) for run in runs)
