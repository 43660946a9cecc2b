"""Events for the program's two patterns: what each should match, and what it should narrowly miss."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MARKER = "inbox/snapshot_date=2026-01-01/_READY"
MEANT = re.compile(r"inbox/snapshot_date=.*/_READY", re.DOTALL)
KEYS = (
    MARKER, f"{MARKER}.json", f"{MARKER}/", f"{MARKER} ", MARKER.lower(), MARKER.upper(), f"x{MARKER}", f"/{MARKER}",
    MARKER.replace("/_", "//_"), MARKER.replace("/_", "/folder/_"), MARKER.replace("/_", "_"),
    MARKER.replace("/_", "%2F_"), MARKER.replace("/", "%2F"), MARKER.replace("=", "%3D"), "inbox/_READY",
    "raw/snapshot_date=2026-01-01/_READY", "",
    *(f"inbox/snapshot_date={each}/_READY" for each in ("", "2026 01 01", "a\nb", "é\u2028😀", "*", '"\\', "9" * 990)),
    f"inbox/snapshot_date={'/_READ' * 150}/_READY",
)  # fmt: skip
ENDED = ("FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class Case:
    """An event, and whether a pattern is meant to match it."""

    event: dict[str, Any]
    meant: bool


def marker_cases(bucket: str) -> list[Case]:
    """Return events about objects, for the rule that starts a run from a marker in this bucket."""
    near = [
        _object(MARKER, f"{bucket}2"),
        _object(MARKER, bucket, kind="Object Deleted"),
        _object(MARKER, bucket, kind="object created"),
        _object(MARKER, bucket, source="my.s3"),
        _object(None, bucket),
    ]
    return [
        *(Case(_object(key, bucket), meant=MEANT.fullmatch(key) is not None) for key in KEYS),
        *(Case(event, meant=False) for event in near),
    ]


def status_cases(machine: str) -> list[Case]:
    """Return events about executions, for the rule that alerts to the failed ones of this state machine."""
    statuses = (*ENDED, "SUCCEEDED", "RUNNING", "PENDING_REDRIVE", "failed")
    near = [_execution("FAILED", each) for each in (f"{machine}2", machine[:-1], f"{machine}:1")]
    near.append(_execution("FAILED", machine, kind="Step Functions Execution Status Changed"))
    return [
        *(Case(_execution(each, machine), meant=each in ENDED) for each in statuses),
        *(Case(event, meant=False) for event in near),
    ]


def _object(key: str | None, bucket: str, kind: str = "Object Created", source: str = "aws.s3") -> dict[str, Any]:
    return _event(source, kind, {"bucket": {"name": bucket}, "object": {"key": key}, "reason": "PutObject"})


def _execution(status: str, machine: str, kind: str = "Step Functions Execution Status Change") -> dict[str, Any]:
    return _event("aws.states", kind, {"stateMachineArn": machine, "status": status})


def _event(source: str, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    about = {"version": "0", "id": "1", "account": "123456789012", "region": "us-east-1", "resources": []}
    return {**about, "time": "2026-01-01T06:00:00Z", "source": source, "detail-type": kind, "detail": detail}
