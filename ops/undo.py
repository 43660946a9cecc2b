"""Switch a date back to the run that was published before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared import keys
from ops import locks
from ops.athena import ask
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.stack import Stack

EARLIER = """
SELECT r.run_id
FROM runs AS r
WHERE r.snapshot_date = CAST(? AS date) AND r.outcome IN ('published', 'partial') AND r.run_id <> ?
ORDER BY r.finished_at DESC, r.run_id DESC
"""


def undo(stack: Stack, snapshot_date: str) -> tuple[str, str]:
    """Publish the date's previous run again; return (the run shown before, the run shown now).

    Raises:
        OpsError: nothing is published, an execution works on the date, or no earlier run is left.
    """
    s3, bucket, key = stack.client("s3"), stack.outputs["curated_bucket"], keys.published(snapshot_date)
    held = locks.holder_of(stack, locks.lock_id(snapshot_date))
    if held and held.alive:
        raise OpsError(f"{held.holder} works on {snapshot_date}. Wait until it has ended.")
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchKey":
            raise
        raise OpsError(f"Nothing is published for {snapshot_date}, so there is nothing to undo.") from exc
    shown = json.loads(answer["Body"].read())["run_id"]
    earlier = [str(run) for (run,) in ask(stack, EARLIER, [f"'{snapshot_date}'", f"'{shown}'"]).rows]
    back_to = next((run for run in earlier if _is_whole(stack, snapshot_date, run)), None)
    if back_to is None:
        raise OpsError(
            f"No earlier run of {snapshot_date} is left: it had none, or it was deleted after supersededGraceMinutes. "
            f"The date still shows {shown}."
        )
    line = json.dumps({"snapshot_date": snapshot_date, "run_id": back_to}, separators=(",", ":")) + "\n"
    s3.put_object(Bucket=bucket, Key=key, Body=line.encode(), ContentType="application/json", IfMatch=answer["ETag"])
    return shown, back_to


def _is_whole(stack: Stack, snapshot_date: str, run_id: str) -> bool:
    """Return whether a run still has a partition and an object in every table."""
    glue, s3 = stack.client("glue"), stack.client("s3")
    for table in keys.TABLES:
        try:
            glue.get_partition(
                DatabaseName=stack.outputs["lake_database"], TableName=table, PartitionValues=[snapshot_date, run_id]
            )
        except glue.exceptions.EntityNotFoundException:
            return False
        prefix = keys.partition(table, snapshot_date, run_id)
        if not s3.list_objects_v2(Bucket=stack.outputs["curated_bucket"], Prefix=prefix, MaxKeys=1).get("KeyCount"):
            return False
    return True
