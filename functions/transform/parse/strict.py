"""Read lines record by record: slow and complete, with the reason for every rejection."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from functions.shared import contract
from functions.transform.lines import Line
from functions.transform.nesting import TOO_DEEP, too_deep
from functions.transform.parse.block_result import BlockResult
from functions.transform.parse.records import Candidate, candidate, times_of
from functions.transform.parse.responses import ParsedLine, read_line
from functions.transform.parse.values import is_id
from functions.transform.validate import unvalidated, violations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


Candidates = list[tuple[Candidate, Line, int]]  # with the line's position among the lines that are read
BATCH = 20_000  # records held as Python objects: each takes some 2 KB
BATCH_BYTES = 1 << 20  # bytes of lines held as Python objects: each byte takes up to 44
Cases = list[tuple[int, str | None]]  # the position of a line, and the album of its rejected records


def read(dataset: str, lines: Iterable[Line], snapshot_date: date) -> BlockResult:
    """Return the result of lines: a row for each record that keeps the contract, a rejected record for each other."""
    reading = _Reading(BlockResult(dataset), snapshot_date)
    size = 0
    for place, line in enumerate(lines):
        reading.add(line, place)  # free a long line before the next one is parsed
        size += len(line.text)
        if size >= BATCH_BYTES:
            reading.settle()
            size = 0
    reading.settle()
    refused = sorted(reading.refused, key=itemgetter(0))
    for _, albums in groupby(refused, key=itemgetter(0)):
        reading.result.refused_of(album for _, album in albums)
    return reading.result


@dataclass
class _Reading:
    """Lines that are being read: the result so far, and the records that wait for validation."""

    result: BlockResult
    snapshot_date: date
    candidates: dict[str, Candidates] = field(default_factory=dict)
    held: int = 0
    refused: Cases = field(default_factory=list)

    def add(self, line: Line, place: int) -> None:
        """Read a line."""
        for parsed in _parsed_lines(line, self.result):
            _count(parsed, self.result)
            for reason, value in parsed.refused:
                self.result.refuse(line.source, line.number, [reason], value)
                self.refused.append((place, None))
            times = times_of(parsed, self.snapshot_date, line.source)
            for record in parsed.records:
                found = candidate(record, parsed, times)
                self.candidates.setdefault(record.table, []).append((found, line, place))
                if not line.drift_counted:
                    self.result.drift.scan_value(self.result.dataset, record.table, record.value)
                self.held += 1
                if self.held >= BATCH:
                    self.settle()

    def settle(self) -> None:
        """Validate the waiting records, and free them."""
        for table in list(self.candidates):
            _settle(table, self.candidates.pop(table), self.result, self.refused)
        self.held = 0


def _parsed_lines(line: Line, result: BlockResult) -> list[ParsedLine]:
    reason = TOO_DEEP
    try:
        if not too_deep(line.text):
            return read_line(result.dataset, json.loads(line.text.decode()))
    except UnicodeDecodeError:
        reason = "line: not UTF-8"
    except ValueError:
        reason = "line: not JSON"
    return [ParsedLine(refused=[(reason, line.text.decode(errors="replace").rstrip("\n"))])]


def _count(parsed: ParsedLine, result: BlockResult) -> None:
    result.passed["nulls"] += parsed.nulls
    result.passed["listed"] += parsed.listed
    if parsed.passed_over:
        result.passed[parsed.passed_over] += 1


def _settle(table: str, candidates: Candidates, result: BlockResult, refused: Cases) -> None:
    """Accept the candidates that satisfy the contract, without a faulty field if need be; reject the others."""
    rows = _rows(table, [found for found, _, _ in candidates])
    against = violations(table, rows)
    kept = []
    for at, (found, line, place) in enumerate(candidates):
        found.validated(against.get(at, []))
        if found.reasons:
            result.refuse(line.source, line.number, found.all_reasons(), found.value)
            refused.append((place, _album_of(found)))
        else:
            kept.append(found)
            result.faults.update(f"{table}.{column}" for column in found.faults)
    if len(kept) < len(candidates) or any(found.faults for found in kept):
        rows = _rows(table, kept)
    is_timed = np.array([found.timed for found in kept], dtype=bool)
    for timed in (True, False):
        these = is_timed == timed
        if these.any():
            result.accept(table, rows.filter(pa.array(these)).cast(contract.arrow_schema(table)), timed=timed)


def _rows(table: str, candidates: list[Candidate]) -> pa.Table:
    schema = unvalidated(table)
    rows = [found.values for found in candidates]
    return pa.table({each.name: [row.get(each.name) for row in rows] for each in schema}, schema)


def _album_of(found: Candidate) -> str | None:
    album = found.values.get("album_id")
    return album if isinstance(album, str) and is_id(album) else None
