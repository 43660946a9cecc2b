"""The table of memory states processor time at a memory's share, waits that no memory shortens, and the price."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench import cold_starts
from bench.cold_starts import REQUEST_S, ColdStart, markdown

PUBLISH = ColdStart("publish", 512, first_cpu_s=0.4, second_cpu_s=0.02, peak_mb=53, requests=10)


def test_twice_the_memory_takes_half_the_time_and_costs_the_same_but_for_waits() -> None:
    idle = ColdStart("publish", 512, first_cpu_s=0.4, second_cpu_s=0.02, peak_mb=53, requests=0)
    assert idle.seconds(256) == pytest.approx(2 * idle.seconds(512)) == pytest.approx(0.4 * 1769 / 256)
    assert idle.usd(256) == pytest.approx(idle.usd(512))
    assert PUBLISH.seconds(512) - idle.seconds(512) == pytest.approx(10 * REQUEST_S)
    assert PUBLISH.usd(512) > PUBLISH.usd(256)


def test_more_than_a_whole_processor_makes_one_thread_no_faster() -> None:
    assert PUBLISH.seconds(3008) == PUBLISH.seconds(1769)


def test_the_transform_waits_for_several_requests_at_once() -> None:
    transform = ColdStart("transform", 3008, first_cpu_s=1, second_cpu_s=0, peak_mb=1, requests=80)
    assert transform.seconds(3008) == pytest.approx(1 + 10 * REQUEST_S)


def test_what_is_configured_is_bold_and_summed_up() -> None:
    table = markdown([PUBLISH])
    assert table.count("**") == 2
    assert f"**{PUBLISH.seconds(512):.2f} s, {PUBLISH.usd(512) * 1e6:.1f}**" in table
    assert table.endswith(f"All, as configured: {PUBLISH.seconds(512):.1f} s\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_the_processor_time_of_the_runtime_client_is_found_below_the_emulator() -> None:
    client = f"{sys.executable} -c 'import time; sum(range(9_000_000)); print(1, flush=True); time.sleep(60)'"
    command = f"{client} -m awslambdaric x & wait"
    emulator = ["bash", "-c", command, "rie", "--runtime-api-address", "-m", "awslambdaric", "x"]
    with subprocess.Popen(emulator, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        process.stdout.readline()
        (found,) = cold_starts.runtime_clients(process.pid)
        assert cold_starts.processor_s(found) > 0
        subprocess.run(["/bin/kill", str(found)], check=True)
