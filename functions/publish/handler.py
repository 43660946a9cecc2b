"""The Lambda that publishes a run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from functions.publish.ledger import row
from functions.publish.metrics import measure
from functions.shared import keys, partial
from functions.shared.entry import entry
from functions.shared.json_objects import write_json
from functions.shared.logs import logger
from functions.shared.published import published_run

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.shared.events import PublishRequest, PublishResult


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    curated_bucket: str
    metric_namespace: str

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(curated_bucket=os.environ["CURATED_BUCKET"], metric_namespace=os.environ["METRIC_NAMESPACE"])


@entry
def handler(event: PublishRequest, context: LambdaContext) -> PublishResult:
    """Publish this run for its date by one PUT, then enter it in the ledger. Safe to repeat."""
    settings = Settings.from_environment()
    bucket = settings.curated_bucket
    s3 = boto3.client("s3")
    run = event["run"]
    superseded = published_run(s3, bucket, run["snapshot_date"])
    write_json(
        s3,
        bucket,
        keys.published(run["snapshot_date"]),
        {"snapshot_date": run["snapshot_date"], "run_id": run["run_id"]},
    )
    ledger_row = row(event, finished_at=datetime.now(UTC))
    write_json(s3, bucket, keys.run_record(run["run_id"]), ledger_row)
    result: PublishResult = {"outcome": ledger_row["outcome"], "published_at": ledger_row["finished_at"]}
    if superseded and superseded != run["run_id"]:
        result["superseded"] = superseded
    if ledger_row["outcome"] == "partial":
        result["reasons"] = partial.reasons(event["extract"], event["freeze"])
        result["completed_by"] = partial.completed_by(run["snapshot_date"], result["reasons"])
    measure(settings.metric_namespace, ledger_row, context.aws_request_id)
    logger.info("published", extra={"result": result})
    return result
