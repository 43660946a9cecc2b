"""Collect the results of a run's blocks: rows, rejected records, counts, and whether too much was rejected."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

import pyarrow as pa

from functions.shared import contract, keys
from functions.transform.drift import Drifted
from functions.transform.kept import Kept
from functions.transform.merge import DATASET, UNTIMED
from functions.transform.parse.block_result import Cases, Refusals
from functions.transform.parse.responses import PassedOver

if TYPE_CHECKING:
    from functions.shared.events import CaseCounts, Conservation, FaultCount
    from functions.transform.parse.block_result import BlockResult

INBOX = "inbox"
DATASETS = (*keys.DATASETS, INBOX)
NAMED = 5  # rejected records that an error names


@dataclass
class Accepted:
    """The results of all blocks, before duplicates are dropped."""

    rows: dict[str, Kept] = field(default_factory=lambda: {table: Kept(table) for table in contract.KEYS})
    refusals: dict[str, Refusals] = field(default_factory=dict)
    cases: dict[str, Cases] = field(default_factory=dict)
    faults: dict[str, Counter[str]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    drift: dict[str, Drifted] = field(default_factory=dict)

    def add(self, outcome: BlockResult) -> None:
        """Add one block's result."""
        counts = self.counts.setdefault(outcome.dataset, Counter())
        counts.update(outcome.passed)
        self._add_rows(outcome.dataset, outcome.rows, DATASETS.index(outcome.dataset))
        self._add_rows(outcome.dataset, outcome.untimed, DATASETS.index(outcome.dataset) + UNTIMED)
        self.refusals.setdefault(outcome.dataset, Refusals()).add(outcome.refusals)
        self.cases.setdefault(outcome.dataset, Cases()).add(outcome.cases)
        self.faults.setdefault(outcome.dataset, Counter()).update(outcome.faults)
        self.drift.setdefault(outcome.dataset, Drifted()).add(outcome.drift)

    def _add_rows(self, dataset: str, found: list[tuple[str, pa.Table]], code: int) -> None:
        for table, rows in found:
            self.counts[dataset]["rows"] += rows.num_rows
            self.counts[dataset][f"{table} rows"] += rows.num_rows
            codes = pa.repeat(pa.scalar(code, DATASET.type), rows.num_rows)
            self.rows[table].add(rows.append_column(DATASET, codes))

    def spotifys(self) -> list[str]:
        """Return the datasets from Spotify: without the inbox and the watch-list."""
        return [dataset for dataset in self.counts if dataset not in {INBOX, "watchlist"}]

    def _responses(self, dataset: str) -> int:
        """Return the number of a dataset's lines that hold records."""
        counts = self.counts[dataset]
        return counts["lines"] - sum(counts[kind] for kind in get_args(PassedOver))

    def validated(self) -> list[str]:
        """Return the datasets that decide whether the run is refused."""
        sent = [dataset for dataset in self.spotifys() if self._responses(dataset)]
        return sent or [INBOX] * (INBOX in self.counts)

    def judged_cases(self) -> CaseCounts:
        """Return the cases that decide whether the run is refused.

        They are Spotify's responses, where an album and its tracks are one case. Files in the inbox never fail a run
        with responses of Spotify; a date with nothing else is judged by them, record by record.
        """
        sent = self.validated()
        if sent != [INBOX]:
            read = sum(self._responses(dataset) for dataset in sent)
            albums: set[str] = set().union(*(self.cases[dataset].albums for dataset in sent))
            return {"read": read, "refused": len(albums) + sum(self.cases[dataset].lines for dataset in sent)}
        refused = self.refusals[INBOX].count
        return {"read": self.counts[INBOX]["rows"] + refused, "refused": refused}

    def field_faults(self) -> dict[str, FaultCount]:
        """Return, per field, how many rows have null since the value was not valid, and how many rows there are."""
        sent = self.spotifys()
        faulty = sum((self.faults[dataset] for dataset in sent), Counter[str]())
        return {
            name: {"rows": count, "of": sum(self.counts[dataset][f"{name.split('.')[0]} rows"] for dataset in sent)}
            for name, count in sorted(faulty.items())
        }

    def quarantine(self) -> pa.Table:
        """Return the rejected records that are kept."""
        kept = [each for refusals in self.refusals.values() for each in refusals]
        return pa.Table.from_pylist(kept, contract.arrow_schema("quarantine"))

    def conservation(self, dataset: str, duplicates: int) -> Conservation:
        """Return the account of a dataset's records."""
        counts, refusals = self.counts[dataset], self.refusals[dataset]
        return {
            "read": counts["rows"] + refusals.count,
            "written": counts["rows"] - duplicates,
            "quarantined": refusals.count,
            "unkept": refusals.count - sum(1 for _ in refusals),
            "faults": self.faults[dataset].total(),
            "duplicates": duplicates,
            "lines": counts["lines"],
            "not_modified": counts["not_modified"],
            "gone": counts["gone"],
            "listings": counts["listing"],
            "listed": counts["listed"],
            "empty": counts["empty"],
            "relinked": counts["relinked"],
            "nulls": counts["nulls"],
        }

    def refusal(self, most: float) -> str:
        """Return why a run is refused if more than the share `most` was rejected, with the first rejected records."""
        cases = self.judged_cases()
        refusals = [self.refusals[dataset] for dataset in self.validated()]
        reasons = sum((each.reasons for each in refusals), Counter[str]())
        named = "; ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common(10))
        places = {(each["source_key"], each["source_line"]) for refused in refusals for each in refused}
        first = ", ".join(f"{key}:{line}" for key, line in sorted(places)[:NAMED])
        share = f"{cases['refused'] / cases['read']:.1%}"
        return (
            f"{cases['refused']:,} of {cases['read']:,} responses ({share}) contain records that break the contract, "
            f"more than max_quarantine_ratio ({most:.1%}) allows; an album and its tracks count once. First: {first}. "
            f"Reasons: {named}. No table but quarantine was written: `ops quarantine RUN` lists it. If Spotify "
            "changed its responses, change the contract and its parser, then replay the date; if these records should "
            "be rejected, raise maxQuarantineRatio."
        )
