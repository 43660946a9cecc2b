"""Programs run with closed standard streams and in a locale without UTF-8."""

from __future__ import annotations

import ast
import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.os_errors import of_this_machine
from tests.test_imports import ROOT, modules

if TYPE_CHECKING:
    from pathlib import Path

ASCII = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
OTHERS = {"local.aws.server", "local.spotify.__main__", "local.aws.lambda_.bootstrap", "local.aws.pins"}
"""Programs that are started with streams of their own, and one that prints nothing."""
PREPARED = "from local.streams import prepare\nprepare()\n"


def started(script: str, redirected: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program from a shell, with its standard streams redirected."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" -c "$1" {redirected}', sys.executable, script],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_every_program_prepares_its_streams_first() -> None:
    found = {}
    for name, file in modules().items():
        if name.split(".")[0] not in {"ops", "local", "conformance", "bench"} or name in OTHERS:
            continue
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'":
                found[name] = ast.unparse(node.body[0])
    assert len(found) >= 10
    assert {name: first for name, first in found.items() if first != "prepare()"} == {}


def test_a_program_with_closed_streams_reads_nothing_and_writes_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "file"
    script = PREPARED + (
        "import subprocess, sys\n"
        "assert not sys.stdin.isatty() and sys.stdin.read() == ''\n"
        "sys.stdout.write('out'); sys.stderr.write('err')\n"
        f"with open({str(file)!r}, 'w') as kept:\n"
        "    subprocess.run(['/bin/sh', '-c', 'echo out; echo err >&2'], check=True)\n"
    )
    ended = started(script, "<&- >&- 2>&-")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert file.read_text(encoding="utf-8") == ""


def test_what_an_encoding_lacks_is_written_as_its_number() -> None:
    ended = started(PREPARED + "print('caf\\u00e9 \\u2713 \\U0001f3b5')", **ASCII)
    assert (ended.returncode, ended.stdout) == (0, "caf\\xe9 \\u2713 \\U0001f3b5\n")


def test_an_error_handler_that_was_chosen_stays() -> None:
    ended = started(PREPARED + "print('caf\\u00e9')", PYTHONIOENCODING="ascii:replace")
    assert (ended.returncode, ended.stdout) == (0, "caf?\n")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_is_the_same_json_in_every_encoding(encoding: str) -> None:
    names = ["caf\u00e9", "\U0001f3b5", "\u2713", "\u001b"]
    script = PREPARED + f"from ops.terminal.output import show\nshow({names!r}, [], as_json=True)"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert json.loads(ended.stdout.decode(encoding)) == names
    assert ("caf\u00e9" in ended.stdout.decode(encoding)) == (encoding == "utf-8")


FULL = of_this_machine(OSError(errno.ENOSPC, "No space left on device")) + "\n"
WRITING = """
import sys, time
from local.os_errors import of_this_machine
from local.streams import flushed
try:
    with flushed():
        sys.stdout.write("x" * {size})
        time.sleep({wait})
except OSError as exc:
    print(of_this_machine(exc), file=sys.stderr)
"""
PROGRAM = """
import runpy, sys
sys.argv = ["{name}", "--help"]
runpy.run_module("{name}", run_name="__main__")
"""


@pytest.mark.parametrize("size", [1, 100_000], ids=["at the end", "before the end"])
def test_a_full_disk_behind_standard_output_is_told_once(size: int) -> None:
    ended = started(PREPARED + WRITING.format(size=size, wait=0), ">/dev/full", PYTHONUNBUFFERED="")
    assert (ended.returncode, ended.stderr) == (0, FULL)  # not 120, with which Python ends where its own flush fails


def test_a_reader_that_has_ended_is_not_told() -> None:
    script = PREPARED + WRITING.format(size=1, wait=0.2)
    ended = started(script, "| true", PYTHONUNBUFFERED="")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("name", ["ops", "local"])
def test_a_command_whose_output_has_no_room_fails_with_a_sentence(name: str) -> None:
    ended = started(PROGRAM.format(name=name), ">/dev/full")
    assert (ended.returncode, ended.stderr) == (1, FULL)
