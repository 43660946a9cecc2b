"""Two local stacks at once do not disturb each other, and leave no process behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.session import find_running, started
from tests.executions.pipeline import Pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from local.source import Choice


@pytest.mark.slow
@pytest.mark.dateless("two stacks run the same day as one")
def test_two_stacks_run_side_by_side(stack: Pipeline, first_day: str, tmp_path: Path, small_spotify: Choice) -> None:
    with started("dev", first_day, local=tmp_path, choice=small_spotify) as session:
        other = Pipeline(session)
        assert other.session.endpoint != stack.session.endpoint
        arns = [each.start({"mode": "daily", "snapshot_date": first_day}) for each in (stack, other)]
        ours, theirs = (each.wait_for(arn).must_succeed() for each, arn in zip((stack, other), arns, strict=True))
        found = find_running(tmp_path)
        assert found is not None
        assert found.endpoint == session.endpoint
    assert find_running(tmp_path) is None
    assert stack.published(first_day) == ours.run_id
    rows = {table: each["rows"] for table, each in ours.tables.items()}  # the bytes hold when each was observed
    assert rows == {table: each["rows"] for table, each in theirs.tables.items()}
