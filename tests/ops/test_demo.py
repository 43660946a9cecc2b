"""What the demo says of a run that is not complete, and what it exits with."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from ops.demo import days as demo
from ops.executions import Execution

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "Spotify's quota for albums is used up: 12 albums were left for another day."


def ended(outcome: str | None) -> Execution:
    """Return an execution that came to an outcome, or failed."""
    output: dict[str, Any] = (
        {"outcome": outcome, "extract": {"reasons": [REASON] if outcome == "partial" else []}} if outcome else {}
    )
    return Execution("arn", "SUCCEEDED" if output else "FAILED", AT, AT, output or None, "Broken", "it broke")


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["published", "published"], 0),
        (["partial", "published"], 3),
        (["published", "partial"], 3),
        (["partial", None], 1),
        ([None, "published"], 1),
    ],
)
def test_the_exit_code_is_the_worst_of_the_dates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcomes: list[str | None], code: int
) -> None:
    came, shown = iter(outcomes), []

    @contextmanager
    def attached(*_: Any) -> Iterator[None]:
        yield None

    monkeypatch.setattr(demo, "attached", attached)
    monkeypatch.setattr(demo, "_run", lambda *_: ended(next(came)))
    monkeypatch.setattr(demo, "_show", lambda *arguments, **_: shown.append(arguments[1]))
    dates = ["2026-01-01", "2026-01-02"]
    assert demo.demo(dates, "dev", Console(file=io.StringIO()), tmp_path) == code
    assert shown == [dates[0] if outcomes[0] is None else dates[1]]  # the first that fails is the last


def test_a_partial_run_is_named_so_with_its_reasons() -> None:
    assert demo._ended(ended("partial")).plain == "\nSUCCEEDED, partial"
    assert demo._reasons(ended("partial")) == [REASON]
    assert demo._ended(ended("published")).plain == "\nSUCCEEDED"
    assert demo._ended(ended(None)).plain == "\nFAILED"
    assert demo._reasons(ended(None)) == []
