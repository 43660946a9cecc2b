"""The curated bucket, its partitions and its locks: what a sweep reads and deletes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.aws import aws_errors
from functions.shared.errors import StorageUnavailable
from functions.shared.json_objects import read_json
from functions.sweep.runs import Partition, Publication, StoredObject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

OBJECTS_A_CALL = 1000  # the most keys of one DeleteObjects
PARTITIONS_A_CALL = 25  # the most partitions of one BatchDeletePartition


@dataclass(frozen=True)
class Lake:
    """The buckets, tables and locks that a sweep may read and delete from."""

    s3: S3Client
    glue: GlueClient
    dynamodb: DynamoDBClient
    bucket: str
    database: str
    lock_table: str

    def objects(self) -> Iterator[StoredObject]:
        """Return every object of every table."""
        for table in keys.TABLES:
            yield from self.under(keys.table_prefix(table))

    def under(self, prefix: str) -> Iterator[StoredObject]:
        """Return every object under a prefix."""
        with aws_errors(f"list s3://{self.bucket}/{prefix}"):
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield StoredObject(entry["Key"], entry["LastModified"])

    def partitions(self) -> Iterator[Partition]:
        """Return every registered partition of every table."""
        for table in keys.TABLES:
            with aws_errors(f"list the partitions of {self.database}.{table}"):
                pages = self.glue.get_paginator("get_partitions").paginate(
                    DatabaseName=self.database, TableName=table, ExcludeColumnSchema=True
                )
                for page in pages:
                    for entry in page["Partitions"]:
                        yield Partition(table, *entry["Values"])

    def is_locked(self, snapshot_date: str) -> bool:
        """Return whether an execution holds the lock of the date."""
        with aws_errors(f"read the lock of {snapshot_date} in {self.lock_table}"):
            answer = self.dynamodb.get_item(
                TableName=self.lock_table, Key={"lock_id": {"S": keys.date_lock(snapshot_date)}}, ConsistentRead=True
            )
        return "Item" in answer

    def publication(self, snapshot_date: str) -> Publication | None:
        """Return the published run of the date (None: it was withdrawn), and its time by S3's clock."""
        key = keys.published(snapshot_date)
        found = read_json(self.s3, self.bucket, key)
        if not found:
            return None
        with aws_errors(f"read s3://{self.bucket}/{key}"):
            since = self.s3.head_object(Bucket=self.bucket, Key=key)["LastModified"]
        return Publication(found["run_id"], since)

    def delete_partitions(self, partitions: Sequence[Partition]) -> None:
        """Delete partitions; ignore a partition that is already gone.

        Raises:
            StorageUnavailable: Glue could not delete one; the next sweep tries again.
        """
        for table in keys.TABLES:
            values = [[each.snapshot_date, each.run_id] for each in partitions if each.table == table]
            for start in range(0, len(values), PARTITIONS_A_CALL):
                with aws_errors(f"delete partitions of {self.database}.{table}"):
                    answer = self.glue.batch_delete_partition(
                        DatabaseName=self.database,
                        TableName=table,
                        PartitionsToDelete=[{"Values": pair} for pair in values[start : start + PARTITIONS_A_CALL]],
                    )
                left = [
                    each
                    for each in answer.get("Errors", [])
                    if each.get("ErrorDetail", {}).get("ErrorCode") != "EntityNotFoundException"
                ]
                if left:
                    raise StorageUnavailable(f"Glue did not delete partitions of {self.database}.{table}: {left}.")

    def delete_objects(self, doomed: Sequence[str]) -> None:
        """Delete objects by key.

        Raises:
            StorageUnavailable: S3 could not delete one; the next sweep tries again.
        """
        for start in range(0, len(doomed), OBJECTS_A_CALL):
            with aws_errors(f"delete objects of s3://{self.bucket}"):
                answer = self.s3.delete_objects(
                    Bucket=self.bucket,
                    Delete={"Objects": [{"Key": key} for key in doomed[start : start + OBJECTS_A_CALL]], "Quiet": True},
                )
            if answer.get("Errors"):
                raise StorageUnavailable(f"S3 did not delete objects of s3://{self.bucket}: {answer['Errors']}.")
