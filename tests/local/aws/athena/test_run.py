"""A statement that runs ends when it is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.athena.errors import QueryCancelled
from local.aws.athena.run import StatementRun
from local.aws.iam.rights import Principal

if TYPE_CHECKING:
    from local.aws.athena.results import ResultSet
    from local.aws.athena.sql.plan import Plan

LONG = """
SELECT max(x * y * z) AS n
FROM UNNEST(sequence(1, 10000)) AS a (x), UNNEST(sequence(1, 1000)) AS b (y), UNNEST(sequence(1, 1000)) AS c (z)
"""


def test_a_run_that_is_cancelled_just_before_its_query_starts_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine forgets such an interrupt: once the query then ran until its process ended."""
    rows = StatementRun._rows

    def cancelled(run: StatementRun, sql: str, ready: Plan) -> ResultSet:
        run.cancel()
        return rows(run, sql, ready)

    monkeypatch.setattr(StatementRun, "_rows", cancelled)
    with pytest.raises(QueryCancelled):
        StatementRun(LONG, [], "default", Principal("arn:aws:iam::123456789012:root")).answer()
