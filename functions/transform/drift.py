"""Drift: fields that Spotify sends and the contract does not know, and mapped fields that no record has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from functions.shared import contract
from functions.shared.bounds import ENTRY_BYTES, text
from functions.shared.keys import DATASETS
from functions.transform.fields import FIELDS, TYPE, known

if TYPE_CHECKING:
    import pyarrow as pa

    from functions.shared.events import Drift
    from functions.transform.fields import Known

MOST_COUNTED = 10_000  # unmapped fields counted individually per dataset; a file may have millions
MOST_SHOWN = 100  # entries in a summary: the state machine's payload is bounded

_known = cache(known)


@dataclass
class Drifted:
    """Counts of unmapped fields by path and type, and of rows and values by table and column."""

    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    values: Counter[tuple[str, str]] = field(default_factory=Counter)

    def scan_value(self, dataset: str, table: str, value: object) -> None:
        """Count the unmapped fields of one record; skip other kinds of objects in the inbox."""
        if table not in TYPE or not isinstance(value, dict):
            return
        if dataset in DATASETS or value.get("type") in (None, TYPE[table]):
            self._scan_value(value, _known(table), TYPE[table])

    def _scan_value(self, value: object, tree: Known, path: str) -> None:
        if isinstance(value, list):
            for each in value:
                self._scan_value(each, tree, f"{path}[]")
        elif isinstance(value, dict):
            for name, each in value.items():
                if name not in tree:
                    self.count(f"{path}.{name}", each)
                elif (below := tree[name]) is not None:
                    self._scan_value(each, below, f"{path}.{name}")

    def count(self, path: str, value: object) -> None:
        """Count a value of an unmapped field; a field that is always null is not counted."""
        if value is not None:
            self._count((text(path, ENTRY_BYTES), _json_type(value)), 1)

    def _count(self, found: tuple[str, str], times: int) -> None:
        """Count a field; after very many, count a new one under its kind of entity."""
        if len(self.unmapped) >= MOST_COUNTED and found not in self.unmapped:
            found = (f"{found[0].partition('.')[0]}.…", "others")
        self.unmapped[found] += times

    def count_rows(self, table: str, rows: pa.Table) -> None:
        """Count the rows of a table that Spotify sends, and the values of each mapped column."""
        if table not in TYPE:
            return
        self.rows[table] += rows.num_rows
        for each in FIELDS[table]:
            self.values[table, each.column] += rows.num_rows - rows[each.column].null_count

    def add(self, other: Drifted) -> None:
        """Add another part's counts."""
        for found, times in other.unmapped.items():
            self._count(found, times)
        self.rows.update(other.rows)
        self.values.update(other.values)


def summary(drifted: dict[str, Drifted], profile: str) -> list[Drift]:
    """Return the drift of each dataset: the most frequent entries, at most a hundred."""
    found = [
        entry for dataset, each in drifted.items() for entry in (*_new(dataset, each), *_gone(dataset, each, profile))
    ]
    return sorted(found, key=lambda entry: (-entry["count"], entry["dataset"], entry["path"], entry["kind"]))[
        :MOST_SHOWN
    ]


def _new(dataset: str, drifted: Drifted) -> list[Drift]:
    counts: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    for (path, kind), count in sorted(drifted.unmapped.items()):
        counts[path] += count
        kinds.setdefault(path, kind)
    return [
        {"dataset": dataset, "path": path, "kind": "new", "count": count, "example_type": kinds[path]}
        for path, count in counts.items()
    ]


def _gone(dataset: str, drifted: Drifted, profile: str) -> list[Drift]:
    """Return the mapped fields that no row has. The inbox is skipped: an absent field means nothing there."""
    if dataset not in DATASETS:
        return []
    return [
        {
            "dataset": dataset,
            "path": f"{TYPE[table]}.{'.'.join(each.path)}",
            "kind": "gone",
            "count": rows,
            "example_type": _KINDS[each.kind],
        }
        for table, rows in drifted.rows.items()
        for each in FIELDS[table]
        if rows and not drifted.values[table, each.column] and _is_sent(dataset, table, each.column, profile)
    ]


def _is_sent(dataset: str, table: str, column: str, profile: str) -> bool:
    """Return whether responses of this dataset should have a column's field under this profile."""
    found = next(each for each in contract.columns(table) if each.name == column)
    mention = dataset != table
    return not (found.extended_only and profile != "extended") and not (found.whole_answer_only and mention)


_KINDS = {
    "text": "text",
    "lower": "text",
    "date": "text",
    "whole": "number",
    "flag": "true or false",
    "texts": "list",
    "ids": "list",
}


def _json_type(value: object) -> str:
    kinds = {dict: "object", list: "list", bool: "true or false", str: "text"}
    return kinds.get(type(value), "number")
