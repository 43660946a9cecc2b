"""The result of an execution, as `ops run` and `ops replay` print it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ops.executions import Execution
from ops.terminal.execution_output import reasons, summary

AT = datetime(2026, 1, 1, tzinfo=UTC)
WHY = "albums: 200 of the day's 200 requests are spent; left for later: 40."
REMEDY = (
    "Only a daily run on 2026-01-01 itself can complete it, since Spotify returns only today's data. "
    "Daily runs after it request what is left."
)


def ended(outcome: str | None, **more: Any) -> Execution:
    """Return an execution with this outcome, or a failed one."""
    output = {"outcome": outcome, "run": {"snapshot_date": "2026-01-01", "run_id": "r"}, **more} if outcome else None
    return Execution("arn", "SUCCEEDED" if output else "FAILED", AT, AT, output, "Broken", "it broke")


@pytest.mark.parametrize(
    "output",
    [
        {"extract": {"reasons": [WHY]}, "freeze": {"incomplete": [WHY]}},
        {"freeze": {"incomplete": [WHY]}},
        {"extract": None, "freeze": {"incomplete": [WHY]}},
    ],
    ids=["a daily run", "a replay or files of the inbox", "no extraction"],
)
def test_a_partial_run_says_why_and_what_would_complete_its_date(output: dict[str, Any]) -> None:
    assert reasons(ended("partial", **output)) == [WHY, REMEDY]
    told = [line.plain for line in summary(ended("partial", **output))]
    assert told[-2:] == [WHY, REMEDY]


def test_no_other_run_says_that_it_is_partial() -> None:
    assert reasons(ended("published", extract={"reasons": []}, freeze={})) == []
    assert reasons(ended(None)) == []
