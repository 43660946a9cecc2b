"""One block of lines into judged rows and quarantined records; nothing in it is left over."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pyarrow as pa

from functions.shared import contract
from functions.transform import fast
from functions.transform.answers import read_answers
from functions.transform.arrow_reader import READS
from functions.transform.drift import Drifted
from functions.transform.judge import judge
from functions.transform.lines import line_starts
from functions.transform.nesting import TOO_DEEP, too_deep
from functions.transform.records import Candidate, as_json, candidate, record_id

if TYPE_CHECKING:
    from datetime import date

    from functions.transform.answers import Answer
    from functions.transform.lines import Block, Source


class Refusal(TypedDict):
    """A row of the quarantine."""

    dataset: str
    record_id: str | None
    reasons: list[str]
    record: str
    source_key: str
    source_line: int


@dataclass
class Outcome:
    """What a block came to: rows by table, records refused, and counts of what claims no row."""

    dataset: str
    rows: dict[str, pa.Table] = field(default_factory=dict)
    quarantine: list[Refusal] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    drift: Drifted = field(default_factory=Drifted)

    def refuse(self, source: Source, line: int, reasons: list[str], value: object) -> None:
        """Put a record into quarantine."""
        self.quarantine.append(
            {
                "dataset": self.dataset,
                "record_id": record_id(value),
                "reasons": sorted(set(reasons)),
                "record": as_json(value),
                "source_key": source.key,
                "source_line": line,
            }
        )


def process(block: Block, snapshot_date: date) -> Outcome:
    """Return what the lines of a block come to."""
    outcome = Outcome(block.dataset)
    for refused in block.refused:
        outcome.refuse(refused.source, refused.line, [refused.reason], refused.head.decode(errors="replace"))
    starts = line_starts(block.data)
    outcome.passed["lines"] = len(starts) - 1 + len(block.refused)
    strict = np.ones(len(starts) - 1, dtype=bool)
    scanned = ~strict
    parts: dict[str, list[pa.Table]] = {}
    if block.dataset in READS and block.data:
        strict, scanned = _fast_path(block, starts, snapshot_date, outcome, parts)
    if strict.any():
        _strict_path(block, starts, (strict, scanned), snapshot_date, outcome, parts)
    for table, tables in parts.items():
        outcome.rows[table] = pa.concat_tables(tables)
        outcome.drift.count_rows(table, outcome.rows[table])
    return outcome


def _clean(data: bytes, starts: np.ndarray) -> np.ndarray:
    """Return which lines are UTF-8, look like one object and nest no deeper than answers do.

    These are what Arrow's reader does not check itself. No object can span two such lines, nor a line hold two without
    there being more of them than lines.
    """
    octets = np.frombuffer(data, np.uint8)
    clean: np.ndarray = (octets[starts[:-1]] == ord("{")) & (octets[starts[1:] - 2] == ord("}"))
    lines = list(pairwise(starts.tolist()))
    clean &= np.array([not too_deep(data, start, end) for start, end in lines])
    if not _is_utf8(data):
        clean &= np.array([_is_utf8(data[start:end]) for start, end in lines])
    return clean


def _is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8; Arrow checks a hundred times faster than decoding."""
    if data.isascii():
        return True
    offsets = np.array([0, len(data)], dtype=np.int32)
    try:
        pa.BinaryArray.from_buffers(pa.binary(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


Parts = dict[str, list[pa.Table]]


def _fast_path(
    block: Block, starts: np.ndarray, snapshot_date: date, outcome: Outcome, parts: Parts
) -> tuple[np.ndarray, np.ndarray]:
    """Add the rows of all lines without a fault; return which lines to read strictly, and whose drift is counted."""
    found = fast.read(block.dataset, block.data, starts, _clean(block.data, starts), snapshot_date)
    rows = {table: pa.concat_tables(tables).combine_chunks() for table, tables in found.rows.items()}
    dropped = found.strict.copy()
    dropped[list(found.fates)] = True
    for table, each in rows.items():
        lines = each[fast.LINE.name].to_numpy()
        refused = judge(table, each.drop_columns(fast.LINE.name))
        at_fault = lines[list(refused)]
        found.strict[at_fault[~dropped[at_fault]]] = True
    dropped |= found.strict
    for table, each in rows.items():
        kept = each.filter(pa.array(~dropped[each[fast.LINE.name].to_numpy()])) if dropped.any() else each
        parts.setdefault(table, []).append(kept.drop_columns(fast.LINE.name).cast(contract.arrow_schema(table)))
    outcome.passed.update(fate for line, fate in found.fates.items() if not found.strict[line])
    outcome.passed["nulls"] += int(found.nulls[~dropped].sum())
    outcome.drift.add(found.drift)
    return found.strict, found.scanned


def _strict_path(
    block: Block,
    starts: np.ndarray,
    which: tuple[np.ndarray, np.ndarray],
    snapshot_date: date,
    outcome: Outcome,
    parts: Parts,
) -> None:
    """Read the given lines record by record; add the rows that keep the contract, refuse the others."""
    strict, scanned = which
    candidates: dict[str, list[tuple[Candidate, Source, int]]] = {}
    for at, (source, line) in enumerate(block.places()):
        if not strict[at]:
            continue
        for answer in _answers(block, block.data[starts[at] : starts[at + 1]], source, line, outcome):
            _count(answer, outcome)
            for reason, value in answer.refused:
                outcome.refuse(source, line, [reason], value)
            for record in answer.records:
                found = candidate(record, answer, snapshot_date, source.last_modified)
                candidates.setdefault(record.table, []).append((found, source, line))
                if not scanned[at]:
                    outcome.drift.scan_value(record.table, record.value)
    for table, each in candidates.items():
        parts.setdefault(table, []).append(_judged(table, each, outcome))


def _answers(block: Block, text: bytes, source: Source, line: int, outcome: Outcome) -> list[Answer]:
    reason = TOO_DEEP
    try:
        if not too_deep(text, 0, len(text)):
            return read_answers(block.dataset, json.loads(text.decode()))
    except UnicodeDecodeError:
        reason = "line: not UTF-8"
    except ValueError:
        reason = "line: not JSON"
    outcome.refuse(source, line, [reason], text.decode(errors="replace").rstrip("\n"))
    return []


def _count(answer: Answer, outcome: Outcome) -> None:
    outcome.passed["nulls"] += answer.nulls
    outcome.passed["listed"] += answer.listed
    if answer.fate:
        outcome.passed[answer.fate] += 1


def _judged(table: str, candidates: list[tuple[Candidate, Source, int]], outcome: Outcome) -> pa.Table:
    """Return the rows of the candidates that keep the contract; refuse the others with all that is against them."""
    schema = fast.unjudged(table)
    columns = {each.name: [found.values.get(each.name) for found, _, _ in candidates] for each in schema}
    rows = pa.table(columns, schema=schema)
    against = judge(table, rows)
    kept = np.ones(len(candidates), dtype=bool)
    for at, (found, source, line) in enumerate(candidates):
        if reasons := found.all_reasons(against.get(at, [])):
            kept[at] = False
            outcome.refuse(source, line, reasons, found.value)
    return rows.filter(pa.array(kept)).cast(contract.arrow_schema(table))
