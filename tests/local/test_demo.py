"""Run `python -m local` as a person does: check its output, the files it leaves, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from local.app import _console
from local.aws.process import administrator
from local.error_messages import told_plainly
from local.progress import Clock
from local.session import find_running
from ops.demo.summary import SINCE_YESTERDAY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DAY, NEXT_DAY = "2026-11-23", "2026-11-24"
pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("demo")]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "local", *arguments]


def environment() -> dict[str, str]:
    """Return this process's, without what would choose another Spotify, another account or a narrow window."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SPOTIFY_", "AWS_", "COLUMNS"))}


@dataclass(frozen=True)
class Shown:
    """A demo that is over: its lines with the time each came, its exit code, its state."""

    lines: list[tuple[float, str]]
    exit_code: int
    state: Path

    @property
    def text(self) -> str:
        return "".join(line for _, line in self.lines)

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "summary.json").read_text())
        return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """One demo of two dates, with its output piped."""
    state = tmp_path_factory.mktemp("demo")
    began = time.monotonic()
    arguments = command("demo", "--date", DAY, "--days", "2", "--state", str(state))
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment() | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines = [(time.monotonic() - began, line) for line in process.stdout]
    return Shown(lines, process.returncode, state)


@pytest.mark.slow
def test_the_demo_succeeds_and_says_so(shown: Shown) -> None:
    assert shown.exit_code == 0, shown.text
    assert "SUCCEEDED" in shown.text
    assert shown.summary["status"] == "SUCCEEDED"


@pytest.mark.slow
def test_the_summary_is_the_output_with_what_only_the_demo_knows(shown: Shown) -> None:
    summary = shown.summary
    assert {"outcome", "run", "extract", "freeze", "transform", "crawl", "audit", "publish"} <= summary.keys()
    assert summary["iam_enforced"] is True
    assert summary["run"]["snapshot_date"] == NEXT_DAY
    assert summary["execution_arn"].startswith("arn:aws:states:")
    assert summary["wall_s"] > 1


@pytest.mark.slow
def test_every_state_is_shown_with_its_time(shown: Shown) -> None:
    for state in ("Resolve the run", "Extract", "Transform", "Audit with Athena", "Publish"):
        assert re.search(rf"✓ {state} +\d+\.\d\d s", shown.text), state


@pytest.mark.slow
def test_rows_gates_and_what_differs_from_the_date_before_follow(shown: Shown) -> None:
    for word in ("What the run wrote", "Sanity gates", "whats_new.sql", "what_changed.sql", "whats_gone.sql"):
        assert word in shown.text
    assert f".venv/bin/python -m local demo --date 2026-11-25 --state {shown.state} " in shown.text


@pytest.mark.slow
def test_each_date_has_its_heading_and_its_end(shown: Shown) -> None:
    headings = re.findall(r"^(Day \d of \d: \S+|SUCCEEDED)$", shown.text, re.MULTILINE)
    assert headings == [f"Day 1 of 2: {DAY}", "SUCCEEDED", f"Day 2 of 2: {NEXT_DAY}", "SUCCEEDED"]
    told = [shown.text.split(f"({name}.sql)")[1].split("\n\n")[0] for name in SINCE_YESTERDAY]
    assert all("Nothing." not in each for each in told)


@pytest.mark.slow
def test_piped_output_has_no_control_codes_and_is_not_wrapped(shown: Shown) -> None:
    assert "\x1b" not in shown.text
    (line,) = re.findall(r"^s3://.*Spotify's responses$", shown.text, re.MULTILINE)
    assert f"/raw/snapshot_date={NEXT_DAY}/" in line


def test_a_pipe_is_as_wide_as_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stdout", said)
    monkeypatch.delenv("COLUMNS", raising=False)
    _console().print("word " * 200)
    assert said.getvalue().count("\n") == 1


