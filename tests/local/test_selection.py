"""Each command that the local stack prints selects, when it is pasted, the stack and the state that it is about."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from local.app import app
from local.selection import LOCAL, Selection
from local.session import Session
from local.source import Source
from local.up import how_to_reach
from ops.app import command_line
from ops.demo.summary import show_next

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ELSEWHERE = Path("/tmp/a folder/it's")  # noqa: S108  nothing is written there
SELECTIONS = {
    "the usual one": Selection(),
    "another stack": Selection("prod"),
    "another state": Selection(state=ELSEWHERE),
    "all others": Selection("prod", ELSEWHERE, "trino"),
}
ARN = "arn:aws:states:us-east-1:1:stateMachine:x"
NAMES = ("raw_bucket", "curated_bucket", "results_bucket", "crawler_name", "views_database", "lake_database")
OUTPUTS = {**dict.fromkeys(NAMES, "x"), "state_machine_arn": ARN}
COMMAND = re.compile(r"(?:OPS_STATE=|\.venv/bin/(?:ops|python -m local)|make demo).*?(?=  |`|$)", re.MULTILINE)


def session_of(selection: Selection) -> Session:
    """Return a stack that is up and was selected so."""
    source = Source("http://spotify", "http://token", "", "")
    return Session(selection.stack, "http://aws", str(selection.state / "aws"), OUTPUTS, source, 1, selection.athena)


def page(selection: Selection) -> str:
    return how_to_reach(session_of(selection), selection)


def next_steps(selection: Selection) -> str:
    out = io.StringIO()
    for succeeded in (True, False):
        show_next(Console(file=out, width=10_000), "2026-11-23", selection, succeeded=succeeded, running=False)
    return out.getvalue()


@pytest.fixture
def selected(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Selection]:
    """Return what selects: it runs a command up to where it would use a stack."""
    found: list[Selection] = []

    def up(stack: str, _console: Any, state: Path, *, browse: bool, athena: Any) -> int:
        found.append(Selection(stack, state, athena))
        return int(browse) * 0

    def demo(_dates: Any, stack: str, _console: Any, state: Path, athena: Any) -> int:
        found.append(Selection(stack, state, athena))
        return 0

    @contextmanager
    def attached(stack: str, *, told: Any, local: Path) -> Iterator[Session]:
        assert told
        found.append(Selection(stack, local))
        raise KeyboardInterrupt
        yield  # type: ignore[unreachable]  # a context manager needs one

    monkeypatch.setattr("local.up.up", up)
    monkeypatch.setattr("ops.demo.days.demo", demo)
    monkeypatch.setattr("local.session.attached", attached)

    def of(command: str) -> Selection:
        if command.startswith("make demo DATE="):
            command = ".venv/bin/python -m local demo --date " + command.partition("=")[2]
        words = shlex.split(command)
        if words[0].startswith("OPS_STATE="):
            monkeypatch.setenv("OPS_STATE", words.pop(0).partition("=")[2])
        program = command_line(words[1]) if words[0] == ".venv/bin/ops" else app
        CliRunner().invoke(program, words[1:] if words[0] == ".venv/bin/ops" else words[3:])
        monkeypatch.delenv("OPS_STATE", raising=False)
        return found.pop()

    return of


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS)
@pytest.mark.parametrize(("printed", "count"), [(page, 3), (next_steps, 7)], ids=["up", "demo"])
def test_each_printed_command_reaches_the_stack_that_it_is_about(
    selected: Callable[[str], Selection],
    selection: Selection,
    printed: Callable[[Selection], str],
    count: int,
) -> None:
    commands = COMMAND.findall(printed(selection))
    assert len(commands) == count
    for command in commands:
        of_ops = ".venv/bin/ops" in command  # it asks whichever engine is up
        expected = Selection(selection.stack, selection.state) if of_ops else selection
        assert selected(command) == expected, command


def test_the_usual_stack_needs_no_selection() -> None:
    assert ".venv/bin/ops status --local " in next_steps(Selection())
    assert ".venv/bin/python -m local up " in next_steps(Selection())
    assert Selection().state == LOCAL


def test_a_demo_on_a_stack_that_is_up_does_not_tell_to_start_it() -> None:
    out = io.StringIO()
    show_next(Console(file=out, width=10_000), "2026-11-23", Selection(), succeeded=True, running=True)
    assert "local up" not in out.getvalue()


@pytest.mark.parametrize("command", ["demo", "up"])
def test_an_empty_state_names_no_folder(command: str) -> None:
    """A shell variable that is not set would otherwise put the state into the folder at hand."""
    told = CliRunner().invoke(app, [command, "--state", ""])
    assert (told.exit_code, "'' names no folder" in told.output) == (2, True)
