"""Checks of the table's rows about Glue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import refused
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


def crawl_of_a_bucket_under_a_key(aws: EmbeddedAws) -> None:
    lake, key = _lake(aws, AS_CRAWLED), str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    lake.client("s3").put_bucket_encryption(Bucket=lake.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    lake.put("t/snapshot_date=2026-01-02/run_id=B/part.parquet", parquet(a=["y"]))
    rights = [*_reads(lake), *LOGS.values()]
    assert _crawl(lake, rights)[:2] == ("FAILED", 0)
    through_s3 = {"Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}
    assert _crawl(lake, [*rights, allow("kms:Decrypt", key) | through_s3])[:2] == ("SUCCEEDED", 2)


def crawl_log_needs_group_and_streams(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    for lacks in LOGS:
        some = [statement for name, statement in LOGS.items() if name != lacks]
        assert _crawl(lake, [*_reads(lake), *some])[::2] == ("SUCCEEDED", False)


ALL_RIGHTS: list[dict[str, Any]] = [allow(["s3:*", "glue:*", "logs:*"], "*")]
A, B = ["2026-01-01", "A"], ["2026-01-02", "B"]


def states_of_a_crawler(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    glue, name = lake.client("glue"), _crawler(lake, ALL_RIGHTS)
    assert "LastCrawl" not in _ended(lake, name)
    began = time.time()
    glue.start_crawler(Name=name)
    seen = ["RUNNING"]
    while seen[-1] != "READY":
        now = glue.get_crawler(Name=name)["Crawler"]["State"]
        seen += [now] if now != seen[-1] else []
    assert seen == ["RUNNING", "STOPPING", "READY"]
    ended = time.time()
    last = _ended(lake, name)["LastCrawl"]
    said = last["StartTime"].timestamp()  # by the server's clock
    assert abs(said - began) < abs(ended - said), "when it started, not when it ended"
    told = (last["Status"], last["LogGroup"], last["LogStream"], bool(last["MessagePrefix"]))
    assert told == ("SUCCEEDED", "/aws-glue/crawlers", name, True)


def glue_sends_no_source_to_a_role(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    name, crawlers = _crawler(lake, ALL_RIGHTS), f"arn:aws:glue:{aws.region}:{aws.account_id}:crawler/*"
    account, arn = {"StringEquals": {"aws:SourceAccount": aws.account_id}}, {"ArnLike": {"aws:SourceArn": crawlers}}
    for bound, status in ((account, "FAILED"), (arn, "FAILED"), (None, "SUCCEEDED")):
        made = role(aws, "glue.amazonaws.com", *ALL_RIGHTS, condition=bound)
        lake.client("glue").update_crawler(Name=name, Role=made)
        assert _run(lake, name)["Status"] == status


def start_of_a_running_crawler(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    start, name = lake.client("glue").start_crawler, _crawler(lake, ALL_RIGHTS)
    start(Name=name)
    assert refused(start, Name=name) == (400, "CrawlerRunningException")
    _ended(lake, name)
    assert refused(start, Name="nobodys") == (400, "EntityNotFoundException")


def stop_of_a_crawl(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    glue, name = lake.client("glue"), _crawler(lake, ALL_RIGHTS)
    assert refused(glue.stop_crawler, Name=name) == (400, "CrawlerNotRunningException")
    glue.start_crawler(Name=name)
    glue.stop_crawler(Name=name)
    assert (_ended(lake, name)["LastCrawl"]["Status"], _values(lake)) == ("CANCELLED", [])


def crawl_that_registers_a_partition(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    assert _run(lake, _crawler(lake, ALL_RIGHTS))["Status"] == "SUCCEEDED"
    assert _values(lake) == [A]
    glue = lake.client("glue")
    table = glue.get_table(DatabaseName=lake.database, Name="t")["Table"]["StorageDescriptor"]
    found = glue.get_partition(DatabaseName=lake.database, TableName="t", PartitionValues=A)["Partition"]
    place = f"s3://{lake.bucket}/t/snapshot_date=2026-01-01/run_id=A/"
    assert found["StorageDescriptor"] == table | {"Location": place}


def folder_that_is_no_partition(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    beside = ("loose", "2026/A/x", "run_id=A/snapshot_date=2026-01-03/x", "snapshot_date=2026-01-04/x")
    for key in beside:
        lake.put(f"t/{key}.parquet", parquet(a=["z"]))
    name = _crawler(lake, ALL_RIGHTS)
    assert (_run(lake, name)["Status"], _values(lake)) == ("SUCCEEDED", [A])
    events = lake.client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=name)["events"]
    said = "Folder partition keys do not match table partition keys, skipping folder"
    assert sum(said in event["message"] for event in events) == len(beside)


def partition_whose_folder_is_gone(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    name = _crawler(lake, ALL_RIGHTS)
    _run(lake, name)
    lake.client("s3").delete_object(Bucket=lake.bucket, Key="t/snapshot_date=2026-01-01/run_id=A/part.parquet")
    lake.put("t/snapshot_date=2026-01-02/run_id=B/part.parquet", parquet(a=["y"]))
    assert (_run(lake, name)["Status"], _values(lake)) == ("SUCCEEDED", [A, B])


def object_that_comes_during_a_crawl(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    name = _crawler(lake, ALL_RIGHTS)
    lake.client("glue").start_crawler(Name=name)
    time.sleep(0.1)
    lake.put("t/snapshot_date=2026-01-02/run_id=B/part.parquet", parquet(a=["y"]))
    _ended(lake, name)
    assert _values(lake) == [A]
    _run(lake, name)
    assert _values(lake) == [A, B]


def crawl_without_a_right_of_its_role(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    needed = ("s3:ListBucket", "s3:GetObject", "glue:GetTable", "glue:GetPartitions", "glue:BatchCreatePartition")
    for lacks in needed:
        denied = allow(lacks, "*") | {"Effect": "Deny"}
        last = _run(lake, _crawler(lake, [*ALL_RIGHTS, denied]))
        assert (last["Status"], lacks in last["ErrorMessage"], _values(lake)) == ("FAILED", True, [])
    distrusted = _run(lake, _crawler(lake, ALL_RIGHTS, service="lambda.amazonaws.com"))
    assert (distrusted["Status"], "unable to assume" in distrusted["ErrorMessage"]) == ("FAILED", True)


def crawler_on_catalog_targets(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    targets = {"CatalogTargets": [{"DatabaseName": lake.database, "Tables": ["t"]}]}
    for given in (
        {"Targets": {**targets, "S3Targets": [{"Path": "s3://x/"}]}},
        {"SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}},
        {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}},
    ):
        assert refused(_crawler, lake=lake, statements=ALL_RIGHTS, **given) == (400, "InvalidInputException")


def list_of_crawls(aws: EmbeddedAws) -> None:
    lake = _lake(aws, AS_CRAWLED)
    name = _crawler(lake, [*ALL_RIGHTS, allow("s3:GetObject", "*") | {"Effect": "Deny"}])
    _run(lake, name)
    _run(lake, name)
    newest, oldest = lake.client("glue").list_crawls(CrawlerName=name)["Crawls"]
    assert (newest["State"], newest["LogStream"], "GetObject" in newest["ErrorMessage"]) == ("FAILED", name, True)
    assert newest["EndTime"] >= newest["StartTime"] >= oldest["EndTime"]


# Partitions and tables.


def _six(aws: EmbeddedAws) -> Lake:
    """Return a lake with six partitions of the table `t`."""
    lake = _lake(aws, AS_CRAWLED)
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        for run in ("A", "B"):
            lake.partition("t", day, run)
    return lake


def partitions_asked_for_in_a_batch(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    answer = lake.client("glue").batch_get_partition(
        DatabaseName=lake.database, TableName="t", PartitionsToGet=[{"Values": A}, {"Values": ["2026-01-01", "Z"]}]
    )
    assert [partition["Values"] for partition in answer["Partitions"]] == [A]


def partitions_deleted_in_a_batch(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    delete, of = lake.client("glue").batch_delete_partition, {"DatabaseName": lake.database, "TableName": "t"}
    missing = ["2026-01-01", "Z"]
    (error,) = delete(**of, PartitionsToDelete=[{"Values": A}, {"Values": missing}])["Errors"]
    assert (error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) == (missing, "EntityNotFoundException")
    assert (len(_values(lake)), A in _values(lake)) == (5, False)
    many = [{"Values": ["2026-01-01", str(number)]} for number in range(26)]
    assert refused(delete, **of, PartitionsToDelete=many) == (400, "InvalidInputException")
    assert delete(**of, PartitionsToDelete=many[:25])["Errors"]
    gone = {**of, "TableName": "gone"}
    assert refused(delete, **gone, PartitionsToDelete=many[:1]) == (400, "EntityNotFoundException")


def partition_that_is_missing(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    asked = {"DatabaseName": lake.database, "TableName": "t", "PartitionValues": ["2026-01-01", "Z"]}
    for call in (lake.client("glue").get_partition, lake.client("glue").delete_partition):
        assert refused(call, **asked) == (400, "EntityNotFoundException")


def partition_that_exists_already(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    create, of = lake.client("glue").create_partition, {"DatabaseName": lake.database, "TableName": "t"}
    assert refused(create, **of, PartitionInput={"Values": A}) == (400, "AlreadyExistsException")
    assert refused(create, **of, PartitionInput={"Values": A[:1]}) == (400, "InvalidInputException")


def partitions_by_an_expression(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    both = "snapshot_date = '2026-01-02' AND run_id IN ('B', 'C')"
    assert _values(lake, Expression=both) == [B]
    assert len(_values(lake, Expression="snapshot_date < '2026-01-03'")) == 4
    assert len(_values(lake, Expression="snapshot_date BETWEEN '2026-01-01' AND '2026-01-02'")) == 4
    asked = {"DatabaseName": lake.database, "TableName": "t", "Expression": "nothing = '1'"}
    assert refused(lake.client("glue").get_partitions, **asked) == (400, "InvalidInputException")


def partitions_in_pages(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    pages = lake.client("glue").get_paginator("get_partitions")
    of = {"DatabaseName": lake.database, "TableName": "t", "ExcludeColumnSchema": True}
    found = list(pages.paginate(**of, PaginationConfig={"PageSize": 4}))
    assert [len(page["Partitions"]) for page in found] == [4, 2]
    assert "Columns" not in found[0]["Partitions"][0]["StorageDescriptor"]


def update_of_a_table(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    glue, of = lake.client("glue"), {"DatabaseName": lake.database}
    given = {"Name": "u", "Parameters": {"a": "1"}, "Description": "text", "PartitionKeys": [{"Name": "k"}]}
    glue.create_table(**of, TableInput=given)
    glue.update_table(**of, TableInput={"Name": "u", "Parameters": {"b": "2"}})
    table = glue.get_table(**of, Name="u")["Table"]
    assert (table["Parameters"], table.get("Description"), table["PartitionKeys"]) == ({"b": "2"}, None, [])


def storage_descriptor_as_returned(aws: EmbeddedAws) -> None:
    lake = _six(aws)
    glue, of = lake.client("glue"), {"DatabaseName": lake.database}
    storage = {"Columns": [{"Name": "a", "Type": "string"}]}
    glue.create_table(**of, TableInput={"Name": "plain", "Description": "", "StorageDescriptor": storage})
    table = glue.get_table(**of, Name="plain")["Table"]
    assert "Description" not in table
    (partition, *_) = glue.get_partitions(**of, TableName="t")["Partitions"]
    always = {"NumberOfBuckets": 0, "Compressed": False, "StoredAsSubDirectories": False}
    for found in (table["StorageDescriptor"], partition["StorageDescriptor"]):
        assert {name: found.get(name) for name in always} == always


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


def _crawler(lake: Lake, statements: list[dict[str, Any]], service: str = "glue.amazonaws.com", **given: Any) -> str:
    """Make a crawler over the table `t` whose role has these statements; return its name."""
    name, made = new_name("crawler"), role(lake.aws, service, *statements)
    asked: dict[str, Any] = {
        "Targets": {"CatalogTargets": [{"DatabaseName": lake.database, "Tables": ["t"]}]},
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        "Configuration": CONFIGURATION,
    }
    lake.client("glue").create_crawler(Name=name, Role=made, **asked | given)
    return name


def _ended(lake: Lake, name: str) -> dict[str, Any]:
    """Return a crawler once it is READY."""
    deadline = time.monotonic() + 20
    while (found := lake.client("glue").get_crawler(Name=name)["Crawler"])["State"] != "READY":
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return dict(found)


def _run(lake: Lake, name: str) -> dict[str, Any]:
    """Crawl once; return LastCrawl."""
    lake.client("glue").start_crawler(Name=name)
    return dict(_ended(lake, name)["LastCrawl"])


def _values(lake: Lake, **asked: Any) -> list[list[str]]:
    """Return the values of the registered partitions of `t`."""
    answer = lake.client("glue").get_partitions(DatabaseName=lake.database, TableName="t", **asked)
    return sorted(partition["Values"] for partition in answer["Partitions"])


def _crawl(lake: Lake, statements: list[dict[str, Any]]) -> tuple[str, int, bool]:
    """Crawl once; return how it ended, how many partitions there are, and whether there is a log."""
    name = _crawler(lake, statements)
    return _run(lake, name)["Status"], len(_values(lake)), _logged(lake, name)


def _logged(lake: Lake, name: str) -> bool:
    logs, group = lake.client("logs"), "/aws-glue/crawlers"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return False
    return bool(logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"])
