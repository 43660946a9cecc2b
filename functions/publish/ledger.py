"""A published run's row in the ledger: the columns of the table `runs`, one JSON line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypedDict

from functions.shared import partial

if TYPE_CHECKING:
    from datetime import datetime

    from functions.shared.events import PublishRequest


class LedgerRow(TypedDict):
    """One run. The state machine writes the same columns for a run that failed; unknown values are null."""

    snapshot_date: str
    run_id: str
    execution_arn: str
    mode: str
    outcome: Literal["published", "partial"]
    started_at: str
    finished_at: str
    error: None
    state: None
    cause: None
    inputs_digest: str
    rows: dict[str, int]
    quarantined: int
    quarantine_ratio: float
    requests: dict[str, int]
    waits_s: float
    bytes_scanned: int
    cost_usd: float | None
    gates: str
    reasons: str


def row(done: PublishRequest, finished_at: datetime) -> LedgerRow:
    """Return the ledger's row of a run that is published, or partial where the date's raw data is not complete."""
    run, transform, extract = done["run"], done["transform"], done["extract"]
    reasons = {"quarantine": transform["reasons"], "partial": (left_out := partial.reasons(extract, done["freeze"]))}
    return {
        "snapshot_date": run["snapshot_date"],
        "run_id": run["run_id"],
        "execution_arn": run["execution_arn"],
        "mode": run["mode"],
        "outcome": "partial" if left_out or (extract and extract["status"] == "PARTIAL") else "published",
        "started_at": run["started_at"],
        "finished_at": finished_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "error": None,
        "state": None,
        "cause": None,
        "inputs_digest": done["freeze"]["digest"],
        "rows": {table: summary["rows"] for table, summary in transform["tables"].items()},
        "quarantined": sum(dataset["quarantined"] for dataset in transform["conservation"].values()),
        "quarantine_ratio": transform["quarantine_ratio"],
        "requests": extract["requests"] if extract else {},
        "waits_s": extract["waits_s"] if extract else 0.0,
        "bytes_scanned": done["audit"]["bytes_scanned"],
        "cost_usd": None,
        "gates": json.dumps(done["audit"]["gates"], separators=(",", ":")),
        "reasons": json.dumps(reasons, separators=(",", ":")),
    }
