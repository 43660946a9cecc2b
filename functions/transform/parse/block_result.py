"""What some lines came to: rows by table, refused records, and counts of what claims no row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from functions.transform.drift import Drifted
from functions.transform.parse.records import as_json, record_id

if TYPE_CHECKING:
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


@dataclass
class Outcome:
    """What some lines of a dataset came to; `left` are those still to be read strictly."""

    dataset: str
    rows: list[tuple[str, pa.Table]] = field(default_factory=list)
    quarantine: list[Refusal] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    drift: Drifted = field(default_factory=Drifted)
    left: list[Line] = field(default_factory=list)

    def accept(self, table: str, rows: pa.Table) -> None:
        """Add rows that keep the contract."""
        self.rows.append((table, rows))
        self.drift.count_rows(table, rows)

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
