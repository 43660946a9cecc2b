"""Unzipped size, import time and cold start of each Lambda's artifact, beside libraries of the same artifact alone."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from bench.alone import unpacked
from infra.packaging.artifacts import dependency_layer, function_names, function_zip

if TYPE_CHECKING:
    from bench.alone import Alone

RUNS = 5
LIBRARIES = {"extract": "httpx, boto3", "transform": "pandas"}
CLOCKED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


class LambdaMeasure(TypedDict):
    """`unzipped_mb` is of code and layer as a stack deploys them by default; the times are of this machine.

    All find the bytecode that the artifact carries; a cold start begins with the interpreter. `cold_cpu_s` is its
    processor time, which other work on the machine changes little.
    """

    unzipped_mb: float
    import_s: float
    reference_import_s: float
    cold_start_s: float
    cold_cpu_s: float


def measure() -> dict[str, LambdaMeasure]:
    """Return the measures of each function; times are the shortest of five fresh interpreters."""
    with tempfile.TemporaryDirectory() as folder:
        artifacts = unpacked(function_names(), Path(folder))
        return {name: _measure(name, artifact) for name, artifact in artifacts.items()}


def _measure(name: str, artifact: Alone) -> LambdaMeasure:
    size = function_zip(name).unzipped_bytes + dependency_layer(name, "arm64").unzipped_bytes
    handler = f"functions.{name}.handler"
    starts = [_cold_start(artifact, handler) for _ in range(RUNS)]
    return {
        "unzipped_mb": size / 1e6,
        "import_s": _import_s(artifact, handler),
        "reference_import_s": _import_s(artifact, LIBRARIES.get(name, "boto3")),
        "cold_start_s": min(wall for wall, _ in starts),
        "cold_cpu_s": min(cpu for _, cpu in starts),
    }


def _import_s(artifact: Alone, modules: str) -> float:
    return min(float(artifact.run(CLOCKED.format(modules))) for _ in range(RUNS))


def _cold_start(artifact: Alone, module: str) -> tuple[float, float]:
    """Return the time and the processor time of an interpreter that imports a module."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    artifact.run(f"import {module}")
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
