"""Measure cold starts, and compute their time and price by memory: `python -m bench.cold_starts` prints the table.

A daily execution runs on the embedded AWS. Then each of its functions, as it is deployed, is called twice in an
environment of its own: its zip and layer on Lambda's Python, by AWS's runtime client and Runtime Interface Emulator.
Lambda gives a function memory / 1,769 of a processor, so a duration is computed as the measured processor time at that
share, and a wait for each request to AWS. Lambda may give an initialisation more than that, so it is an upper bound.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.lambda_emulator.emulator import ARCHITECTURE, Emulated, call, missing, serving, unpacked
from conformance.lambda_emulator.recording import recorded
from functions.shared.prices import PRICES
from functions.transform.handler import AHEAD
from infra.packaging.artifacts import PYTHON, dependency_layer, function_zip
from local.session import started
from local.streams import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.lambda_emulator.recording import Called
    from local.session import Session

MEMORY_MB = (256, 512, 1024, 1769)
WHOLE_PROCESSOR_MB = 1769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: "equivalent of one vCPU"."""
REQUEST_S = 0.03
"""A guess: a request of a Lambda to S3, Glue, DynamoDB or SNS in its own region."""
AT_ONCE = {"transform": AHEAD}
"""The number of requests that a function has in progress at the same time; one, for a function that is not listed."""
RUNS = 3
TICKS = os.sysconf("SC_CLK_TCK")
OF_SERVICES = ("kms:", "logs:", "xray:")
"""Calls that AWS services make with a function's role, which are not the function's own requests."""


@dataclass(frozen=True)
class ColdStart:
    """A function's processor time until its first response and of its second, in seconds; its memory; its requests."""

    function: str
    configured_mb: int
    first_cpu_s: float
    second_cpu_s: float
    peak_mb: int
    requests: int

    def seconds(self, memory_mb: int) -> float:
        """Return how long a first call takes with this memory."""
        waits = self.requests * REQUEST_S / AT_ONCE.get(self.function, 1)
        return self.first_cpu_s / min(memory_mb / WHOLE_PROCESSOR_MB, 1) + waits

    def usd(self, memory_mb: int) -> float:
        """Return what a first call costs with this memory at list price, initialisation included."""
        return self.seconds(memory_mb) * memory_mb / 1024 * PRICES["lambda_arm64"].usd


def measured() -> list[ColdStart]:
    """Return the measures of each function that a daily execution calls; processor times are the least of some runs."""
    with tempfile.TemporaryDirectory() as folder, started(local=Path(folder)) as session:
        return [_measured(session, each) for each in recorded(session)]


def _measured(session: Session, called: Called) -> ColdStart:
    runs = [_run(session, called) for _ in range(RUNS)]
    return ColdStart(
        called.function,
        Emulated.of(session, called.function, called.arn).config["MemorySize"],
        min(each.first_cpu_s for each in runs),
        min(each.second_cpu_s for each in runs),
        max(each.peak_mb for each in runs),
        runs[0].requests,
    )


def _run(session: Session, called: Called) -> ColdStart:
    emulated, event = Emulated.of(session, called.function, called.arn), json.dumps(called.event).encode()
    task = unpacked(function_zip(called.function).path)
    layer = unpacked(dependency_layer(called.function, ARCHITECTURE, PYTHON).path)
    before = len(_requests(session, called.function))
    with serving(task, [layer / "python"], emulated.environment, emulated.config) as address:
        responses = [call(address, event)]
        requests = len(_requests(session, called.function)) - before
        process = next(runtime_clients(os.getpid()))
        first_s, peak_mb = processor_s(process), _peak_mb(process)
        responses.append(call(address, event))
        second_s = processor_s(process) - first_s
    if failed := [each for each in responses if b'"errorType"' in each]:
        raise RuntimeError(f"{called.function} failed: {failed[0][:300]!r}")
    return ColdStart(called.function, 0, first_s, second_s, peak_mb, requests)


def _requests(session: Session, function: str) -> list[str]:
    """Return the calls to AWS of a function's role so far.

    Of one that asks Athena, only those: the log does not tell the others from what Athena asks in its name.
    """
    log = Path(session.state_dir, "calls.ndjson").read_text(encoding="utf-8").splitlines()
    made = [each["action"] for each in map(json.loads, log) if f"-{function}-" in each["principal"]]
    athena = [each for each in made if each.startswith("athena:")]
    return athena or [each for each in made if not each.startswith(OF_SERVICES)]


def runtime_clients(process: int) -> Iterator[int]:
    """Yield the processes below this one that run Lambda's runtime client, without the emulator that starts it."""
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, children.read_text(encoding="utf-8").split()):
            if b"\0-m\0awslambdaric\0" in (line := Path(f"/proc/{child}/cmdline").read_bytes()):
                yield from [] if b"--runtime-api-address" in line else [child]
            yield from runtime_clients(child)


def processor_s(process: int) -> float:
    """Return the processor time of a process so far, of all its threads, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak_mb(process: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    assert found  # noqa: S101  # Linux states it for each process
    return int(found[1]) // 1024


def markdown(starts: Sequence[ColdStart]) -> str:
    """Return the table: seconds and USD per million first calls, by memory; what is configured is bold."""
    sizes = sorted({*MEMORY_MB, *(each.configured_mb for each in starts)})
    head = ["function", "processor, first call", "second call", "peak", "requests", *(f"{size:,} MB" for size in sizes)]
    lines = [head, ["---"] * len(head), *(_row(each, sizes) for each in starts)]
    together = sum(each.seconds(each.configured_mb) for each in starts)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\nAll, as configured: {together:.1f} s\n"


def _row(start: ColdStart, sizes: Sequence[int]) -> list[str]:
    cells = [f"{start.seconds(size):.2f} s, {start.usd(size) * 1e6:.1f}" for size in sizes]
    shown = [f"**{cell}**" if size == start.configured_mb else cell for size, cell in zip(sizes, cells, strict=True)]
    cpu = [f"{start.first_cpu_s:.2f} s", f"{start.second_cpu_s:.2f} s", f"{start.peak_mb} MB", str(start.requests)]
    return [start.function, *cpu, *shown]


if __name__ == "__main__":
    prepare()
    if why := missing():
        sys.exit(why)
    print(markdown(measured()))
