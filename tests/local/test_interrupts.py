"""Ctrl-C is answered at once and ends the process within a second, however long its cleanup would take."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local import interrupts

ROOT = Path(__file__).resolve().parents[2]
SLOW = """
import time
from local.interrupts import stopped_soon
with stopped_soon("Stopped."):
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        {cleanup}
"""


def begun(cleanup: str) -> subprocess.Popen[str]:
    """Return a process that waits, with this cleanup."""
    asked = [sys.executable, "-c", SLOW.format(cleanup=cleanup)]
    process = subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_a_slow_cleanup_is_cut_off_and_the_message_comes_once(number: signal.Signals) -> None:
    process, since = begun("time.sleep(60)"), time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (130, "Stopped.\n")
    assert time.monotonic() - since < 5  # 0.8 s, on a machine that does nothing else


def test_a_quick_cleanup_is_done() -> None:
    process = begun("print('cleaned up', flush=True)")
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=30)
    assert (out, "Stopped.\n" in told) == ("cleaned up\n", True)


def test_a_second_ctrl_c_while_the_first_is_told_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal may be stopped, so that nothing can be written."""

    def ended(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(interrupts, "_say", lambda _: signal.raise_signal(signal.SIGINT))
    monkeypatch.setattr("os._exit", ended)
    with pytest.raises(SystemExit, match="130"), interrupts.stopped_soon("Stopped."):
        signal.raise_signal(signal.SIGINT)


def test_a_message_that_nobody_can_read_ends_the_process_as_soon() -> None:
    since = time.monotonic()
    with begun("time.sleep(60)") as process:
        assert process.stderr is not None
        process.stderr.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert time.monotonic() - since < 5
