"""The Lambda that freezes a run's inputs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from functions.freeze.inputs import Found, FrozenInputs, freeze
from functions.shared import keys
from functions.shared.aws import aws_errors
from functions.shared.entry import entry
from functions.shared.json_objects import read_json, write_json
from functions.shared.logs import logger
from functions.shared.published import published_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

    from functions.shared.events import FreezeResult, RunRequest


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    raw_bucket: str
    curated_bucket: str

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(raw_bucket=os.environ["RAW_BUCKET"], curated_bucket=os.environ["CURATED_BUCKET"])


@entry
def handler(event: RunRequest, _context: LambdaContext) -> FreezeResult:
    """Write the run's list of inputs, or return the list of an earlier attempt: a retry reads the same objects."""
    settings = Settings.from_environment()
    s3 = boto3.client("s3")
    run = event["run"]
    key = (keys.rehearsed_inputs if run["mode"] == "rehearsal" else keys.frozen_inputs)(run["run_id"])
    published = published_run(s3, settings.curated_bucket, run["snapshot_date"])
    before = _frozen_before(s3, settings.raw_bucket, keys.frozen_inputs(published)) if published else None
    inputs = _frozen_before(s3, settings.raw_bucket, key) or _freeze_now(s3, settings.raw_bucket, event, key, before)
    result: FreezeResult = {
        "key": key,
        "digest": inputs["digest"],
        "objects": len(inputs["objects"]),
        "size_bytes": sum(found["size_bytes"] for found in inputs["objects"]),
    }
    if reasons := inputs.get("incomplete"):
        result["incomplete"] = reasons
    if published and before and before["digest"] == inputs["digest"]:
        result["already_published"] = published
    logger.info("frozen", extra={"result": result})
    return result


def _frozen_before(s3: S3Client, bucket: str, key: str) -> FrozenInputs | None:
    found = read_json(s3, bucket, key)
    return FrozenInputs(**found) if found else None  # type: ignore[typeddict-item]  # we wrote it ourselves


def _freeze_now(s3: S3Client, bucket: str, event: RunRequest, key: str, published: FrozenInputs | None) -> FrozenInputs:
    run = event["run"]
    found = [
        *_objects(s3, bucket, keys.raw_date(run["snapshot_date"])),
        *_objects(s3, bucket, keys.inbox_date(run["snapshot_date"])),
    ]
    inputs = freeze(run, found, bucket, read_json(s3, bucket, keys.manifest(run["snapshot_date"])), published)
    try:
        write_json(s3, bucket, key, inputs, if_none_match=True)
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict"}:
            raise
        return _frozen_before(s3, bucket, key) or inputs
    return inputs


def _objects(s3: S3Client, bucket: str, prefix: str) -> Iterator[Found]:
    with aws_errors(f"list s3://{bucket}/{prefix}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield {
                    "key": entry["Key"],
                    "etag": entry["ETag"],
                    "size_bytes": entry["Size"],
                    "last_modified": entry["LastModified"].isoformat().replace("+00:00", "Z"),
                }
