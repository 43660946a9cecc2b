"""The result of some lines: rows by table, rejected records, and counts of what claims no row."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from functions.transform.bounds import MOST_KEPT, MOST_KEPT_IN_ALL
from functions.transform.drift import Drifted
from functions.transform.parse.records import as_json, record_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from functions.transform.lines import Line, Source


class Refusal(TypedDict):
    """A row of the quarantine."""

    dataset: str
    record_id: str | None
    reasons: list[str]
    record: str
    source_key: str
    source_line: int


def _order(refusal: Refusal) -> tuple[int, str, str]:
    return refusal["source_line"], refusal["record_id"] or "", refusal["record"]


@dataclass
class Refusals:
    """Rejected records: the first thousand of each object, by line, in whatever order they are added.

    If all objects together have too many, each keeps the same number of its first ones, or all if it has fewer: one bad
    file does not displace the records of others. `held` counts the records that are kept.
    """

    kept: dict[str, list[Refusal]] = field(default_factory=dict)
    held: int = 0
    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def refuse(self, dataset: str, source: Source, line: int, reasons: list[str], value: object) -> None:
        """Count a rejected record, and keep it if it is among the first of its object."""
        reasons = sorted(set(reasons))
        self.count += 1
        self.reasons.update(reasons)
        kept = self.kept.setdefault(source.key, [])
        if len(kept) < MOST_KEPT or line <= kept[-1]["source_line"]:
            self._keep(
                kept,
                {
                    "dataset": dataset,
                    "record_id": record_id(value),
                    "reasons": reasons,
                    "record": as_json(value),
                    "source_key": source.key,
                    "source_line": line,
                },
            )
        if self.held > 2 * MOST_KEPT_IN_ALL:
            self._thin()

    def add(self, other: Refusals) -> None:
        """Add the rejected records of another result."""
        self.count += other.count
        self.reasons.update(other.reasons)
        for key, refusals in other.kept.items():
            kept = self.kept.setdefault(key, [])
            for each in refusals:
                self._keep(kept, each)
        self._thin()

    def _keep(self, kept: list[Refusal], refusal: Refusal) -> None:
        insort(kept, refusal, key=_order)
        del kept[MOST_KEPT:]
        self.held += 1

    def _thin(self) -> None:
        """Keep as many as all objects together may: the first of each object, then the second, in order of keys."""
        self.held = sum(map(len, self.kept.values()))
        if self.held <= MOST_KEPT_IN_ALL:
            return
        places = sorted((place, key) for key, kept in self.kept.items() for place in range(len(kept)))
        left = Counter(key for _, key in places[:MOST_KEPT_IN_ALL])
        self.kept = {key: kept[: left[key]] for key, kept in self.kept.items() if left[key]}
        self.held = MOST_KEPT_IN_ALL

    def __iter__(self) -> Iterator[Refusal]:
        """Yield the records that are kept."""
        return (each for refusals in self.kept.values() for each in refusals)


@dataclass
class Cases:
    """The cases with rejected records: an album with its tracks is one case, any other line is one."""

    albums: set[str] = field(default_factory=set)
    lines: int = 0

    def add(self, other: Cases) -> None:
        """Add the cases of another result."""
        self.albums |= other.albums
        self.lines += other.lines

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.albums) + self.lines


@dataclass
class BlockResult:
    """The result of some lines of a dataset; `left` holds the lines for the strict path.

    `rows` are pairs of a table and its rows; `untimed` holds rows of responses without a time.
    """

    dataset: str
    rows: list[tuple[str, pa.Table]] = field(default_factory=list)
    untimed: list[tuple[str, pa.Table]] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    cases: Cases = field(default_factory=Cases)
    faults: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    drift: Drifted = field(default_factory=Drifted)
    left: list[Line] = field(default_factory=list)

    def accept(self, table: str, rows: pa.Table, *, timed: bool = True) -> None:
        """Add rows that satisfy the contract."""
        (self.rows if timed else self.untimed).append((table, rows))
        self.drift.count_rows(table, rows)

    def refuse(self, source: Source, line: int, reasons: list[str], value: object) -> None:
        """Reject a record."""
        self.refusals.refuse(self.dataset, source, line, reasons, value)

    def refuse_unkept(self, counts: Counter[str]) -> None:
        """Count records, by reason, that were rejected after the first thousand of their object."""
        self.refusals.count += counts.total()
        self.refusals.reasons.update(counts)
        self.cases.lines += counts.total()

    def refused_of(self, albums: Iterable[str | None]) -> None:
        """Count the case of a line with rejected records: their album, if they all belong to one."""
        found = set(albums)
        album = found.pop() if len(found) == 1 else None
        if album is not None and self.dataset != "inbox":
            self.cases.albums.add(album)
        else:
            self.cases.lines += 1
