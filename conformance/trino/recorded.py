"""Run the statements of answers.ndjson on Trino again and compare with the recorded answers."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from conformance.part import Disagreement
from conformance.trino.comparison import ORDERED, differences
from local.aws.athena.results import ResultSet
from local.aws.athena.trino.client import TrinoError, ask

FILE = Path(__file__).with_name("answers.ndjson")
ONE_OF = 12
AT_ONCE = 3


def all_answers() -> list[list[Any]]:
    """Return each statement with its types and rows, or with the name of its error."""
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def count() -> int:
    """Return how many answers are recorded."""
    return len(all_answers())


def commit() -> str:
    """Return the hash of the commit that is checked out, or zeros outside of a clone."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=FILE.parent, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout.strip() or "0"


def chosen(commit: str) -> list[list[Any]]:
    """Return the sample that a commit chooses: one answer in twelve, another twelfth for another commit."""
    return all_answers()[int(commit, 16) % ONE_OF :: ONE_OF]


def require_same(trino: str, answers: list[list[Any]]) -> None:
    """Raise Disagreement unless Trino gives each answer again."""
    with ThreadPoolExecutor(AT_ONCE) as asked:
        told = [line for line in asked.map(lambda answer: difference(trino, *answer), answers) if line]
    if told:
        raise Disagreement("\n".join([f"{len(told)} of {len(answers)} recorded answers differ", *told]))


def difference(trino: str, sql: str, *recorded: Any) -> str | None:
    """Return how Trino's answer differs from the recorded one, or None."""
    error = str(recorded[0]) if len(recorded) == 1 else None
    try:
        found = ask(trino, sql).results
    except TrinoError as exc:
        return None if exc.name == error else f"{sql}: {exc}, recorded {error or recorded}"
    if error:
        return f"{sql}: {found.rows}, recorded {error}"
    types, rows = recorded
    expected = ResultSet(found.columns, types, rows)
    told = differences(found, expected, ordered=ORDERED.search(sql) is not None)
    return f"{sql}: {'; '.join(told)}".replace("embedded", "recorded") if told else None
