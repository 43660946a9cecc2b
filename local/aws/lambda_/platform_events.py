"""The lines that Lambda itself adds to a function's log: JSON `platform.*` events, or START, END and REPORT as text.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (events) and
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (their levels: at INFO, the system
log's default, `runtimeDone` and `initRuntimeDone` appear only where they did not succeed).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Status = Literal["success", "error", "failure", "timeout"]


@dataclass(frozen=True)
class Report:
    """Lambda's report of one invocation. `init_ms` is None if the environment was warm."""

    request_id: str
    version: str
    runtime: str
    memory_mb: int
    status: Status
    error_type: str | None
    duration_ms: float
    init_ms: float | None
    max_memory_mb: int


def around(log_format: str, report: Report, messages: list[str]) -> list[str]:
    """Return a log's messages with Lambda's own lines before and after them."""
    return _json(report, messages) if log_format == "JSON" else _text(report, messages)


def _json(report: Report, messages: list[str]) -> list[str]:
    before, after = [], []
    if report.init_ms is not None:
        about = {"initializationType": "on-demand", "phase": "init", "runtimeVersion": report.runtime}
        before.append(_event("platform.initStart", about))
    before.append(_event("platform.start", {"requestId": report.request_id, "version": report.version}))
    told = {"requestId": report.request_id, "status": report.status}
    failed = told | ({"errorType": report.error_type} if report.error_type else {})
    if report.status != "success":
        after.append(_event("platform.runtimeDone", failed | {"metrics": {"durationMs": round(report.duration_ms, 3)}}))
    after.append(_event("platform.report", failed | {"metrics": _metrics(report)}))
    return [*before, *messages, *after]


def _metrics(report: Report) -> dict[str, float]:
    init = {} if report.init_ms is None else {"initDurationMs": round(report.init_ms, 2)}
    return {
        "durationMs": round(report.duration_ms, 3),
        "billedDurationMs": math.ceil(report.duration_ms + (report.init_ms or 0)),
        "memorySizeMB": report.memory_mb,
        "maxMemoryUsedMB": report.max_memory_mb,
        **init,
    }


def _event(kind: str, record: Mapping[str, object]) -> str:
    return json.dumps({"time": _now(), "type": kind, "record": record})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(report: Report, messages: list[str]) -> list[str]:
    init = [] if report.init_ms is None else [f"INIT_START Runtime Version: {report.runtime}"]
    metrics = _metrics(report)
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {metrics['durationMs']:.2f} ms",
        f"Billed Duration: {metrics['billedDurationMs']} ms",
        f"Memory Size: {report.memory_mb} MB",
        f"Max Memory Used: {report.max_memory_mb} MB",
    ]
    if report.init_ms is not None:
        parts.append(f"Init Duration: {metrics['initDurationMs']:.2f} ms")
    if report.status != "success":
        parts += [f"Status: {report.status}", *([f"Error Type: {report.error_type}"] if report.error_type else [])]
    start = f"START RequestId: {report.request_id} Version: {report.version}"
    return [*init, start, *messages, *_ended(report), f"END RequestId: {report.request_id}", "\t".join(parts)]


def _ended(report: Report) -> list[str]:
    """Return the line about an environment that ended, as the emulator writes it (internal/lambda/rapid)."""
    if report.status == "timeout":
        return [f"{_now()} {report.request_id} Task timed out after {report.duration_ms / 1000:.2f} seconds"]
    if report.error_type in {"Runtime.ExitError", "Runtime.OutOfMemory"}:
        return [f"RequestId: {report.request_id} Error: Runtime exited\n{report.error_type}"]
    return []
