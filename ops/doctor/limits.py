"""Compare a stack with its limits: the length of the ledger; times, tracks and scanned bytes of the last run.

Each bound is one of the deployment (time limits, memory, the workgroup's limit per query) or a guess that says so, and
is reported at three quarters, before a run fails.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.shared import keys
from ops.executions import events, latest, state_visits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.executions import StateVisit
    from ops.stack import Stack

NEARLY = 0.75
"""The share of a limit at which it is reported, so that there is time to act."""
MOST_RUNS = 10_000
"""A guess: each run is one small object, and the audit and the report read all. It is a daily run for 27 years."""
TRANSFORM_MB, BYTES_PER_TRACK = 270, 389
"""The memory of Transform: MB without any track, and bytes for each track (measured: docs/decisions/0166)."""
GROW = ("Freeze the inputs", "Transform", "Audit with Athena", "Sweep", "Send the digest", "Write the report")
"""The states whose work grows with the data, without Extract: it saves a checkpoint near its limit, and continues."""


@dataclass(frozen=True)
class Limit:
    """A quantity that grows: its size, its limit, and what to do before it reaches that."""

    about: str
    what: str
    found: float
    most: float
    unit: str
    remedy: str

    @property
    def fine(self) -> bool:
        """Return whether less than `NEARLY` of the limit is used."""
        return self.found < self.most * NEARLY

    def sentence(self) -> str:
        """Return the amount and the limit, and what to do if they are close."""
        told = f"{self.what}: {self.found:,.0f} of at most {self.most:,.0f} {self.unit}."
        return told if self.fine else f"{told} {self.remedy}"


def limits(stack: Stack) -> Iterator[Limit]:
    """Yield the ledger's limit, and the limits that the latest successful run came close to, if there is one."""
    yield _ledger(stack)
    if visits := _last_run(stack):
        yield from _times(stack, visits)
        yield from _tracks(stack, visits)
        yield from _scans(stack, visits)


def _ledger(stack: Stack) -> Limit:
    prefix = keys.run_record("").removesuffix(".json")
    pages = stack.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=stack.outputs["curated_bucket"], Prefix=prefix)
    runs = sum(len(page.get("Contents", [])) for page in found)
    remedy = f"The audit and the report read every object: delete the oldest under {prefix} in the curated bucket."
    return Limit("ledger", "The ledger", runs, MOST_RUNS, "runs", remedy)


def _last_run(stack: Stack) -> list[StateVisit]:
    arn = latest(stack, statusFilter="SUCCEEDED")
    return state_visits(events(stack, arn)) if arn else []


def _times(stack: Stack, visits: Sequence[StateVisit]) -> list[Limit]:
    """Return the tasks that were close to their time limits, or the one that was closest."""
    arn = stack.outputs["state_machine_arn"]
    states = json.loads(stack.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"])[
        "States"
    ]
    remedy = "Give its function more memory or time (`__main__.py`), or follow fewer artists."
    found = [
        Limit("time", visit.state, visit.called_s / visit.tries, states[visit.state]["TimeoutSeconds"], "s", remedy)
        for visit in visits
        if visit.tries and visit.state in GROW
    ]
    nearest = sorted(found, key=lambda each: each.found / each.most)[-1:]
    return [each for each in found if not each.fine] or nearest


def _tracks(stack: Stack, visits: Sequence[StateVisit]) -> Iterator[Limit]:
    if written := _output(visits, "Transform"):
        function = stack.outputs["functions"]["transform"]
        answer = stack.client("lambda").get_function_configuration(FunctionName=function)
        most = (answer["MemorySize"] - TRANSFORM_MB) * 1e6 / BYTES_PER_TRACK
        remedy = "Divide the inbox over several dates, or give Transform more memory (`__main__.py`)."
        yield Limit("tracks", "Tracks of a date", written["tables"]["tracks"]["rows"], most, "in its memory", remedy)


def _scans(stack: Stack, visits: Sequence[StateVisit]) -> Iterator[Limit]:
    """Yield the bytes scanned by the audit, and by the largest query of report and digest, against the limit."""
    workgroup = stack.client("athena").get_work_group(WorkGroup=stack.outputs["workgroup"])["WorkGroup"]
    cutoff = workgroup["Configuration"].get("BytesScannedCutoffPerQuery")
    if not cutoff:
        return
    remedy = "Athena stops a query at this limit: raise `queryScanLimitMb`, or lower `retentionDays`."
    audit = _output(visits, "Audit with Athena").get("QueryExecution", {}).get("Statistics", {})
    found = {"audit": ("The audit", audit.get("DataScannedInBytes", 0))}
    asked: dict[str, int] = _output(visits, "Write the report").get("bytes_scanned", {})
    told = max(_output(visits, "Send the digest").get("bytes_scanned", []), default=0)
    name, most = max({**asked, "the digest": told}.items(), key=lambda each: each[1])
    found["views"] = (f"The largest query of the views ({name})", most)
    for about, (what, scanned) in found.items():
        yield Limit(about, what, scanned / 1e6, cutoff / 1e6, "MB scanned", remedy)


def _output(visits: Sequence[StateVisit], state: str) -> dict[str, Any]:
    """Return the output of the last visit to a state; empty if it was not reached."""
    outputs = [visit.output for visit in visits if visit.state == state and visit.output]
    return dict(json.loads(outputs[-1])) if outputs else {}
