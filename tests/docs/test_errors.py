"""The runbook's table of errors is complete, quotes the code's messages, and a test provokes each row."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from functions.shared.errors import RAISED_BY_THE_STATE_MACHINE, VERDICTS
from infra.settings import SettingsInvalid
from ops.terminal.error_messages import sentence_of
from tests.docs import messages
from tests.docs.messages import ROOT
from tests.docs.provocations import PROVOKED, SEEN_BY
from tests.docs.provocations.program import settings
from tests.docs.provocations.situation import Here, Told
from tests.ops.fakes import refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROW = re.compile(r"^\| `?([\w ]+)`? \| (?:(`{1,2})(.+?)\2)? ?\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
OUTSIDE = {"AWS", "this machine"}


def table() -> list[tuple[str, str]]:
    """Return the error and the message of each row."""
    section = (ROOT / "docs" / "runbook.md").read_text().split("\n## Errors\n")[1].split("\n## ")[0]
    rows = [(row[1], row[3] or "") for row in ROW.finditer(section)]
    drawn = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("| **")]
    assert len(rows) == len(drawn) - 2, "a row of the table cannot be read"
    return rows


def says(row: str, message: str) -> bool:
    """Return whether a row quotes a message."""
    return re.match(re.escape(row).replace("…", ".+?"), message, re.DOTALL) is not None


def row_of(name: str, begin: str) -> str:
    """Return the one row of an error that begins so."""
    rows = [message for row, message in table() if row == name and message.startswith(begin)]
    (only,) = [begin] if begin in rows else rows
    return only


def test_every_error_has_a_row_and_no_other_has() -> None:
    assert {name for name, _ in table()} - OUTSIDE == messages.names()


def test_every_message_of_the_code_is_in_the_table_and_no_other() -> None:
    written = {(name, message) for name, message in table() if name in messages.RAISED}
    assert written == messages.raised()


def test_every_judgement_of_the_state_machine_begins_as_the_table_says() -> None:
    definition = (ROOT / "statemachine" / "pipeline.asl.json").read_text()
    audit = "".join(path.read_text() for path in (ROOT / "functions" / "audit").glob("*.py"))
    for name, message in table():
        if name in VERDICTS:
            assert message.split("…")[0].strip() in audit, name
        elif name in RAISED_BY_THE_STATE_MACHINE:
            begin = message.split("…")[0].strip()
            assert re.search(rf'"Error": "{name}",\s*"Cause": \[?\s*"[^"]*{re.escape(begin)}', definition), name


def test_every_row_is_provoked_once() -> None:
    provoked = [(name, row_of(name, begin)) for name, begin, _ in PROVOKED]
    assert len(provoked) == len(set(provoked))
    assert {row for row in table() if row[0] not in SEEN_BY} == set(provoked)


@pytest.mark.parametrize(("name", "begin", "provoke"), PROVOKED, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_provoked_is_what_its_row_says(
    name: str, begin: str, provoke: Callable[[Here], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  the row says which, and which message
        provoke(Here(tmp_path, monkeypatch))
    assert type(caught.value).__name__ == (Told.__name__ if name in OUTSIDE else name), repr(caught.value)
    assert says(row_of(name, begin), str(caught.value)), str(caught.value)


def test_what_only_the_maker_of_the_program_meets_is_provoked_where_programs_are_deployed() -> None:
    tree = ast.parse((ROOT / "tests" / "local" / "deployment" / "test_program.py").read_text())
    tests = {each.name: ast.unparse(each) for each in tree.body if isinstance(each, ast.FunctionDef)}
    for error, test in SEEN_BY.items():
        assert f"pytest.raises({error}" in tests[test]


def test_wrong_settings_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        settings(monkeypatch)
    assert "market is 'us'" in str(caught.value)
    assert "retentionDays is 'x'" in str(caught.value)


@pytest.mark.parametrize("code", ["AccessDenied", "ResourceNotFoundException", "SomethingElse"])
def test_whatever_else_aws_refuses_is_its_own_words(code: str) -> None:
    assert says(row_of("AWS", "AWS refused … (…): …"), sentence_of(refusal(code)))
    assert "Said so." in sentence_of(refusal(code))
