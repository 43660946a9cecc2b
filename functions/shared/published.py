"""Which run of a date people see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.json_objects import read_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def published_run(s3: S3Client, curated_bucket: str, snapshot_date: str) -> str | None:
    """Return the run that is published for a date; None where none was, or `ops unpublish` withdrew it."""
    found = read_json(s3, curated_bucket, keys.published(snapshot_date))
    return str(found["run_id"]) if found and found["run_id"] else None


def publication(snapshot_date: str | None, run_id: str | None) -> bytes:
    """Return the object that says which run of a date people see; a withdrawn date has neither.

    It stays where it lies: its age is since when the run before is out of sight.
    """
    line = json.dumps({"snapshot_date": snapshot_date, "run_id": run_id}, separators=(",", ":"))
    return f"{line}\n".encode()
