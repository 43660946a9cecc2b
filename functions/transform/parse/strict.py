"""Read lines record by record: slow, complete, and able to say what is wrong."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from functions.shared import contract
from functions.transform.lines import Line
from functions.transform.nesting import TOO_DEEP, too_deep
from functions.transform.parse.block_result import BlockResult
from functions.transform.parse.records import Candidate, candidate
from functions.transform.parse.responses import ParsedLine, read_line
from functions.transform.parse.values import is_id
from functions.transform.validate import unvalidated, violations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


Candidates = list[tuple[Candidate, Line, int]]  # with the place of the line among those that are read
BATCH = 20_000  # records that are held as Python objects: each takes some 2 KB
BATCH_BYTES = 1 << 20  # of lines that are: each byte takes up to 30
Cases = list[tuple[int, str | None]]  # the place of a line, and the album of what was refused on it


def read(dataset: str, lines: Iterable[Line], snapshot_date: date) -> BlockResult:
    """Return the result of lines: a row for each record that keeps the contract, a rejected record for each other."""
    result = BlockResult(dataset)
    candidates: dict[str, Candidates] = {}
    refused: Cases = []
    held = size = 0
    for place, line in enumerate(lines):
        for parsed in _parsed_lines(line, result):
            _count(parsed, result)
            for reason, value in parsed.refused:
                result.refuse(line.source, line.number, [reason], value)
                refused.append((place, None))
            for record in parsed.records:
                found = candidate(record, parsed, snapshot_date, line.source)
                candidates.setdefault(record.table, []).append((found, line, place))
                if not line.drift_counted:
                    result.drift.scan_value(dataset, record.table, record.value)
                held += 1
                if held >= BATCH:
                    _settle_all(candidates, result, refused)
                    held = 0
        size += len(line.text)
        if size >= BATCH_BYTES:
            _settle_all(candidates, result, refused)
            held = size = 0
    _settle_all(candidates, result, refused)
    refused.sort(key=itemgetter(0))
    for _, albums in groupby(refused, key=itemgetter(0)):
        result.refused_of(album for _, album in albums)
    return result


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


def _settle_all(candidates: dict[str, Candidates], result: BlockResult, refused: Cases) -> None:
    for table in list(candidates):
        _settle(table, candidates.pop(table), result, refused)


def _settle(table: str, candidates: Candidates, result: BlockResult, refused: Cases) -> None:
    """Accept the candidates that keep the contract, without a faulty field if need be; reject the others."""
    against = violations(table, _rows(table, [found for found, _, _ in candidates]))
    kept = []
    for at, (found, line, place) in enumerate(candidates):
        found.validated(against.get(at, []))
        if found.reasons:
            result.refuse(line.source, line.number, found.all_reasons(), found.value)
            refused.append((place, _album_of(found)))
        else:
            kept.append(found)
            result.faults.update(f"{table}.{column}" for column in found.faults)
    for timed in (True, False):
        rows = _rows(table, [found for found in kept if found.timed == timed])
        if rows.num_rows:
            result.accept(table, rows.cast(contract.arrow_schema(table)), timed=timed)


def _rows(table: str, candidates: list[Candidate]) -> pa.Table:
    schema = unvalidated(table)
    return pa.table({each.name: [found.values.get(each.name) for found in candidates] for each in schema}, schema)


def _album_of(found: Candidate) -> str | None:
    album = found.values.get("album_id")
    return album if isinstance(album, str) and is_id(album) else None
