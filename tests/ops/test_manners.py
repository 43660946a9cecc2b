"""The command line completes words, stops on Ctrl-C, and explains what is wrong with a file."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import typer

import ops.__main__
import ops.app
import ops.commands.status
from local.interrupts import stopped_soon
from ops.commands.questions import saved_queries
from ops.stack import PROJECT, open_stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ops.conftest import CommandLine


def completed(typed: str) -> list[str]:
    """Return the shell's completions of the last word."""
    words = {"_OPS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run(
        [PROJECT / "ops" / "bin" / "ops"], env={**os.environ, **words}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_shell_completes_saved_queries_by_the_name_that_make_links() -> None:
    assert completed("ops sql ") == sorted(saved_queries()) == saved_queries()
    assert "ln -sf ../../ops/bin/ops" in (PROJECT / "Makefile").read_text()


def test_help_fits_eighty_columns_without_cutting_a_sentence(command: CommandLine) -> None:
    for group in ([], ["watch"], ["inbox"], ["credentials"]):
        usage, *told = command(*group, "--help").out.splitlines()
        assert usage.startswith("Usage: ops")
        assert not any("..." in line or len(line) > 80 for line in told)


@pytest.mark.parametrize(
    "where", [(ops.app, "command_line"), (ops.commands.status, "open_stack")], ids=["early", "late"]
)
def test_ctrl_c_ends_with_a_sentence_and_130(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, where: tuple[object, str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(*where, stop)
    told = command("status", "--local")
    assert told.code == 130
    assert told.err == "Stopped. An execution that was started continues: `ops history` shows it.\n"


@pytest.mark.parametrize(
    ("aws", "said"),
    [
        pytest.param(None, "An execution that was started continues", id="a stack that is up"),
        pytest.param(object(), "The local stack ends with this command", id="a stack of this command alone"),
    ],
)
def test_ctrl_c_says_what_becomes_of_an_execution_on_a_local_stack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], aws: object, said: str
) -> None:
    """An execution ends with the embedded AWS that runs it: `States.ServiceRestart` in its history."""
    session = SimpleNamespace(aws=aws, outputs={}, client=None)
    monkeypatch.setattr("local.session.attached", lambda *_, **__: nullcontext(session))
    monkeypatch.setattr(threading, "Timer", lambda *_: SimpleNamespace(start=lambda: None))
    with suppress(KeyboardInterrupt), stopped_soon(ops.__main__.GOES_ON):
        stop: Any = signal.getsignal(signal.SIGINT)
        with open_stack(None, local=True):
            stop(2, None)
    assert said in capsys.readouterr().err


def test_help_is_there_before_what_takes_long_is_imported() -> None:
    heavy = {"boto3", "pandera", "pandas", "pyarrow", "httpx", "pygal"}
    script = f"import sys, ops.app; ops.app.command_line(); print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [PROJECT / ".venv/bin/python", "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", [*ops.app.COMMANDS, *ops.app.GROUPS])
def test_a_command_that_is_asked_for_is_the_one_of_the_whole_command_line(name: str) -> None:
    (asked,) = commands_of(name).items()
    assert asked == (name, commands_of(None)[name])


@pytest.mark.parametrize("asked", [None, "--help", "stat"])
def test_without_a_known_command_all_are_there_in_order(asked: str | None) -> None:
    assert list(commands_of(asked)) == [*ops.app.COMMANDS, *ops.app.GROUPS]


def commands_of(asked: str | None) -> dict[str, Any]:
    """Return the commands of a command line by name: each with its help, its parameters and its own commands."""
    group: Any = typer.main.get_command(ops.app.command_line(asked))
    return {
        name: (each.help, [parameter.name for parameter in each.params], list(getattr(each, "commands", [])))
        for name, each in group.commands.items()
    }


@pytest.mark.parametrize("what", [["watch", "import"], ["sql"]], ids=" ".join)
def test_a_file_that_is_no_text_is_wrong_usage(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: list[str]
) -> None:
    from tests.ops.fakes import stack_of

    for module in ("questions", "watch"):
        monkeypatch.setattr(f"ops.commands.{module}.open_stack", stack_of)
    (tmp_path / "picture").write_bytes(b"\x89PNG\xd0")
    told = command(*what, str(tmp_path / "picture"), "--local")
    assert told.code == 2
    assert "is not UTF-8 text (invalid start byte at byte 0)" in told.err


def test_a_placeholder_that_nobody_fills_is_wrong_usage(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.ops.fakes import stack_of

    monkeypatch.setattr("ops.commands.questions.open_stack", stack_of)
    (tmp_path / "asked.sql").write_text("SELECT ${Mine} FROM albums")
    told = command("sql", str(tmp_path / "asked.sql"), "--local")
    assert (told.code, "${Mine}" in told.err) == (2, True)
