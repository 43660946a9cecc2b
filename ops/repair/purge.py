"""Delete all data from Spotify, in every version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.shared import keys
from local.selection import LOCAL
from ops.errors import OpsError
from ops.stack import state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.stack import Stack

"""The folder in which `ops report` keeps pages; a demo keeps its own beside its state."""


@dataclass(frozen=True)
class Doomed:
    """The object versions that a purge deletes from one bucket."""

    bucket: str
    versions: list[dict[str, str]]


def plan(stack: Stack, *, keep: frozenset[str] = frozenset({keys.WATCHLIST})) -> list[Doomed]:
    """Return every object version of the three buckets except under the keys to keep."""
    s3 = stack.client("s3")
    names = [stack.outputs["raw_bucket"], stack.outputs["curated_bucket"], stack.outputs["results_bucket"]]
    return [Doomed(name, [each for each in _versions(s3, name) if each["Key"] not in keep]) for name in names]


def purge(stack: Stack, doomed: list[Doomed]) -> int:
    """Delete partitions first, then the objects; return how many versions were deleted.

    Raises:
        OpsError: S3 kept some versions; then no message claims that the rest is gone.
    """
    _drop_partitions(stack)
    s3 = stack.client("s3")
    for each in doomed:
        for start in range(0, len(each.versions), 1000):
            answer = s3.delete_objects(
                Bucket=each.bucket, Delete={"Objects": each.versions[start : start + 1000], "Quiet": True}
            )
            if answer.get("Errors"):
                raise OpsError(
                    f"S3 did not delete objects of {each.bucket}: {answer['Errors'][0]}. "
                    "Remove the cause and purge again."
                )
    return sum(len(each.versions) for each in doomed)


def pages_here(doomed: list[Doomed]) -> int:
    """Delete the report pages and the feed kept on this machine, if they are purged; return how many files."""
    names = {each["Key"].removeprefix("reports/") for bucket in doomed for each in bucket.versions}
    folders = {LOCAL / "reports", state() / "reports"}
    here = [file for folder in folders for file in folder.glob("*") if file.name in names]
    for file in here:
        file.unlink()
    return len(here)


def _versions(s3: Any, bucket: str) -> Iterator[dict[str, str]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            yield {"Key": each["Key"], "VersionId": each["VersionId"]}


def _drop_partitions(stack: Stack) -> None:
    glue, database = stack.client("glue"), stack.outputs["lake_database"]
    for table in keys.TABLES:
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName=table, ExcludeColumnSchema=True
        )
        values = [{"Values": each["Values"]} for page in pages for each in page["Partitions"]]
        for start in range(0, len(values), 25):
            glue.batch_delete_partition(
                DatabaseName=database, TableName=table, PartitionsToDelete=values[start : start + 25]
            )
