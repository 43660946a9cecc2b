"""Read which run of a date is published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.json_objects import read_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def published_run(s3: S3Client, curated_bucket: str, snapshot_date: str) -> str | None:
    """Return the published run of a date; None if there is none, or `ops unpublish` withdrew it."""
    found = read_json(s3, curated_bucket, keys.published(snapshot_date))
    return str(found["run_id"]) if found and found["run_id"] else None


def publication(snapshot_date: str | None, run_id: str | None) -> bytes:
    """Return the object that names the published run of a date; a withdrawn date names none.

    The object stays in place: its age is the time since the previous run was hidden.
    """
    line = json.dumps({"snapshot_date": snapshot_date, "run_id": run_id}, separators=(",", ":"))
    return f"{line}\n".encode()