@pytest.mark.slow
def test_nothing_of_it_stays_running(shown: Shown) -> None:
    assert find_running(shown.state) is None
    assert not (shown.state / "session.json").exists()


@pytest.fixture
def stack_up(shown: Shown) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The demo's stack, started again by a person: not deployed again, unless another program took Spotify's port."""
    state = shown.state
    (port,) = state.rglob("spotify-port")
    before = port.read_text()
    with subprocess.Popen(
        command("up", "--state", str(state)), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            printed = ""
            for line in process.stdout:
                printed += line
                if "Ctrl-C stops it" in line:
                    break
            same = "Nothing to deploy: neither the program nor its configuration has changed" in printed
            assert same == (port.read_text() == before), printed
            yield process, state
        finally:
            process.kill()


@pytest.mark.slow
def test_a_stack_stays_up_until_ctrl_c_and_leaves_no_process(stack_up: tuple[subprocess.Popen[str], Path]) -> None:
    process, state = stack_up
    running = find_running(state)
    assert running is not None
    assert running.client("s3").list_buckets()["Buckets"]
    second = subprocess.run(
        command("up", "--state", str(state)), cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "is up already" in second.stdout

    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert find_running(state) is None
    assert _processes_in(state) == []


def _processes_in(state: Path) -> list[str]:
    """Return the command lines of processes whose environment names a state directory."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if str(state).encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text())
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--date", "2026-13-01"], "--date is '2026-13-01'; expected a calendar date", id="no date"),
        pytest.param(["--date", "9999-12-31"], "end after 9989-12-31", id="the last date", marks=pytest.mark.slow),
        pytest.param(["--stack", "nowhere"], "Pulumi.nowhere.yaml", id="no such stack", marks=pytest.mark.slow),
    ],
)
def test_what_a_person_gets_wrong_is_said_in_a_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    ended = subprocess.run(
        command("demo", "--state", str(tmp_path), *arguments),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in {1, 2}
    assert sentence in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("text", ["[]", '{"stack": "dev"}', "{", '{"source": 1}'])
def test_a_damaged_note_of_a_running_stack_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "session.json").write_text(text)
    assert find_running(tmp_path) is None


def test_a_state_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = Console(file=io.StringIO(), width=200)
    with told_plainly(out) as outcome:
        find_running(tmp_path / "file" / "below")
    assert outcome.exit_code == 1
    assert out.file.getvalue().startswith(f"This machine refused {tmp_path}/file/below/session.json: Not a directory.")  # type: ignore[attr-defined]  # a StringIO


def test_a_stack_that_another_process_took_down_is_a_sentence() -> None:
    out = Console(file=io.StringIO(), width=400)
    with told_plainly(out) as outcome:
        administrator("http://127.0.0.1:9", "s3").list_buckets()
    assert outcome.exit_code == 1
    assert out.file.getvalue().startswith("The local stack no longer responds")  # type: ignore[attr-defined]  # a StringIO


def test_a_clock_is_never_silent_for_long_and_rests_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.progress.SILENCE_S", 0.05)
    said = io.StringIO()
    clock = Clock(Console(file=said, width=80))
    clock.tell("Starting")
    clock.tell("… Bucket raw")
    with clock:
        deadline = time.monotonic() + 30
        while said.getvalue().count("\n") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        clock.rest()
        rested = said.getvalue()
        time.sleep(0.1)
    assert said.getvalue() == rested
    first, *others = rested.splitlines()
    assert first.endswith(" s  Starting")
    assert {line.split("  ")[-1] for line in others} == {"… Bucket raw"}


@pytest.mark.slow
def test_half_a_setting_is_wrong_usage(tmp_path: Path) -> None:
    ended = subprocess.run(
        command("demo", "--state", str(tmp_path)),
        cwd=ROOT,
        env=environment() | {"SPOTIFY_CLIENT_ID": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "SPOTIFY_CLIENT_SECRET is not" in ended.stdout
