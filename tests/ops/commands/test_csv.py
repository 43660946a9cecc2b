"""CSV on standard output is what `--out` would write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.athena import QueryResult
from ops.commands import questions
from tests.ops import fakes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("safe", [True, False])
def test_standard_output_gets_what_a_file_gets(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, safe: bool
) -> None:
    found = QueryResult(["a"], ["varchar"], [("=1",)], 0, 0.0, "q")
    monkeypatch.setattr(questions, "open_stack", fakes.stack_of)
    monkeypatch.setattr(questions, "ask", lambda *_: found)
    questions.sql("SELECT '=1' a", csv=True, safe_csv=safe, local=True)
    questions.sql("SELECT '=1' a", out=tmp_path / "a.csv", safe_csv=safe, local=True)
    assert capsysbinary.readouterr().out == (tmp_path / "a.csv").read_bytes()


def test_rows_that_could_not_be_written_are_not_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(questions, "open_stack", fakes.stack_of)
    monkeypatch.setattr(questions, "ask", lambda *_: QueryResult(["a"], ["varchar"], [("1",)], 0, 0.0, "q"))
    with pytest.raises(OSError, match="missing"):
        questions.sql("SELECT '1' a", out=tmp_path / "missing" / "a.csv", local=True)
    assert "written" not in capsys.readouterr().err
