"""Lines read record by record: slow, right about everything, and able to say what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from functions.shared import contract
from functions.transform.fast import unjudged
from functions.transform.nesting import TOO_DEEP, too_deep
from functions.transform.parse.block_result import Outcome
from functions.transform.parse.records import Candidate, candidate
from functions.transform.parse.responses import read_answers
from functions.transform.validate import judge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from functions.transform.lines import Line
    from functions.transform.parse.responses import Answer


def read(dataset: str, lines: Iterable[Line], snapshot_date: date) -> Outcome:
    """Return what lines come to: a row for each record that keeps the contract, a refusal for each that does not."""
    outcome = Outcome(dataset)
    candidates: dict[str, list[tuple[Candidate, Line]]] = {}
    for line in lines:
        for answer in _answers(line, outcome):
            _count(answer, outcome)
            for reason, value in answer.refused:
                outcome.refuse(line.source, line.number, [reason], value)
            for record in answer.records:
                found = candidate(record, answer, snapshot_date, line.source.last_modified)
                candidates.setdefault(record.table, []).append((found, line))
                if not line.drift_counted:
                    outcome.drift.scan_value(dataset, record.table, record.value)
    for table, each in candidates.items():
        outcome.accept(table, _judged(table, each, outcome))
    return outcome


def _answers(line: Line, outcome: Outcome) -> list[Answer]:
    reason = TOO_DEEP
    try:
        if not too_deep(line.text):
            return read_answers(outcome.dataset, json.loads(line.text.decode()))
    except UnicodeDecodeError:
        reason = "line: not UTF-8"
    except ValueError:
        reason = "line: not JSON"
    outcome.refuse(line.source, line.number, [reason], line.text.decode(errors="replace").rstrip("\n"))
    return []


def _count(answer: Answer, outcome: Outcome) -> None:
    outcome.passed["nulls"] += answer.nulls
    outcome.passed["listed"] += answer.listed
    if answer.fate:
        outcome.passed[answer.fate] += 1


def _judged(table: str, candidates: list[tuple[Candidate, Line]], outcome: Outcome) -> pa.Table:
    """Return the rows of the candidates that keep the contract; refuse the others with all that is against them."""
    schema = unjudged(table)
    columns = {each.name: [found.values.get(each.name) for found, _ in candidates] for each in schema}
    rows = pa.table(columns, schema=schema)
    against = judge(table, rows)
    kept = np.ones(len(candidates), dtype=bool)
    for at, (found, line) in enumerate(candidates):
        if reasons := found.all_reasons(against.get(at, [])):
            kept[at] = False
            outcome.refuse(line.source, line.number, reasons, found.value)
    return rows.filter(pa.array(kept)).cast(contract.arrow_schema(table))
