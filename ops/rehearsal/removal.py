"""Find and delete what rehearsals left: objects, partitions and the date's lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.shared import keys
from ops.errors import OpsError
from ops.repair import locks
from ops.terminal.output import counted

if TYPE_CHECKING:
    from ops.stack import Stack

DATE = keys.REHEARSAL_DATE
AT_ONCE = 1000  # DeleteObjects takes no more
PARTITIONS_AT_ONCE = 25  # BatchDeletePartition takes no more


@dataclass(frozen=True)
class Leftovers:
    """Keys by bucket, partitions by table, and the date's lock if its holder has ended."""

    objects: dict[str, list[str]]
    partitions: dict[str, list[list[str]]]
    lock: locks.Held | None

    def told(self) -> str:
        """Return the leftovers in words, or "" if there are none."""
        objects = sum(len(found) for found in self.objects.values())
        partitions = sum(len(found) for found in self.partitions.values())
        counts = [counted(objects, "object")] * bool(objects) + [counted(partitions, "partition")] * bool(partitions)
        return ", ".join(counts + ["the date's lock"] * bool(self.lock))


def find(stack: Stack) -> Leftovers:
    """Return everything under the date that only rehearsals use."""
    raw, curated = stack.outputs["raw_bucket"], stack.outputs["curated_bucket"]
    prefixes = {
        raw: [keys.raw_date(DATE), keys.REHEARSED_INPUTS],
        curated: [f"{keys.table_prefix(table)}snapshot_date={DATE}/" for table in keys.TABLES],
    }
    objects = {
        bucket: [key for prefix in each for key in _keys(stack, bucket, prefix)] for bucket, each in prefixes.items()
    }
    held = locks.holder_of(stack, locks.lock_id(DATE))
    return Leftovers(
        objects, {table: _partitions(stack, table) for table in keys.TABLES}, held if held and not held.alive else None
    )


def remove(stack: Stack, found: Leftovers) -> None:
    """Delete leftovers: partitions first, so that no query plans a deleted file.

    Raises:
        OpsError: S3 or Glue kept some of it.
    """
    glue, s3, kept = stack.client("glue"), stack.client("s3"), []
    for table, values in found.partitions.items():
        for start in range(0, len(values), PARTITIONS_AT_ONCE):
            answer = glue.batch_delete_partition(
                DatabaseName=stack.outputs["lake_database"],
                TableName=table,
                PartitionsToDelete=[{"Values": each} for each in values[start : start + PARTITIONS_AT_ONCE]],
            )
            kept += answer.get("Errors", [])
    for bucket, all_keys in found.objects.items():
        for start in range(0, len(all_keys), AT_ONCE):
            doomed = [{"Key": key} for key in all_keys[start : start + AT_ONCE]]
            kept += s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True}).get("Errors", [])
    if found.lock:
        locks.release(stack, found.lock)
    if kept:
        raise OpsError(
            f"AWS did not delete everything that a rehearsal wrote: {kept[0]}. Remove the cause and rehearse again."
        )


def _keys(stack: Stack, bucket: str, prefix: str) -> list[str]:
    pages = stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def _partitions(stack: Stack, table: str) -> list[list[str]]:
    pages = (
        stack.client("glue")
        .get_paginator("get_partitions")
        .paginate(
            DatabaseName=stack.outputs["lake_database"],
            TableName=table,
            Expression=f"snapshot_date = '{DATE}'",
            ExcludeColumnSchema=True,
        )
    )
    return [each["Values"] for page in pages for each in page["Partitions"]]
