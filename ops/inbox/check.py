"""Predict what a run would read and reject in files, with the transform's own reader, before they are uploaded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from functions.freeze.inputs import holds_records
from functions.shared import contract, keys
from functions.transform.lines import Source
from functions.transform.transform import Limits, transform
from infra.rendering.contract_sql import is_compared, is_optional
from ops.errors import WrongUsage
from ops.inbox.following import lists_artists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from functions.shared.events import Conservation
    from functions.transform.gunzip import Stream


COMPARED = ("artists", "albums", "tracks")
"""The tables of whose rows `catalogue_changes` compares the fields."""


@dataclass(frozen=True)
class Rejected:
    """A record that a run would reject."""

    file: str
    line: int
    reasons: list[str]


@dataclass
class Check:
    """The prediction: rows by table, the rejected records, and responses without a row.

    `nulls` counts by table and column the rows in which the files leave out a field that every other response has.
    """

    rows: dict[str, int]
    rejected: list[Rejected] = field(default_factory=list)
    more_rejected: int = 0
    without_rows: dict[str, int] = field(default_factory=dict)
    nulls: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def any_rows(self) -> bool:
        """True if a run would write a row."""
        return any(self.rows.values())


def check(files: Sequence[Path], snapshot_date: str) -> Check:
    """Return what a run of a date would read from files in its inbox.

    Raises:
        WrongUsage: a file's name is one that no run reads, two files have the same name, or one lists whom to follow.
    """
    _names(files, snapshot_date)
    _responses(files)
    rejected: list[Rejected] = []
    nulls: dict[str, Counter[str]] = {table: Counter() for table in COMPARED}

    def keep(table: str, _number: int, part: memoryview) -> None:
        if table == "quarantine":
            rejected.extend(_rejected(part))
        if table in COMPARED:
            nulls[table] += _nulls(table, part)

    limits = Limits(date.fromisoformat(snapshot_date), "extended", 1.0)
    summary = transform(_opened(files, snapshot_date), limits, keep)
    account: Conservation | None = summary["conservation"].get("inbox")
    rows = {table: counts["rows"] for table, counts in summary["tables"].items() if table != "quarantine"}
    found = Check(rows, rejected, nulls={table: dict(counts) for table, counts in nulls.items() if counts})
    if account:
        found.more_rejected = account["unkept"]
        kinds = ("listings", "not_modified", "gone", "empty", "nulls")
        found.without_rows = {kind: account[kind] for kind in kinds if account[kind]}  # type: ignore[literal-required]  # its members
    return found


def key_of(file: Path, snapshot_date: str) -> str:
    """Return the key of a file in a date's inbox."""
    return f"{keys.inbox_date(snapshot_date)}{file.name}"


def _names(files: Sequence[Path], snapshot_date: str) -> None:
    """Raise WrongUsage unless a run would read each file by its name, and no two become one object."""
    for file in files:
        key = key_of(file, snapshot_date)
        if not holds_records(key) or not keys.READABLE.fullmatch(key):
            raise WrongUsage(
                f"{file} would not be read: expected a name that ends in .json, .ndjson or .jsonl, or these with .gz, "
                "and does not begin with a dot or an underscore."
            )
    names = Counter(file.name for file in files)
    if twice := next((name for name, count in names.items() if count > 1), None):
        raise WrongUsage(f"Two files are called {twice}; in the inbox the second would replace the first.")


def _responses(files: Sequence[Path]) -> None:
    """Raise WrongUsage if a file lists artists to follow: a run would read a watch-list's as artists without fields."""
    if found := next(filter(lists_artists, files), None):
        raise WrongUsage(
            f"{found} lists artists to follow, and has no response of Spotify about them. Follow them with "
            f"`ops watch import {found}`."
        )


def _opened(files: Sequence[Path], snapshot_date: str) -> Iterator[tuple[Source, Stream]]:
    for file in sorted(files, key=lambda each: each.name):
        with file.open("rb") as stream:
            yield Source(key_of(file, snapshot_date), "inbox", datetime.now(UTC)), stream


def _nulls(table: str, part: memoryview) -> Counter[str]:
    """Return per column in how many rows the field was left out; one that was not valid is in `faults` instead."""
    import pyarrow.parquet as pq

    columns = [each.name for each in contract.columns(table) if is_compared(table, each) and not is_optional(each)]
    rows = pq.read_table(BytesIO(part), columns=[*columns, "faults"])
    nulls = Counter({column: rows[column].null_count for column in columns})
    for faults in rows["faults"].drop_null().to_pylist():
        nulls.subtract(each.partition(":")[0] for each in faults if each.partition(":")[0] in columns)
    return +nulls


def _rejected(part: memoryview) -> Iterator[Rejected]:
    import pyarrow.parquet as pq

    for row in pq.read_table(BytesIO(part), columns=["source_key", "source_line", "reasons"]).to_pylist():
        yield Rejected(row["source_key"].rpartition("/")[2], row["source_line"], row["reasons"])
