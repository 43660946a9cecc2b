"""List-price cost of a day and a month in us-east-1, from what the last measured demo did; no free tier."""

from __future__ import annotations

import json
import re
from typing import Any, TypedDict

from bench.transform import ROOT

# USD, November 2026, from the services' public price pages.
TRANSITION = 0.025 / 1000
LAMBDA_GB_SECOND = 0.0000133334  # arm64
LAMBDA_REQUEST = 0.20 / 1e6
CRAWLER_HOUR = 2 * 0.44  # two DPUs, at least ten minutes a crawl
CRAWL_LEAST_HOURS = 10 / 60
ATHENA_BYTE = 5.0 / 1e12
ATHENA_LEAST_BYTES = 10e6
S3_PUT = 0.005 / 1000
S3_GET = 0.0004 / 1000
S3_OBJECTS_AN_INPUT = 3  # put by extract, listed and read by the others
SECRET_MONTH = 0.40
KEY_MONTH = 1.00
ALARMS_AND_LOGS_MONTH = 0.50
DAYS = 30

LAMBDA_OF_STATE = {
    "Resolve the run": "resolve",
    "Extract": "extract",
    "Freeze the inputs": "freeze",
    "Transform": "transform",
    "Publish": "publish",
    "Sweep": "sweep",
    "Write the report": "report",
}


class CostMeasure(TypedDict):
    """USD of a day's run, of a month of them with what is paid by the month, and of each service a day."""

    day_usd: float
    month_usd: float
    by_service: dict[str, float]


def measure() -> CostMeasure:
    """Return the cost of a day like the demo's, by what it did. Waiting for Spotify costs nothing but transitions."""
    done = json.loads((ROOT / ".local" / "bench.json").read_text())["demo"]
    summary = json.loads((ROOT / ".local" / "summary.json").read_text())
    by_service = {
        "step_functions": done["transitions"] * TRANSITION,
        "lambda": _lambda(done["states_s"]),
        "glue_crawler": CRAWLER_HOUR * CRAWL_LEAST_HOURS,
        "athena": max(summary["audit"]["bytes_scanned"], ATHENA_LEAST_BYTES) * ATHENA_BYTE,
        "s3_requests": _s3(summary),
    }
    day = sum(by_service.values())
    month = day * DAYS + SECRET_MONTH + KEY_MONTH + ALARMS_AND_LOGS_MONTH
    return {"day_usd": day, "month_usd": month, "by_service": by_service}


def _lambda(states_s: dict[str, float]) -> float:
    program = (ROOT / "__main__.py").read_text()
    sizes = re.findall(r'function\(\s*"(\w+)",.*?memory_mb=(\d+)', program, re.DOTALL)
    memory_gb = {name: int(megabytes) / 1024 for name, megabytes in sizes}
    return sum(
        seconds * memory_gb[LAMBDA_OF_STATE[state]] * LAMBDA_GB_SECOND + LAMBDA_REQUEST
        for state, seconds in states_s.items()
        if state in LAMBDA_OF_STATE
    )


def _s3(summary: dict[str, Any]) -> float:
    objects: int = summary["freeze"]["objects"]
    written = sum(table["parts"] for table in summary["transform"]["tables"].values())
    return float((objects + written) * (S3_PUT + S3_OBJECTS_AN_INPUT * S3_GET))
