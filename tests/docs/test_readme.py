"""Follow the README literally in a fresh clone: run its commands, and check the results that it states."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.docs.messages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FIRST_OUTPUT_WITHIN_S = 3.0
LONGEST_SILENCE_S = 5.0


def commands(section: str) -> list[str]:
    """Return the lines of the code blocks of a section."""
    text = (ROOT / "README.md").read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [
        line for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.splitlines()
    ]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone, with nothing set up."""
    folder = tmp_path_factory.mktemp("stranger") / "spotify-lake"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def typed(command: str, clone: Path, until: str | None = None) -> tuple[int, list[tuple[float, str]]]:
    """Return a command's exit code and its lines with their seconds; with `until`, press Ctrl-C at that line."""
    ours = ("SPOTIFY", "AWS", "VIRTUAL_ENV", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    began, lines = time.monotonic(), []
    with subprocess.Popen(  # noqa: S602  the README's own words
        f"exec {command}", shell=True, cwd=clone, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            lines.append((time.monotonic() - began, line))
            if until and until in line:
                os.killpg(process.pid, signal.SIGINT)
    return process.returncode, lines


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_stranger_can_try_it_on_a_laptop(clone: Path) -> None:
    demo, *others = commands("Try it on a laptop")
    assert demo == "make demo DAYS=2"
    for command in (demo, *others):
        stays = command.endswith("local up")
        code, lines = typed(command, clone, until="Ctrl-C stops it" if stays else None)
        said = "".join(line for _, line in lines)
        assert code == 0, f"{command}: {said}"
        if command.startswith("make demo"):
            summary = json.loads((clone / ".local" / "summary.json").read_text())
            assert (summary["status"], summary["iam_enforced"]) == ("SUCCEEDED", True)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_demo_that_is_set_up_is_never_silent(clone: Path) -> None:
    code, lines = typed("make demo DATE=tomorrow", clone)
    assert code == 0
    times = [at for at, _ in lines]
    assert times[0] < FIRST_OUTPUT_WITHIN_S
    longest = max(later - earlier for earlier, later in itertools.pairwise(times))
    assert longest < LONGEST_SILENCE_S, lines
