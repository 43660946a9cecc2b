"""AWS's list prices for what the pipeline uses: one region, without free tier, taxes or discounts.

One table for the ledger's `cost_usd`, the report, the command line and `make bench`. It was compared in November 2026
with copies of AWS's price pages and with what others wrote about them, the newest of June 2026. A region in Europe asks
up to a tenth more for S3 requests and the same, within a few per cent, for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

REGION = "us-east-1"
AS_OF = "November 2026"

Item = Literal[
    "transitions", "lambda_arm64", "lambda_x86_64", "invocations", "crawler", "athena", "s3_writes", "s3_reads",
    "lock_writes", "lock_reads", "secret_reads", "alerts",
]  # fmt: skip
Rent = Literal["secret", "key", "alarm", "metric", "dashboard", "storage", "logs", "key_requests"]


@dataclass(frozen=True)
class Price:
    """USD for one unit of something; `page` is where AWS says so, below https://aws.amazon.com/.

    `free` is how many units per month AWS never bills to an account (https://aws.amazon.com/free, "always free").
    """

    usd: float
    unit: str
    what: str
    page: str
    free: float = 0


PRICES: dict[Item, Price] = {
    "transitions": Price(
        25e-6, "state transitions, including retries", "Step Functions", "step-functions/pricing", 4_000
    ),
    "lambda_arm64": Price(13.3334e-6, "GB-seconds on arm64", "Lambda: duration", "lambda/pricing", 400_000),
    "lambda_x86_64": Price(16.6667e-6, "GB-seconds on x86_64", "Lambda: duration", "lambda/pricing", 400_000),
    "invocations": Price(0.2e-6, "requests", "Lambda: requests", "lambda/pricing", 1e6),
    "crawler": Price(0.44, "DPU-hours", "Glue crawler", "glue/pricing"),
    "athena": Price(5e-6, "MB scanned", "Athena", "athena/pricing"),
    "s3_writes": Price(5e-6, "PUT and LIST requests", "S3: writing, listing", "s3/pricing"),
    "s3_reads": Price(0.4e-6, "GET requests", "S3: reading", "s3/pricing"),
    "lock_writes": Price(0.625e-6, "write units", "DynamoDB: writing locks", "dynamodb/pricing/on-demand"),
    "lock_reads": Price(0.125e-6, "read units", "DynamoDB: reading locks", "dynamodb/pricing/on-demand"),
    "secret_reads": Price(5e-6, "requests", "Secrets Manager", "secrets-manager/pricing"),
    "alerts": Price(0.5e-6, "messages", "SNS", "sns/pricing", 1e6),
}
A_MONTH: dict[Rent, Price] = {
    "secret": Price(0.40, "secrets", "Secrets Manager", "secrets-manager/pricing"),
    "key": Price(1.00, "keys", "KMS key", "kms/pricing"),
    "alarm": Price(0.10, "alarms", "CloudWatch alarms", "cloudwatch/pricing", 10),
    "metric": Price(0.30, "metrics", "CloudWatch custom metrics", "cloudwatch/pricing", 10),
    "dashboard": Price(3.00, "dashboards", "CloudWatch dashboard", "cloudwatch/pricing", 3),
    "storage": Price(0.023, "GB", "S3: storage", "s3/pricing"),
    "logs": Price(0.50, "GB", "CloudWatch logs", "cloudwatch/pricing", 5),
    "key_requests": Price(3e-6, "requests", "KMS: requests", "kms/pricing", 20_000),
}

CRAWLER_DPUS = 2  # AWS does not say how many a crawl takes; its examples have two, and bills have shown one
CRAWL_LEAST_S = 600
QUERY_LEAST_MB = 10


def dpu_hours(crawl_s: float) -> float:
    """Return the DPU hours that a crawl of so many seconds is billed for."""
    return CRAWLER_DPUS * max(ceil(crawl_s), CRAWL_LEAST_S) / 3600


def megabytes(scanned: int) -> int:
    """Return the megabytes that a query over so many bytes is billed for; a failed one is not billed."""
    return max(ceil(scanned / 1e6), QUERY_LEAST_MB)


def usd(item: Item, amount: float) -> float:
    """Return the list price of an amount."""
    return amount * PRICES[item].usd
