"""Which run of a date people see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.json_objects import read_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def published_run(s3: S3Client, curated_bucket: str, snapshot_date: str) -> str | None:
    """Return the run that is published for a date, or None."""
    found = read_json(s3, curated_bucket, keys.published(snapshot_date))
    return str(found["run_id"]) if found else None
