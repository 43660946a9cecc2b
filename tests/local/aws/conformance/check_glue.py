"""Checks of the table's rows about Glue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.local.cloud import allow, new_name, role
from tests.local.lake import DAY_AND_RUN, PARQUET, Lake, parquet

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

CONFIGURATION = '{"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}'
AS_CRAWLED = {"compressionType": "none", "typeOfData": "file"}
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws-glue/crawlers"
LOGS = {
    "group": allow("logs:CreateLogGroup", LOG_GROUP),
    "stream": allow("logs:CreateLogStream", f"{LOG_GROUP}:log-stream:"),
    "events": allow("logs:PutLogEvents", f"{LOG_GROUP}:*"),
}


def crawl_that_finds_a_parameter_changed(aws: EmbeddedAws) -> None:
    for lacks in AS_CRAWLED:
        lake = _lake(aws, {key: value for key, value in AS_CRAWLED.items() if key != lacks})
        assert _crawl(lake, [*_reads(lake), *LOGS.values()]) == ("SUCCEEDED", 0, True)
    complete = _lake(aws, AS_CRAWLED)
    assert _crawl(complete, [*_reads(complete), *LOGS.values()]) == ("SUCCEEDED", 1, True)


def crawl_without_the_buckets_location(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    assert _crawl(lake, _reads(lake)[1:])[:2] == ("FAILED", 0)


def crawl_log_needs_group_and_streams(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    for lacks in LOGS:
        some = [statement for name, statement in LOGS.items() if name != lacks]
        assert _crawl(lake, [*_reads(lake), *some])[::2] == ("SUCCEEDED", False)


def _lake(aws: EmbeddedAws, parameters: dict[str, str]) -> Lake:
    """Return a lake with a table `t` of these parameters, and one file of one partition."""
    lake = Lake(aws)
    lake.client("glue").create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": "t",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in DAY_AND_RUN.items()],
            "StorageDescriptor": {
                "Location": f"s3://{lake.bucket}/t/",
                "Columns": [{"Name": "a", "Type": "string"}],
                "SerdeInfo": {"SerializationLibrary": PARQUET},
            },
        },
    )
    lake.put("t/snapshot_date=2026-01-01/run_id=A/part.parquet", parquet(a=["x"]))
    return lake


def _reads(lake: Lake) -> list[dict[str, Any]]:
    """Return what a crawler's role needs but for its log; the bucket's location first."""
    bucket = f"arn:aws:s3:::{lake.bucket}"
    return [
        allow("s3:GetBucketLocation", bucket),
        allow(["s3:ListBucket", "s3:GetObject"], [bucket, f"{bucket}/*"]),
        allow("glue:*", "*"),
    ]


def _crawl(lake: Lake, statements: list[dict[str, Any]]) -> tuple[str, int, bool]:
    """Crawl once; return how it ended, how many partitions there are, and whether there is a log."""
    glue, name = lake.client("glue"), new_name("crawler")
    glue.create_crawler(
        Name=name,
        Role=role(lake.aws, "glue.amazonaws.com", *statements),
        Targets={"CatalogTargets": [{"DatabaseName": lake.database, "Tables": ["t"]}]},
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        Configuration=CONFIGURATION,
    )
    glue.start_crawler(Name=name)
    deadline = time.monotonic() + 20
    while (found := glue.get_crawler(Name=name)["Crawler"])["State"] != "READY":
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    partitions = glue.get_partitions(DatabaseName=lake.database, TableName="t")["Partitions"]
    return found["LastCrawl"]["Status"], len(partitions), _logged(lake, name)


def _logged(lake: Lake, name: str) -> bool:
    logs, group = lake.client("logs"), "/aws-glue/crawlers"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return False
    return bool(logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"])
