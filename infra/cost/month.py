"""Compute a stack's cost per month at list price, line by line, and the part that the free tier covers.

The guide to deploying, the README, `make bench` and the default budget all use this computation. The usage of a day is
counted as in the report (`functions.report.usage`), for a daily run that spends all its budgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from functions.report.usage import WRITES_OF_A_SPOTIFY_CALL
from functions.shared.prices import A_MONTH, PRICES, Price, dpu_hours, megabytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.shared.prices import Item, Rent
    from infra.settings import Settings

DAYS = 30
ALARMS, METRICS = 10, 6
CRAWL_S = 120
QUERIES = 1 + len(list(Path(__file__).parents[2].glob("functions/*/questions/*.sql")))
"""The queries of a run: the audit, and those of the report and the digest."""
OTHER_WRITES, OTHER_READS = 50, 100
"""S3 requests per day that do not depend on Spotify's responses: locks of runs, lists, tables, results, the page."""
EXTRACT_OVERHEAD_S, TRANSFORM_S, SMALL_GB_S = 20, 15, 20
EXTRACT_GB, TRANSFORM_GB = 0.5, 3
STORED_GB, LOGGED_GB = 1.0, 0.05
KEY_REQUESTS = 5_000
"""KMS requests per month, with bucket keys."""


@dataclass(frozen=True)
class Line:
    """One line of the bill: an amount per month, its list price, and the price after the free tier, in USD."""

    what: str
    amount: float
    unit: str
    price: float
    usd: float
    billed: float

    @classmethod
    def of(cls, price: Price, amount: float) -> Line:
        """Return the line of an amount."""
        billed = max(amount - price.free, 0) * price.usd
        return cls(price.what, amount, price.unit, price.usd, amount * price.usd, billed)


def month(settings: Settings) -> list[Line]:
    """Return the lines of a month of daily runs, the most expensive first; other lines are below a cent together."""
    used = day(settings)
    lines = [
        *(Line.of(PRICES[item], amount * DAYS) for item, amount in used.items()),
        *(Line.of(A_MONTH[rent], amount) for rent, amount in rented(settings).items()),
    ]
    return sorted(lines, key=lambda line: -line.billed)


def day(settings: Settings) -> Mapping[Item, float]:
    """Return the usage of a daily run that spends every budget of the stack."""
    calls = sum(settings.budgets.values())
    extract_s = calls * 30 / settings.calls_per_30_seconds + EXTRACT_OVERHEAD_S
    gb_s = extract_s * EXTRACT_GB + TRANSFORM_S * TRANSFORM_GB + SMALL_GB_S
    return {
        "transitions": 47,
        "lambda_x86_64" if settings.architecture == "x86_64" else "lambda_arm64": gb_s,
        "invocations": 12,
        "crawler": dpu_hours(CRAWL_S),
        "athena": QUERIES * megabytes(0),
        "s3_writes": WRITES_OF_A_SPOTIFY_CALL * calls + OTHER_WRITES,
        "s3_reads": calls + OTHER_READS,
        "lock_writes": 6,
        "lock_reads": 2,
        "secret_reads": 2,
        "alerts": 2,
    }


def rented(settings: Settings) -> Mapping[Rent, float]:
    """Return the amounts that a stack pays for by the month, whether it runs or not."""
    own_key = settings.customer_managed_key and not settings.kms_key_arn
    return {
        "secret": 1,
        "key": int(own_key),
        "alarm": ALARMS,
        "metric": METRICS,
        "dashboard": 1,
        "storage": STORED_GB,
        "logs": LOGGED_GB,
        "key_requests": KEY_REQUESTS * settings.customer_managed_key,
    }


def total(lines: list[Line]) -> tuple[float, float]:
    """Return the month's list price, and the bill if this stack alone uses the free tier."""
    return sum(line.usd for line in lines), sum(line.billed for line in lines)
