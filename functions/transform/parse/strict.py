"""Lines read record by record: slow, right about everything, and able to say what is wrong."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from functions.shared import contract
from functions.transform.fast import unjudged
from functions.transform.lines import Line
from functions.transform.nesting import TOO_DEEP, too_deep
from functions.transform.parse.block_result import Outcome
from functions.transform.parse.records import Candidate, candidate
from functions.transform.parse.responses import Answer, read_answers
from functions.transform.parse.values import is_id
from functions.transform.validate import judge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


Candidates = list[tuple[Candidate, Line, int]]  # with the place of the line among those that are read
Cases = list[tuple[int, str | None]]  # the place of a line, and the album of what was refused on it


def read(dataset: str, lines: Iterable[Line], snapshot_date: date) -> Outcome:
    """Return what lines come to: a row for each record that keeps the contract, a refusal for each that does not."""
    outcome = Outcome(dataset)
    candidates: dict[str, Candidates] = {}
    refused: Cases = []
    for place, line in enumerate(lines):
        for answer in _answers(line, outcome):
            _count(answer, outcome)
            for reason, value in answer.refused:
                outcome.refuse(line.source, line.number, [reason], value)
                refused.append((place, None))
            for record in answer.records:
                found = candidate(record, answer, snapshot_date, line.source)
                candidates.setdefault(record.table, []).append((found, line, place))
                if not line.drift_counted:
                    outcome.drift.scan_value(dataset, record.table, record.value)
    for table, each in candidates.items():
        _settle(table, each, outcome, refused)
    refused.sort(key=itemgetter(0))
    for _, albums in groupby(refused, key=itemgetter(0)):
        outcome.refused_of(album for _, album in albums)
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
    return [Answer(refused=[(reason, line.text.decode(errors="replace").rstrip("\n"))])]


def _count(answer: Answer, outcome: Outcome) -> None:
    outcome.passed["nulls"] += answer.nulls
    outcome.passed["listed"] += answer.listed
    if answer.fate:
        outcome.passed[answer.fate] += 1


def _settle(table: str, candidates: Candidates, outcome: Outcome, refused: Cases) -> None:
    """Accept the candidates that keep the contract, a field of theirs aside; refuse the others."""
    against = judge(table, _rows(table, [found for found, _, _ in candidates]))
    kept = []
    for at, (found, line, place) in enumerate(candidates):
        found.judged(against.get(at, []))
        if found.reasons:
            outcome.refuse(line.source, line.number, found.all_reasons(), found.value)
            refused.append((place, _album_of(found)))
        else:
            kept.append(found)
            outcome.faults.update(f"{table}.{column}" for column in found.faults)
    for timed in (True, False):
        rows = _rows(table, [found for found in kept if found.timed == timed])
        if rows.num_rows:
            outcome.accept(table, rows.cast(contract.arrow_schema(table)), timed=timed)


def _rows(table: str, candidates: list[Candidate]) -> pa.Table:
    schema = unjudged(table)
    return pa.table({each.name: [found.values.get(each.name) for found in candidates] for each in schema}, schema)


def _album_of(found: Candidate) -> str | None:
    album = found.values.get("album_id")
    return album if isinstance(album, str) and is_id(album) else None
