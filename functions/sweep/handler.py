"""The Lambda that sweeps the lake after a publication."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3

from functions.shared.entry import entry
from functions.shared.logs import logger
from functions.sweep import rehearsal
from functions.sweep.lake import Lake
from functions.sweep.sweep import sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.shared.events import RunRequest, SweepResult


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    raw_bucket: str
    curated_bucket: str
    lake_database: str
    lock_table: str
    grace: timedelta
    retention: timedelta

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(
            raw_bucket=os.environ["RAW_BUCKET"],
            curated_bucket=os.environ["CURATED_BUCKET"],
            lake_database=os.environ["LAKE_DATABASE"],
            lock_table=os.environ["LOCK_TABLE"],
            grace=timedelta(minutes=float(os.environ["SUPERSEDED_GRACE_MINUTES"])),
            retention=timedelta(days=int(os.environ["RETENTION_DAYS"])),
        )


@entry
def handler(event: RunRequest, _context: LambdaContext) -> SweepResult:
    """Delete superseded, failed and expired runs, or what a rehearsal wrote; repeating it is harmless."""
    settings = Settings.from_environment()
    run = event["run"]
    lake = Lake(
        s3=boto3.client("s3"),
        glue=boto3.client("glue"),
        dynamodb=boto3.client("dynamodb"),
        bucket=settings.curated_bucket,
        database=settings.lake_database,
        lock_table=settings.lock_table,
    )
    if run["mode"] == "rehearsal":
        result = rehearsal.remove(lake, settings.raw_bucket)
    else:
        result = sweep(
            lake,
            own_date=run["snapshot_date"],
            now=datetime.now(UTC),
            grace=settings.grace,
            retention=settings.retention,
        )
    logger.info("swept", extra={"result": result})
    return result
