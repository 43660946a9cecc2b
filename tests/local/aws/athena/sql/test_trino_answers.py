"""The embedded Athena gives the real Trino's result for each recorded statement, or refuses it: never another value.

conformance/trino/answers.ndjson holds the statements with Trino's types and rows, or the name of its error. Many are
generated nestings of two to four calls, so that each rule is held with others inside of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from local.aws.athena.errors import Malformed, QueryFailed
from local.aws.athena.run import StatementRun
from local.aws.iam.rights import Principal

RECORDED = Path(__file__).parents[5] / "conformance" / "trino" / "answers.ndjson"
ANSWERS: list[list[Any]] = [json.loads(line) for line in RECORDED.read_text().splitlines()]
WRITTEN = 731
"""The first statements were written by hand; those behind them were generated."""
OFTEN = [*ANSWERS[:WRITTEN:4], *ANSWERS[WRITTEN::72]]
"""A quarter of the first and one in 72 of the others."""
PARTS = 8


def kind(name: str) -> str:
    """Return a type's name without its parameters: Athena's API says no more."""
    zone = " with time zone" if "with time zone" in name else ""
    return re.sub(r"\(.*", "", name.lower()).replace(" with time zone", "") + zone


def shown(cell: str | None) -> str | None:
    """Return a cell; the entries of a map in order, since neither engine promises one."""
    if cell and cell.startswith("{") and "=" in cell:
        return "{" + ", ".join(sorted(cell[1:-1].split(", "))) + "}"
    return cell


def verdict(sql: str, *recorded: Any) -> str:
    """Return "same" or "refused", or the difference."""
    try:
        found = StatementRun(sql, [], "default", Principal("arn:aws:iam::123456789012:root")).answer()
    except (QueryFailed, Malformed) as exc:
        ours_alone = str(exc).startswith(("GENERIC", "SYNTAX")) or "Binder Error" in str(exc)
        return f"broken: {exc}" if ours_alone else "same" if len(recorded) == 1 else "refused"
    if len(recorded) == 1:
        return f"Athena refuses this: {recorded[0]}; found {found.rows}"
    types, rows = recorded
    if [kind(one) for one in types] != [kind(one) for one in found.types]:
        return f"expected types {types}, found {found.types}"
    expected, ours = ([[shown(cell) for cell in row] for row in each] for each in (rows, found.rows))
    if "ORDER BY" not in sql.rsplit(")", maxsplit=1)[-1]:
        expected, ours = sorted(expected, key=str), sorted(ours, key=str)
    return "same" if expected == ours else f"expected {expected}, found {ours}"


def require_agreement(asked: list[list[Any]]) -> None:
    """Fail unless each statement gives Trino's result or is refused, and six in seven give it."""
    found = {sql: verdict(sql, *recorded) for sql, *recorded in asked}
    assert {sql: what for sql, what in found.items() if what not in {"same", "refused"}} == {}
    assert Counter(found.values())["same"] >= 6 / 7 * len(found)


def test_a_statement_gives_what_trino_gave_or_is_refused() -> None:
    require_agreement(OFTEN)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_every_statement_gives_what_trino_gave_or_is_refused(part: int) -> None:
    require_agreement(ANSWERS[part::PARTS])
