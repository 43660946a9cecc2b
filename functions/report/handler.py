"""The Lambda that writes a run's report."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from functions.report.collect import QUESTIONS, Sources, gather
from functions.report.ledger import enter_cost
from functions.report.page import render
from functions.report.storage import put
from functions.report.usage import Compute
from functions.shared.athena import Library
from functions.shared.aws import aws_errors
from functions.shared.entry import entry
from functions.shared.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.shared.events import ReportResult, RunRequest


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra; `memory_mb` has the other functions' memory by name."""

    curated_bucket: str
    workgroup: str
    views_database: str
    lake_database: str
    architecture: str
    memory_mb: dict[str, int]

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(
            curated_bucket=os.environ["CURATED_BUCKET"],
            workgroup=os.environ["WORKGROUP"],
            views_database=os.environ["VIEWS_DATABASE"],
            lake_database=os.environ["LAKE_DATABASE"],
            architecture=os.environ["ARCHITECTURE"],
            memory_mb=json.loads(os.environ["MEMORY_MB"]),
        )


@entry
def handler(event: RunRequest, context: LambdaContext) -> ReportResult:
    """Write the page of a run so far, and its cost into the ledger; a repeated call writes both again.

    For a rehearsal both are made and not kept, since they would stand beside real runs.
    """
    settings = Settings.from_environment()
    run = event["run"]
    s3 = boto3.client("s3")
    sources = Sources(
        states=boto3.client("stepfunctions"),
        s3=s3,
        curated_bucket=settings.curated_bucket,
        library=Library(
            boto3.client("athena"), settings.workgroup, settings.views_database, settings.lake_database, QUESTIONS
        ),
        compute=Compute(settings.architecture, settings.memory_mb | {"report": int(context.memory_limit_in_mb)}),
        has_console="AWS_ENDPOINT_URL" not in os.environ,  # embedded AWS has no console
    )
    with aws_errors(f"collect the report of {run['run_id']}"):
        report = gather(sources, run["execution_arn"], run["run_id"])
    page = render(report)
    if run["mode"] == "rehearsal":
        return {"size_bytes": 0, "cost": report.cost}
    enter_cost(s3, settings.curated_bucket, report.run.run_id, report.cost["usd"])
    key, size = put(s3, settings.curated_bucket, report.run.run_id, page)
    scanned = report.answers.scanned
    result: ReportResult = {"key": key, "size_bytes": size, "cost": report.cost, "bytes_scanned": scanned}
    logger.info("reported", extra={"result": result, "silent": report.answers.silent})
    return result
