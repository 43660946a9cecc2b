"""Add to a run's ledger row what is known only at the run's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.json_objects import read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def enter_cost(s3: S3Client, bucket: str, run_id: str, usd: float) -> None:
    """Write the run's cost into its row; a run without a row stays without one."""
    key = keys.run_record(run_id)
    row = read_json(s3, bucket, key)
    if row is not None:
        write_json(s3, bucket, key, row | {"cost_usd": usd})
