"""The audit query's parameters, and the rows with which Athena responds.

Athena takes parameters in WHERE clauses only, as SQL literals in the order of their question marks:
https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from functions.shared import keys

if TYPE_CHECKING:
    from functions.shared.events import AthenaRow, Run

BASELINE_DAYS = 9


@dataclass(frozen=True)
class Observed:
    """One row of the audit query: rows, rows with whole keys, distinct keys, and some IDs."""

    n: int
    whole_keys: int = 0
    distinct_keys: int = 0
    ids: str = ""


def parameters(run: Run) -> list[str]:
    """Return the values of the question marks in statemachine/audit.sql, in their order.

    The query looks at the dates from the day before to the second day after the snapshot date and the run's start: a
    person may start a run ahead of its date. The baseline is the nine days before the date.
    """
    day = date.fromisoformat(run["snapshot_date"])
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    began = datetime.fromisoformat(run["started_at"])
    return [
        *[_text(run["snapshot_date"]), _text(run["run_id"])] * len(keys.TABLES),
        _instant(min(midnight, began) - timedelta(days=1)),
        _instant(max(midnight, began) + timedelta(days=2)),
        _text((day - timedelta(days=BASELINE_DAYS)).isoformat()),
        _text(run["snapshot_date"]),
        _text(run["snapshot_date"]),
    ]


def observed(rows: list[AthenaRow]) -> dict[str, Observed]:
    """Return the audit query's rows by name; the first of `rows` is the header."""
    found = {}
    for row in rows[1:]:
        name, n, whole, distinct, ids = (cell.get("VarCharValue", "") for cell in row["Data"])
        found[name] = Observed(int(n), int(whole or 0), int(distinct or 0), ids)
    return found


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _instant(value: datetime) -> str:
    return f"'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
