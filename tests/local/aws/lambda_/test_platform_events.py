"""The lines that Lambda adds to a log: which, in what order, and what is billed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.aws.lambda_.platform_events import Report, around

WARM = Report("id", "1", "python3.13", 128, "success", None, 1.0, None, 64)


def _lines(log_format: str, **change: Any) -> list[str]:
    """Return the lines around a message: the kinds of events, or the first words of texts."""
    found = around(log_format, Report(**{**WARM.__dict__, **change}), ["message"])
    if log_format == "JSON":
        return [line if line == "message" else json.loads(line)["type"].removeprefix("platform.") for line in found]
    return [" ".join(line.split("\t")[-1].split()[:2]) for line in found]


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        pytest.param({}, ["start", "message", "report"], id="warm"),
        pytest.param({"init_ms": 0.0}, ["initStart", "start", "message", "report"], id="cold"),
        pytest.param({"status": "error"}, ["start", "message", "runtimeDone", "report"], id="failed"),
    ],
)
def test_events_come_in_their_order(change: dict[str, Any], kinds: list[str]) -> None:
    assert _lines("JSON", **change) == kinds


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        pytest.param({}, ["START RequestId:", "message", "END RequestId:", "Max Memory"], id="warm"),
        pytest.param(
            {"init_ms": 0.0}, ["INIT_START Runtime", "START RequestId:", "message", "END RequestId:", "Init Duration:"],
            id="cold",
        ),
        pytest.param(
            {"status": "error", "error_type": "Runtime.ExitError"},
            ["START RequestId:", "message", "RequestId: id", "END RequestId:", "Error Type:"], id="exited",
        ),
        pytest.param(
            {"status": "error"}, ["START RequestId:", "message", "END RequestId:", "Status: error"], id="failed"
        ),
    ],
)  # fmt: skip
def test_texts_come_in_their_order(change: dict[str, Any], texts: list[str]) -> None:
    assert _lines("Text", **change) == texts


@pytest.mark.parametrize(
    ("duration_ms", "init_ms", "billed"),
    [(1.0, None, 1), (1.001, None, 2), (1.0, 0.0, 1), (1.0, 0.5, 2), (2.5, 1.5, 4)],
)
def test_a_call_is_billed_by_the_millisecond_with_its_start(
    duration_ms: float, init_ms: float | None, billed: int
) -> None:
    report = Report(**{**WARM.__dict__, "duration_ms": duration_ms, "init_ms": init_ms})
    (last,) = around("JSON", report, [])[-1:]
    metrics = json.loads(last)["record"]["metrics"]
    assert (metrics["billedDurationMs"], metrics.get("initDurationMs")) == (billed, init_ms)
