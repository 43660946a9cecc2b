"""Switch a date back to the run that was published before, or withdraw it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from botocore.exceptions import ClientError

from functions.shared import keys
from functions.shared.published import publication
from ops.athena import ask
from ops.errors import OpsError
from ops.repair import locks

if TYPE_CHECKING:
    from ops.stack import Stack

EARLIER = """
SELECT r.run_id
FROM runs AS r
WHERE r.snapshot_date = CAST(? AS date) AND r.outcome IN ('published', 'partial') AND r.run_id <> ?
ORDER BY r.finished_at DESC, r.run_id DESC
"""


def undo(stack: Stack, snapshot_date: str) -> tuple[str | None, str]:
    """Publish the date's previous run again; return (the run shown before, the run shown now).

    Raises:
        OpsError: nothing was published, an execution works on the date, or no earlier run is left.
    """
    shown, etag = _shown(stack, snapshot_date)
    earlier = [str(run) for (run,) in ask(stack, EARLIER, [f"'{snapshot_date}'", f"'{shown}'"]).rows]
    back_to = next((run for run in earlier if _is_whole(stack, snapshot_date, run)), None)
    if back_to is None:
        raise OpsError(
            f"No earlier run of {snapshot_date} is left: it had none, or it was deleted after supersededGraceMinutes. "
            f"The date still shows {shown}."
        )
    _publish(stack, snapshot_date, publication(snapshot_date, back_to), etag)
    return shown, back_to


def shown_run(stack: Stack, snapshot_date: str) -> str:
    """Return the run that is published for a date.

    Raises:
        OpsError: none is, or an execution works on the date.
    """
    shown, _ = _shown(stack, snapshot_date)
    if shown is None:
        _refuse(snapshot_date)
    return shown


def unpublish(stack: Stack, snapshot_date: str) -> None:
    """Withdraw a date: no view shows any run of it, and its run is deleted after the grace period.

    Raises:
        OpsError: nothing is published, or an execution works on the date.
    """
    shown, etag = _shown(stack, snapshot_date)
    if shown is None:
        _refuse(snapshot_date)
    _publish(stack, snapshot_date, publication(None, None), etag)


def _shown(stack: Stack, snapshot_date: str) -> tuple[str | None, str]:
    """Return the run that a date shows (None: it was withdrawn), and the ETag of the object that says so."""
    held = locks.holder_of(stack, locks.lock_id(snapshot_date))
    if held and held.alive:
        raise OpsError(f"{held.holder} is running for {snapshot_date}. Wait until it has ended.")
    try:
        answer = stack.client("s3").get_object(
            Bucket=stack.outputs["curated_bucket"], Key=keys.published(snapshot_date)
        )
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchKey":
            raise
        _refuse(snapshot_date)
    return json.loads(answer["Body"].read())["run_id"], answer["ETag"]


def _refuse(snapshot_date: str) -> NoReturn:
    raise OpsError(f"Nothing is published for {snapshot_date}, so nothing was changed.")


def _publish(stack: Stack, snapshot_date: str, body: bytes, etag: str) -> None:
    stack.client("s3").put_object(
        Bucket=stack.outputs["curated_bucket"],
        Key=keys.published(snapshot_date),
        Body=body,
        ContentType="application/json",
        IfMatch=etag,
    )


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
