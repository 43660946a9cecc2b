"""The records that a run rejected, also a failed run's: read from its objects, since views show published runs only."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared import keys
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.stack import Stack

COLUMNS = ["dataset", "record_id", "reasons", "source_key", "source_line", "record"]


def records_of(stack: Stack, run_id: str) -> list[dict[str, object]]:
    """Return the records that a run rejected, in the order of their objects and lines.

    Raises:
        OpsError: the ledger has no such run, or its objects are gone or were never written.
    """
    import pyarrow.parquet as pq  # takes a third of a second

    s3, bucket = stack.client("s3"), stack.outputs["curated_bucket"]
    prefix = keys.partition("quarantine", _date_of(stack, run_id), run_id)
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    if not found:
        raise OpsError(
            f"Run {run_id} has no refused records in s3://{bucket}/{prefix}: it failed before it read its inputs, or "
            "its objects were deleted, as those of a failed or superseded run are after supersededGraceMinutes."
        )
    rows = []
    for each in found:
        body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        rows += pq.read_table(BytesIO(body), columns=COLUMNS).to_pylist()
    return [{**row, "reasons": "; ".join(row["reasons"])} for row in sorted(rows, key=_order)]


def _order(row: dict[str, object]) -> tuple[str, ...]:
    return str(row["source_key"]), f"{row['source_line']:010}", str(row["record_id"]), str(row["record"])


def _date_of(stack: Stack, run_id: str) -> str:
    """Return the date of a run in the ledger."""
    s3, bucket = stack.client("s3"), stack.outputs["curated_bucket"]
    try:
        body = s3.get_object(Bucket=bucket, Key=keys.run_record(run_id))["Body"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchKey":
            raise
        raise OpsError(f"The ledger has no run {run_id}. `ops history` lists the runs.") from exc
    return str(json.loads(body.read())["snapshot_date"])
