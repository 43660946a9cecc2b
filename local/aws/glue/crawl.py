"""Run one crawl: list S3 under each target table, find partition folders, register the new ones.

Reads and writes with the crawler's role. As with a real crawler on catalog targets, a folder that is not a partition of
its table is passed over with a line in the log, and with deletion behaviour LOG a partition whose folder is gone stays.

A crawl that finds a table's `compressionType` or `typeOfData` changed, also from absent, logs it and registers nothing
of that table
(https://github.com/aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection/issues/463 saw it for
`compressionType` on AWS; that `typeOfData` does the same is a guess).
"""

from __future__ import annotations

import copy
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id
from ministack.services import glue

from local.aws.iam.rights import AccessDenied, Principal
from local.aws.patching import arn
from local.aws.s3.objects import LakeObject, NoSuchBucket, objects_under, place, s3_service

if TYPE_CHECKING:
    from collections.abc import Iterable

Table = dict[str, Any]


class CrawlFailed(Exception):
    """The crawl ends FAILED; its text is LastCrawl's ErrorMessage."""


@dataclass
class Found:
    """The partitions that a crawl found and the catalog lacks, and the lines of its log."""

    new: list[tuple[Table, list[str], str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def register(self, role: Principal) -> int:
        """Register what was found with the table's own storage description; return how many tables changed."""
        for table, values, location in self.new:
            _require_on_table(role, "glue:BatchCreatePartition", table["DatabaseName"], table["Name"])
            key = f"{table['DatabaseName']}/{table['Name']}"
            known = glue._partitions.setdefault(key, [])
            if all(partition["Values"] != values for partition in known):
                known.append(_partition(table, values, location))
                self.log.append(f"INFO : Created partition {values} of {key} at {location}")
        return len({table["Name"] for table, _, _ in self.new})


def look(targets: Iterable[Table], configuration: str, role: Principal) -> Found:
    """Return the new partitions in S3 under the targets' tables.

    Raises:
        CrawlFailed: a target is missing, or the role may not read it.
    """
    output = json.loads(configuration or "{}").get("CrawlerOutput") or {}
    if (output.get("Partitions") or {}).get("AddOrUpdateBehavior") != "InheritFromTable":
        raise CrawlFailed(
            'Internal Service Exception: the embedded crawler needs {"CrawlerOutput":{"Partitions":'
            '{"AddOrUpdateBehavior":"InheritFromTable"}}} in its Configuration; it infers no schema'
        )
    found = Found()
    for target in targets:
        for name in target["Tables"]:
            _look_at(_table(target["DatabaseName"], name, role), role, found)
    return found


def _table(database: str, name: str, role: Principal) -> Table:
    """Return a target's table."""
    _require_on_table(role, "glue:GetTable", database, name)
    if database not in glue._databases:
        raise CrawlFailed(
            f"Database {database} does not exist. (Service: AWSGlue; Error Code: EntityNotFoundException)"
        )
    table: Table | None = glue._tables.get(f"{database}/{name}")
    if table is None:
        raise CrawlFailed(
            f"Table {name} does not exist in database {database}. "
            "(Service: AWSGlue; Error Code: EntityNotFoundException)"
        )
    return table


def _require_on_table(role: Principal, action: str, database: str, name: str) -> None:
    """Raise CrawlFailed unless the role may do a Glue action on a table, its database and the catalog."""
    try:
        for resource in ("catalog", f"database/{database}", f"table/{database}/{name}"):
            role.require(action, arn("glue", resource))
    except AccessDenied as exc:
        raise CrawlFailed(f"{exc} (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException)") from exc


def _look_at(table: Table, role: Principal, found: Found) -> None:
    """Add the new partitions of one table."""
    location = table["StorageDescriptor"]["Location"]
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    files = _files(location, role)
    if not files:
        found.log.append(f"INFO : No files found under {location}")
    differing = _differing_parameters(table, files)
    found.log += differing
    if not keys or differing:
        return
    _require_on_table(role, "glue:GetPartitions", table["DatabaseName"], table["Name"])
    known = [
        partition["Values"] for partition in glue._partitions.get(f"{table['DatabaseName']}/{table['Name']}") or []
    ]
    bucket, prefix = place(location)
    folders = sorted({file.key[len(prefix) :].rpartition("/")[0] for file in files})
    for folder in folders:
        values = _values(folder, keys)
        where = f"s3://{bucket}/{prefix}{folder}/"
        if values is None:
            found.log.append(
                f"WARN : Folder partition keys do not match table partition keys, skipping folder: [{where}]"
            )
        elif values not in known:
            found.new.append((table, values, where))


def _differing_parameters(table: Table, files: list[LakeObject]) -> list[str]:
    """Return a line for each parameter of a table that is not as crawled: `compressionType` is of a whole file."""
    if not files:
        return []
    zipped = all(file.key.endswith(".gz") for file in files)
    crawled = {"compressionType": "gzip" if zipped else "none", "typeOfData": "file"}
    declared = table.get("Parameters") or {}
    return [
        f"WARN : Cannot merge new columns into the table {table['Name']} as defined in the Data Catalog because the "
        f"parameter '{name}' has changed. The existing value is '{declared.get(name, 'null')}', and the crawled value "
        f"is '{value}'. Either remove the table or resolve the inconsistent parameter value."
        for name, value in crawled.items()
        if declared.get(name) != value
    ]


def _files(location: str, role: Principal) -> list[LakeObject]:
    """Return the files under a location, each of which the role may read.

    That a crawl fails without `s3:GetBucketLocation` is a guess: AWSGlueServiceRole has it
    (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSGlueServiceRole.html).
    """
    bucket, prefix = place(location)
    try:
        role.require("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}")
        role.require("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix=prefix)
        files = objects_under(location)
        for file in files:
            role.require("s3:GetObject", f"arn:aws:s3:::{bucket}/{file.key}")
            if file.kms_key:
                role.require("kms:Decrypt", file.kms_key, kms__ViaService=s3_service())
    except NoSuchBucket as exc:
        raise CrawlFailed(
            f"The specified bucket does not exist: {bucket} (Service: Amazon S3; Status Code: 404)"
        ) from exc
    except AccessDenied as exc:
        raise CrawlFailed(
            "Error Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied) crawling "
            f"{location}: {exc}"
        ) from exc
    return files


def _values(folder: str, keys: list[str]) -> list[str] | None:
    """Return a partition's values if the folder is key=value in the order of the table's keys, else None."""
    parts = [part.partition("=") for part in folder.split("/")]
    return [value for _, _, value in parts] if [key for key, _, _ in parts] == keys else None


def _partition(table: Table, values: list[str], location: str) -> Table:
    """Return a partition that inherits everything from its table."""
    now = int(time.time())
    return {
        "Values": values,
        "DatabaseName": table["DatabaseName"],
        "TableName": table["Name"],
        "CatalogId": get_account_id(),
        "CreationTime": now,
        "LastAccessTime": now,
        "StorageDescriptor": {**copy.deepcopy(table["StorageDescriptor"]), "Location": location},
        "Parameters": {"CrawlerSchemaDeserializerVersion": "1.0", "CrawlerSchemaSerializerVersion": "1.0"},
    }
