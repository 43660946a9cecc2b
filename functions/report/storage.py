"""Store the pages: one object per run in the curated bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.aws import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def put(s3: S3Client, bucket: str, run_id: str, page: str) -> tuple[str, int]:
    """Write a run's page and return its key and its size in bytes."""
    key, body = keys.report(run_id), page.encode("utf-8", "backslashreplace")
    with aws_errors(f"write s3://{bucket}/{key}"):
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/html; charset=utf-8")
    return key, len(body)
