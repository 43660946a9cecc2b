"""Read the published data of a stack from S3 with the caller's own rights: Parquet by date, and the run ledger."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.fs import S3FileSystem

from functions.shared import contract, keys
from infra.rendering.ledger import RUNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ops.stack import Stack

READERS = 16
OF_A_DATE = re.compile(r"published/(\d{4}-\d{2}-\d{2})\.json")
SCALARS = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
}
MAP = re.compile(r"map<(\w+),(\w+)>")


@dataclass(frozen=True)
class Lake:
    """The curated bucket of a stack."""

    stack: Stack

    @property
    def bucket(self) -> str:
        """Return its name."""
        return self.stack.outputs["curated_bucket"]

    @cached_property
    def published(self) -> dict[str, str]:
        """Return the published run of each date, in order, as S3 lists them."""
        found = [match[1] for key in self._keys("published/") if (match := OF_A_DATE.fullmatch(key))]
        runs = self._each(found, lambda date: self._json(keys.published(date))["run_id"])
        return {date: str(run) for date, run in runs if run}  # none: the date was withdrawn

    def dataset(self, table: str, dates: Iterable[str]) -> ds.Dataset:
        """Return a table's published rows of some dates; columns that an older contract did not have are null."""
        paths, partitions = [], []
        for snapshot_date in dates:
            run = self.published[snapshot_date]
            for key in self._keys(keys.partition(table, snapshot_date, run)):
                paths.append(f"{self.bucket}/{key}")
                partitions.append((ds.field("snapshot_date") == snapshot_date) & (ds.field("run_id") == run))
        return ds.FileSystemDataset.from_paths(
            paths, schema(table), ds.ParquetFileFormat(), filesystem=self._files, partitions=partitions
        )

    def runs(self) -> pa.Table:
        """Return the run ledger."""
        rows = self._each(list(self._keys("runs/")), self._json)
        return pa.Table.from_pylist([_ledger_row(row) for _, row in rows], RUNS_SCHEMA)

    @cached_property
    def _files(self) -> S3FileSystem:
        """Return S3 as pyarrow reads it: the local stack's by its address, AWS's with the caller's credentials."""
        if self.stack.session:
            client = self.stack.client("s3")
            from local.aws.environment import ADMIN_KEY

            return S3FileSystem(
                access_key=ADMIN_KEY, secret_key=ADMIN_KEY, region=self.stack.region,
                endpoint_override=client.meta.endpoint_url.split("://")[1], scheme="http",
            )  # fmt: skip
        import boto3

        found = boto3.Session().get_credentials()
        if found is None:
            return S3FileSystem(region=self.stack.region)
        frozen = found.get_frozen_credentials()
        return S3FileSystem(
            access_key=frozen.access_key, secret_key=frozen.secret_key, session_token=frozen.token,
            region=self.stack.region,
        )  # fmt: skip

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = self.stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            yield from (each["Key"] for each in page.get("Contents", []))

    def _json(self, key: str) -> dict[str, Any]:
        body = self.stack.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        found: dict[str, Any] = json.loads(body)
        return found

    def _each(self, names: list[str], read: Any) -> list[tuple[str, Any]]:
        with ThreadPoolExecutor(READERS) as threads:
            return list(zip(names, threads.map(read, names), strict=True))


def schema(table: str) -> pa.Schema:
    """Return the columns of a published table: the contract's, nullable, the date and the run."""
    fields = [field.with_nullable(True) for field in contract.arrow_schema(table)]
    return pa.schema([*fields, pa.field("snapshot_date", pa.string()), pa.field("run_id", pa.string())])


def _arrow(hive: str) -> pa.DataType:
    if match := MAP.fullmatch(hive):
        return pa.map_(SCALARS[match[1]], SCALARS[match[2]])
    return SCALARS[hive]


RUNS_SCHEMA = pa.schema([(each["Name"], _arrow(each["Type"])) for each in RUNS])


def _ledger_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the ledger with its maps as pairs, which is how pyarrow takes them."""
    return {name: list(value.items()) if isinstance(value, dict) else value for name, value in row.items()}
