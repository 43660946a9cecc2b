"""A run's frozen inputs into Parquet parts and a summary in which every record is accounted for."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from functions.shared import contract, keys
from functions.shared.errors import ContractBroken
from functions.transform import drift
from functions.transform.block import process
from functions.transform.drift import Drifted
from functions.transform.lines import Buffers, blocks
from functions.transform.merge import DATASET, merge
from functions.transform.parquet import parts
from functions.transform.parse import strict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from functions.shared.events import Conservation, Summary, TableSummary
    from functions.transform.gunzip import Stream
    from functions.transform.lines import Block, Line, Source
    from functions.transform.parse.block_result import Outcome

WORKERS = 2
BLOCK_BYTES = 8 << 20  # a few are held at a time; smaller ones cost more to judge (docs/decisions/0028)
LEFT_BYTES = 1 << 20  # of lines for the strict path: fewer wait for the end, when nothing else is left to do
DATASETS = (*keys.DATASETS, "inbox")


@dataclass(frozen=True)
class Limits:
    """How a run is to be read: what the app's profile sends, how much may be refused, how the work is cut."""

    snapshot_date: date
    profile: str
    max_quarantine_ratio: float
    workers: int = WORKERS
    block_bytes: int = BLOCK_BYTES


@dataclass
class Accepted:
    """All that the blocks came to, before duplicates are dropped."""

    rows: dict[str, list[pa.Table]] = field(default_factory=lambda: {table: [] for table in contract.KEYS})
    quarantine: list[pa.Table] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    drift: dict[str, Drifted] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Add what one block came to."""
        counts = self.counts.setdefault(outcome.dataset, Counter())
        counts.update(outcome.passed)
        counts["quarantined"] += len(outcome.quarantine)
        for table, rows in outcome.rows:
            counts["rows"] += rows.num_rows
            code = pa.repeat(pa.scalar(DATASETS.index(outcome.dataset), DATASET.type), rows.num_rows)
            self.rows[table].append(rows.append_column(DATASET, code))
        if outcome.quarantine:
            self.quarantine.append(pa.Table.from_pylist(outcome.quarantine, contract.arrow_schema("quarantine")))
            self.reasons.update(reason for each in outcome.quarantine for reason in each["reasons"])
        self.drift.setdefault(outcome.dataset, Drifted()).add(outcome.drift)


Put = Callable[[str, int, memoryview], None]


def transform(objects: Iterable[tuple[Source, Stream]], limits: Limits, put: Put) -> Summary:
    """Read the objects, hand each part of each table to `put`, and return the summary.

    Raises:
        ContractBroken: more of the records were refused than the limit; nothing was put.
    """
    accepted = _read(objects, limits)
    read = sum(counts["rows"] + counts["quarantined"] for counts in accepted.counts.values())
    refused = sum(counts["quarantined"] for counts in accepted.counts.values())
    ratio = refused / read if read else 0.0
    if ratio > limits.max_quarantine_ratio:
        raise ContractBroken(_refusal(refused, read, limits.max_quarantine_ratio, accepted.reasons))
    with ThreadPoolExecutor(limits.workers) as threads:
        finished = list(threads.map(partial(_finish, accepted, put), contract.KEYS))
    tables = {table: written for table, (written, _) in zip(contract.KEYS, finished, strict=True)}
    duplicates = sum((dropped for _, dropped in finished), Counter[str]())
    rows = (
        pa.concat_tables(accepted.quarantine)
        if accepted.quarantine
        else contract.arrow_schema("quarantine").empty_table()
    )
    order = pc.sort_indices(rows, sort_keys=QUARANTINE_ORDER)
    tables["quarantine"] = _write("quarantine", parts(rows, order), len(order), put)
    return {
        "tables": tables,
        "conservation": {
            dataset: _conservation(counts, duplicates[dataset]) for dataset, counts in sorted(accepted.counts.items())
        },
        "quarantine_ratio": ratio,
        "reasons": dict(accepted.reasons.most_common()),
        "drift": drift.summary(accepted.drift, limits.profile),
    }


QUARANTINE_ORDER = [(name, "ascending") for name in ("dataset", "source_key", "source_line", "record_id", "record")]


def _finish(accepted: Accepted, put: Put, table: str) -> tuple[TableSummary, Counter[str]]:
    """Write a table; return what was written and how many rows of each dataset were dropped as duplicates."""
    rows, order, dropped = merge(table, _contiguous(table, accepted.rows.pop(table)))
    return _write(table, parts(rows, order), len(order), put), Counter(DATASETS[code] for code in dropped.to_pylist())


def _contiguous(table: str, rows: list[pa.Table]) -> pa.Table:
    """Return rows as one table of one chunk; the given tables are let go column by column, so none is held twice."""
    schema = contract.arrow_schema(table).append(DATASET)
    columns = {name: [chunk for each in rows for chunk in each[name].chunks] for name in schema.names}
    rows.clear()
    arrays = []
    for each in schema:
        chunks = columns.pop(each.name)
        arrays.append(pa.concat_arrays(chunks) if chunks else pa.array([], each.type))
    return pa.table(arrays, schema=schema)


def _read(objects: Iterable[tuple[Source, Stream]], limits: Limits) -> Accepted:
    """Parse blocks on workers while this thread reads and gunzips what comes next; a few blocks are held at a time."""
    buffers = Buffers(limits.block_bytes)
    with ThreadPoolExecutor(limits.workers) as threads:
        work = _Work(threads, limits)
        for block in blocks(objects, buffers):
            work.start(_processed, block, limits.snapshot_date, buffers)
            work.collect(limits.workers)
        work.collect(0)
        for dataset in list(work.left):
            work.start(strict.read, dataset, work.left.pop(dataset), limits.snapshot_date)
        work.collect(0)
    return work.accepted


def _processed(block: Block, snapshot_date: date, buffers: Buffers) -> Outcome:
    outcome = process(block, snapshot_date)
    buffers.give(block.buffer)
    return outcome


@dataclass
class _Work:
    """What runs on the workers, in order, and what came of it; lines left over wait until they are worth a call."""

    threads: ThreadPoolExecutor
    limits: Limits
    running: deque[Future[Outcome]] = field(default_factory=deque)
    left: dict[str, list[Line]] = field(default_factory=dict)
    accepted: Accepted = field(default_factory=Accepted)

    def start(self, read: Callable[..., Outcome], *given: object) -> None:
        """Start reading on a worker."""
        self.running.append(self.threads.submit(read, *given))

    def collect(self, most: int) -> None:
        """Take what is done until at most so many are running."""
        while len(self.running) > most:
            outcome = self.running.popleft().result()
            self.accepted.add(outcome)
            if outcome.left:
                self._leave(outcome.dataset, outcome.left)

    def _leave(self, dataset: str, lines: list[Line]) -> None:
        waiting = self.left.setdefault(dataset, [])
        waiting += lines
        if sum(len(line.text) for line in waiting) >= LEFT_BYTES:
            self.start(strict.read, dataset, self.left.pop(dataset), self.limits.snapshot_date)


def _write(table: str, encoded: Iterable[pa.Buffer], rows: int, put: Put) -> TableSummary:
    digest, size, number = hashlib.sha256(), 0, -1
    for number, part in enumerate(encoded):
        digest.update(part)
        size += part.size
        put(table, number, memoryview(part))
    return {"rows": rows, "parts": number + 1, "size_bytes": size, "sha256": digest.hexdigest()}


def _conservation(counts: Counter[str], duplicates: int) -> Conservation:
    return {
        "read": counts["rows"] + counts["quarantined"],
        "written": counts["rows"] - duplicates,
        "quarantined": counts["quarantined"],
        "duplicates": duplicates,
        "lines": counts["lines"],
        "not_modified": counts["not_modified"],
        "gone": counts["gone"],
        "listings": counts["listing"],
        "listed": counts["listed"],
        "empty": counts["empty"],
        "nulls": counts["nulls"],
    }


def _refusal(refused: int, read: int, most: float, reasons: Counter[str]) -> str:
    named = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common(10))
    return (
        f"{refused} of {read} records ({refused / read:.1%}) break the contract, more than max_quarantine_ratio "
        f"({most:.1%}) allows. Nothing was written. Reasons: {named}. If Spotify changed its answers, change the "
        "contract and its parser, then replay the date; if the records are to be refused, raise maxQuarantineRatio."
    )
