"""Turn a run's frozen inputs into Parquet parts and a summary in which every record is accounted for."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from functions.shared import contract
from functions.shared.errors import ContractBroken
from functions.shared.tolerance import most_refused
from functions.transform import drift
from functions.transform.accepted import DATASETS, Accepted
from functions.transform.block import process
from functions.transform.lines import Buffers, blocks
from functions.transform.merge import UNTIMED
from functions.transform.parquet import parts, parts_of
from functions.transform.parse import strict
from functions.transform.shape import READS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from functions.shared.events import Summary, TableSummary
    from functions.transform.gunzip import Stream
    from functions.transform.lines import Block, Line, Source
    from functions.transform.parse.block_result import BlockResult

WORKERS = 2  # one decodes, which holds the interpreter's lock, while Arrow reads for the other (docs/decisions/0186)
FINISHING = 2  # tables that are sorted and written at once
BLOCK_BYTES = 16 << 20  # three are held at a time; smaller ones cost more to validate (docs/decisions/0028)
LEFT_BYTES = 1 << 20  # bytes of strict-path lines that start a call; fewer wait until all else is read


@dataclass(frozen=True)
class Limits:
    """The limits of reading a run: the app's profile, the share that may be rejected, and the sizes of the work."""

    snapshot_date: date
    profile: str
    max_quarantine_ratio: float
    workers: int = WORKERS
    block_bytes: int = BLOCK_BYTES


Put = Callable[[str, int, memoryview], None]


def transform(objects: Iterable[tuple[Source, Stream]], limits: Limits, put: Put) -> Summary:
    """Read the objects, hand each part of each table to `put`, and return the summary.

    Raises:
        ContractBroken: more records were rejected than the limit allows; only the rejected records were written.
    """
    with _uncollected():
        accepted = _read(objects, limits)
    rows = accepted.quarantine()
    order = pc.sort_indices(rows, sort_keys=QUARANTINE_ORDER)
    refused = _write("quarantine", parts(rows, order), lambda: len(order), put)
    cases = accepted.judged_cases()
    if cases["refused"] > most_refused(cases["read"], limits.max_quarantine_ratio):
        raise ContractBroken(accepted.refusal(limits.max_quarantine_ratio))
    with ThreadPoolExecutor(FINISHING) as threads:
        finished = list(threads.map(partial(_finish, accepted, put), contract.KEYS))
    tables = {table: written for table, (written, _) in zip(contract.KEYS, finished, strict=True)}
    duplicates = sum((dropped for _, dropped in finished), Counter[str]())
    reasons = sum((each.reasons for each in accepted.refusals.values()), Counter[str]())
    return {
        "tables": {**tables, "quarantine": refused},
        "conservation": {
            dataset: accepted.conservation(dataset, duplicates[dataset]) for dataset in sorted(accepted.counts)
        },
        "quarantine_ratio": cases["refused"] / cases["read"] if cases["read"] else 0.0,
        "cases": cases,
        "faults": accepted.field_faults(),
        "reasons": dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
        "drift": drift.summary(accepted.drift, limits.profile),
    }


QUARANTINE_ORDER = [(name, "ascending") for name in ("dataset", "source_key", "source_line", "record_id", "record")]


def _finish(accepted: Accepted, put: Put, table: str) -> tuple[TableSummary, Counter[str]]:
    """Write a table; return what was written and how many rows of each dataset were dropped as duplicates."""
    kept = accepted.rows.pop(table)
    written = _write(table, parts_of(contract.arrow_schema(table), kept.merged()), kept.count, put)
    dropped = Counter[str]()
    for code, count in kept.dropped.items():
        dropped[DATASETS[code % UNTIMED]] += count
    return written, dropped


@contextmanager
def _uncollected() -> Iterator[None]:
    """Stop Python's search for garbage: reading makes millions of objects, and frees each without it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(objects: Iterable[tuple[Source, Stream]], limits: Limits) -> Accepted:
    """Parse blocks on workers while this thread reads and gunzips the next ones; a few blocks are held at a time."""
    buffers = Buffers(limits.block_bytes)
    with ThreadPoolExecutor(limits.workers) as threads:
        work = _Work(threads, limits)
        for block in blocks(objects, buffers):
            most = limits.workers if block.dataset in READS else 1  # the strict path holds the lock all the time
            work.collect(most - 1)
            work.start(_processed, block, limits.snapshot_date, buffers)
        work.collect(0)
        for dataset in list(work.left):
            work.start(strict.read, dataset, work.left.pop(dataset), limits.snapshot_date)
        work.collect(0)
    return work.accepted


def _processed(block: Block, snapshot_date: date, buffers: Buffers) -> BlockResult:
    result = process(block, snapshot_date)
    buffers.give(block.buffer)
    return result


@dataclass
class _Work:
    """The calls on the workers, in order, and their results; strict-path lines wait until they are worth a call."""

    threads: ThreadPoolExecutor
    limits: Limits
    running: deque[Future[BlockResult]] = field(default_factory=deque)
    left: dict[str, list[Line]] = field(default_factory=dict)
    accepted: Accepted = field(default_factory=Accepted)

    def start(self, read: Callable[..., BlockResult], *given: object) -> None:
        """Start reading on a worker."""
        self.running.append(self.threads.submit(read, *given))

    def collect(self, most: int) -> None:
        """Collect results until at most `most` calls are running."""
        while len(self.running) > most:
            result = self.running.popleft().result()
            self.accepted.add(result)
            if result.left:
                self._leave(result.dataset, result.left)

    def _leave(self, dataset: str, lines: list[Line]) -> None:
        waiting = self.left.setdefault(dataset, [])
        waiting += lines
        if sum(len(line.text) for line in waiting) >= LEFT_BYTES:
            self.start(strict.read, dataset, self.left.pop(dataset), self.limits.snapshot_date)


def _write(table: str, encoded: Iterable[pa.Buffer], rows: Callable[[], int], put: Put) -> TableSummary:
    digest, size, number = hashlib.sha256(), 0, -1
    for number, part in enumerate(encoded):
        digest.update(part)
        size += part.size
        put(table, number, memoryview(part))
    return {"rows": rows(), "parts": number + 1, "size_bytes": size, "sha256": digest.hexdigest()}
