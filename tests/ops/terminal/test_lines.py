"""Lines of the terminal stand below each other, lists are in order, and a wrong argument is named by its position."""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from functions.shared.state_visits import StateVisit
from ops import stack
from ops.errors import OpsError, WrongUsage
from ops.terminal import options
from ops.terminal.live import line
from ops.terminal.output import blocks, note, pairs, show
from ops.terminal.visible import SafeConsole

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("wide", [True, False])
def test_what_failed_and_what_came_of_a_state_stand_below_its_name(wide: bool) -> None:
    result = '{"status": "DONE", "requests": {"albums": 3}}'
    visit = StateVisit("Extract", "Task", NOON, left=NOON + timedelta(seconds=1), output=result, failures=["Once: no"])
    first, *below = line(visit, wide=wide).plain.splitlines()
    assert re.match(r"\d\d:00:00\.2  ✓ Extract ", first)
    assert {each.index(each.split()[0]) for each in below} == {first.index("Extract")}
    assert len(below) == (1 if wide else 2)


def test_stacks_are_completed_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder lists its files in any order."""
    files = [Path(f"Pulumi.{name}.yaml") for name in ("prod", "dev", "test")]
    monkeypatch.setattr(options, "PROJECT", SimpleNamespace(glob=lambda _: files))
    assert options.stacks() == ["dev", "prod", "test"]


def test_an_argument_that_is_no_text_is_named_by_its_position() -> None:
    options.require_text(["run", "ü", "\ud7ff\ue000"])
    for other in ("\ud800", "\udcff", "\udfff"):
        with pytest.raises(WrongUsage, match="Argument 2 is not UTF-8 text"):
            options.require_text(["run", other, "more"])


class Keyboard(io.StringIO):
    """Standard input of a person."""

    def isatty(self) -> bool:
        return True


def test_a_question_leaves_standard_output_to_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))
    options.confirm("Free it?", yes=False)
    told = capsys.readouterr()
    assert (told.out.strip(), "Free it?" in told.err) == ("", True)


def test_a_secret_is_typed_unseen_and_asked_for_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, bool]]] = []

    def prompt(what: str, **how: bool) -> str:
        asked.append((what, how))
        return "typed"

    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr("typer.prompt", prompt)
    assert options.asked_for("Client secret") == "typed"
    assert asked == [("Client secret", {"hide_input": True, "err": True})]


@pytest.mark.parametrize(("width", "drawn"), [(8, "a     x\nlong  yy\n"), (7, "a\n    x\nlong\n    yy\n")])
def test_what_is_to_be_copied_stands_beside_its_label_where_the_widest_fits(width: int, drawn: str) -> None:
    out = SafeConsole(file=io.StringIO(), force_terminal=True, color_system=None, width=width)
    pairs({"a": "x", "long": "yy"}, out)
    assert out.file.getvalue() == drawn  # type: ignore[attr-defined]  # a StringIO


def test_the_values_of_a_block_stand_below_each_other() -> None:
    (block,) = blocks(["a", "long"], [(1, None)])
    assert str(block) == "a     1\nlong  -\n"


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` that prints no outputs and a word of its own on standard error, and is the only program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho '{}'\necho a warning >&2\n")
    program.chmod(0o755)
    return program


def test_a_stack_of_an_earlier_release_lacks_outputs_that_are_named_in_order(
    pulumi: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert pulumi.exists()
    with pytest.raises(OpsError) as told:
        stack._outputs_of("dev")
    names = str(told.value).split("no output ")[1].split(":")[0].split(", ")
    assert names == sorted(stack.Outputs.__required_keys__)
    assert capfd.readouterr().err == ""


def test_the_words_of_a_pulumi_that_fails_are_told(pulumi: Path) -> None:
    with pulumi.open("a") as program:
        program.write("exit 1\n")
    with pytest.raises(OpsError, match=r"a warning$"):
        stack._state_of("dev")


@pytest.mark.parametrize("as_json", [True, False])
def test_closed_output_is_no_terminal(monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    """After `ops sql … >&-` Python has no standard output."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    note("nothing is written")
    show({"a": 1}, ["nothing is written"], as_json=as_json)
