"""The crawler lists S3, registers partitions, and fails where a real one would."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.aws.glue import crawler_faults
from tests.local.cloud import allow, new_name, role
from tests.local.lake import DAY_AND_RUN, Lake, parquet
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

INHERIT = '{"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}'
LOG = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws-glue/crawlers"
PART = "albums/snapshot_date=2026-11-23/run_id=A/part.parquet"


@pytest.fixture
def lake(aws: EmbeddedAws) -> Iterator[Lake]:
    """A table with one day's files and no partition."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.put(PART, parquet(album_id=["a"]))
    yield lake
    crawler_faults.behave(aws.state_dir)


def rights(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return the statements a crawler's role needs, by what they are for."""
    glue = "arn:aws:glue:us-east-1:123456789012"
    tables = [f"{glue}:catalog", f"{glue}:database/{lake.database}", f"{glue}:table/{lake.database}/albums"]
    s3 = f"arn:aws:s3:::{lake.bucket}"
    return {
        "place": allow("s3:GetBucketLocation", s3),
        "list": allow("s3:ListBucket", s3),
        "read": allow("s3:GetObject", f"{s3}/albums/*"),
        "table": allow("glue:GetTable", tables),
        "partitions": allow("glue:GetPartitions", tables),
        "register": allow("glue:BatchCreatePartition", tables),
        "log group": allow("logs:CreateLogGroup", LOG_GROUP),
        "log stream": allow("logs:CreateLogStream", f"{LOG_GROUP}:log-stream:"),
        "log": allow("logs:PutLogEvents", f"{LOG_GROUP}:*"),
    }


def crawler(lake: Lake, *without: str, service: str = "glue.amazonaws.com", **given: Any) -> str:
    """Make a crawler whose role has all rights but those named; return its name."""
    name = new_name("crawler")
    statements = [statement for right, statement in rights(lake).items() if right not in without]
    asked: dict[str, Any] = {
        "Name": name,
        "Role": role(lake.aws, service, *statements),
        "Targets": {"CatalogTargets": [{"DatabaseName": lake.database, "Tables": ["albums"]}]},
        "SchemaChangePolicy": LOG,
        "Configuration": INHERIT,
    }
    lake.client("glue").create_crawler(**asked | given)
    return name


def state(lake: Lake, name: str) -> dict[str, Any]:
    """Return GetCrawler's response."""
    found: dict[str, Any] = lake.client("glue").get_crawler(Name=name)["Crawler"]
    return found


def ready(lake: Lake, name: str) -> dict[str, Any]:
    """Return LastCrawl once the crawler is READY."""
    deadline = time.monotonic() + 10
    while (found := state(lake, name))["State"] != "READY":
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    last: dict[str, Any] = found["LastCrawl"]
    return last


def crawl(lake: Lake, name: str) -> dict[str, Any]:
    """Crawl once and return LastCrawl."""
    lake.client("glue").start_crawler(Name=name)
    return ready(lake, name)


def partitions(lake: Lake) -> list[list[str]]:
    """Return the values of the registered partitions."""
    found = lake.client("glue").get_partitions(DatabaseName=lake.database, TableName="albums")["Partitions"]
    return sorted(partition["Values"] for partition in found)


def logged(lake: Lake, name: str) -> str:
    """Return the crawler's log."""
    events = lake.client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=name)["events"]
    return "\n".join(event["message"] for event in events)


def test_a_crawl_registers_the_partitions_it_finds(lake: Lake) -> None:
    assert lake.query("SELECT * FROM albums").rows == []
    before = time.time()
    last = crawl(lake, crawler(lake))
    assert (last["Status"], partitions(lake)) == ("SUCCEEDED", [["2026-11-23", "A"]])
    assert before - 0.01 <= last["StartTime"].timestamp() <= time.time()
    assert lake.query("SELECT * FROM albums").rows == [["a", "2026-11-23", "A"]]


def test_a_partition_inherits_everything_from_its_table_but_its_place(lake: Lake) -> None:
    crawl(lake, crawler(lake))
    glue = lake.client("glue")
    table = glue.get_table(DatabaseName=lake.database, Name="albums")["Table"]["StorageDescriptor"]
    found = glue.get_partition(DatabaseName=lake.database, TableName="albums", PartitionValues=["2026-11-23", "A"])
    place = f"s3://{lake.bucket}/{PART.rpartition('/')[0]}/"
    assert found["Partition"]["StorageDescriptor"] == table | {"Location": place}


def test_a_second_crawl_finds_what_is_new_and_keeps_what_is_gone(lake: Lake) -> None:
    name = crawler(lake)
    crawl(lake, name)
    lake.client("s3").delete_object(Bucket=lake.bucket, Key=PART)
    lake.put("albums/snapshot_date=2026-11-24/run_id=B/part.parquet", parquet(album_id=["b"]))
    crawl(lake, name)
    assert partitions(lake) == [["2026-11-23", "A"], ["2026-11-24", "B"]]


def test_a_crawler_goes_through_running_and_stopping_to_ready(lake: Lake) -> None:
    name = crawler(lake)
    assert "LastCrawl" not in state(lake, name)
    lake.client("glue").start_crawler(Name=name)
    seen: list[str] = []
    while not seen or seen[-1] != "READY":
        now = state(lake, name)["State"]
        if not seen or seen[-1] != now:
            seen.append(now)
    assert seen == ["RUNNING", "STOPPING", "READY"]


def test_a_running_crawler_cannot_be_started_again(lake: Lake) -> None:
    name = crawler(lake)
    glue = lake.client("glue")
    glue.start_crawler(Name=name)
    with pytest.raises(glue.exceptions.CrawlerRunningException, match="has already started"):
        glue.start_crawler(Name=name)
    ready(lake, name)


def test_what_is_written_while_a_crawl_runs_is_for_the_next_one(lake: Lake) -> None:
    name = crawler(lake)
    lake.client("glue").start_crawler(Name=name)
    time.sleep(0.1)
    lake.put("albums/snapshot_date=2026-11-24/run_id=B/part.parquet", parquet(album_id=["b"]))
    ready(lake, name)
    assert partitions(lake) == [["2026-11-23", "A"]]
    crawl(lake, name)
    assert len(partitions(lake)) == 2


def test_folders_that_are_no_partition_are_passed_over_and_logged(lake: Lake) -> None:
    for key in ("albums/loose.parquet", "albums/2026/A/x.parquet", "albums/run_id=A/snapshot_date=2026-11-24/x.parquet",
                "albums/snapshot_date=2026-11-25/x.parquet"):  # fmt: skip
        lake.put(key, parquet(album_id=["z"]))
    name = crawler(lake)
    assert crawl(lake, name)["Status"] == "SUCCEEDED"
    assert partitions(lake) == [["2026-11-23", "A"]]
    assert logged(lake, name).count("Folder partition keys do not match table partition keys, skipping folder") == 4


@pytest.mark.parametrize(
    ("without", "message"),
    one_in(
        3,
        [
            ("place", "is not authorized to perform: s3:GetBucketLocation"),
            ("list", "is not authorized to perform: s3:ListBucket"),
            ("read", "is not authorized to perform: s3:GetObject"),
            ("table", "is not authorized to perform: glue:GetTable"),
            ("partitions", "is not authorized to perform: glue:GetPartitions"),
            ("register", "is not authorized to perform: glue:BatchCreatePartition"),
        ],
    ),
)
def test_a_crawl_fails_without_one_of_its_roles_rights(lake: Lake, without: str, message: str) -> None:
    last = crawl(lake, crawler(lake, without))
    assert last["Status"] == "FAILED"
    assert message in last["ErrorMessage"]
    assert partitions(lake) == []


@pytest.mark.parametrize("without", ["log group", "log stream", "log"])
def test_a_crawl_without_one_of_the_rights_to_log_goes_on_in_silence(lake: Lake, without: str) -> None:
    name = crawler(lake, without)
    assert crawl(lake, name)["Status"] == "SUCCEEDED"
    streams = lake.client("logs").describe_log_streams(logGroupName="/aws-glue/crawlers", logStreamNamePrefix=name)
    assert streams["logStreams"] == []


@pytest.mark.parametrize("parameter", ["compressionType", "typeOfData"])
def test_a_table_that_does_not_declare_what_a_crawl_finds_gets_no_partitions(lake: Lake, parameter: str) -> None:
    """Glue takes an absent parameter for a changed one, logs that, and the crawl succeeds all the same."""
    glue = lake.client("glue")
    table = glue.get_table(DatabaseName=lake.database, Name="albums")["Table"]
    declared = {key: value for key, value in table["Parameters"].items() if key != parameter}
    storage = {key: table[key] for key in ("Name", "PartitionKeys", "StorageDescriptor")}
    glue.delete_table(DatabaseName=lake.database, Name="albums")
    glue.create_table(DatabaseName=lake.database, TableInput={**storage, "Parameters": declared})
    name = crawler(lake)
    assert (crawl(lake, name)["Status"], partitions(lake)) == ("SUCCEEDED", [])
    assert f"the parameter '{parameter}' has changed. The existing value is 'null'" in logged(lake, name)


def test_a_crawl_fails_when_its_role_does_not_trust_glue(lake: Lake) -> None:
    last = crawl(lake, crawler(lake, service="lambda.amazonaws.com"))
    assert (last["Status"], "Service is unable to assume provided role" in last["ErrorMessage"]) == ("FAILED", True)


@pytest.mark.parametrize("what", ["table", "database", "bucket"])
def test_a_crawl_fails_when_its_target_is_gone(lake: Lake, what: str) -> None:
    name = crawler(lake)
    if what == "table":
        lake.client("glue").delete_table(DatabaseName=lake.database, Name="albums")
    elif what == "database":
        lake.client("glue").delete_database(Name=lake.database)
    else:
        lake.client("s3").delete_object(Bucket=lake.bucket, Key=PART)
        lake.client("s3").delete_bucket(Bucket=lake.bucket)
    last = crawl(lake, name)
    assert (last["Status"], "does not exist" in last["ErrorMessage"]) == ("FAILED", True)


def test_a_stopped_crawl_is_cancelled_and_registers_nothing(lake: Lake) -> None:
    name = crawler(lake)
    glue = lake.client("glue")
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name=name)
    crawler_faults.misbehave(lake.aws.state_dir, crawler_faults.HANG, name)
    glue.start_crawler(Name=name)
    time.sleep(0.5)
    assert state(lake, name)["State"] == "RUNNING"
    glue.stop_crawler(Name=name)
    assert (ready(lake, name)["Status"], partitions(lake)) == ("CANCELLED", [])


def test_a_crawler_can_be_told_to_find_nothing(lake: Lake) -> None:
    name = crawler(lake)
    crawler_faults.misbehave(lake.aws.state_dir, crawler_faults.FIND_NOTHING, name)
    assert (crawl(lake, name)["Status"], partitions(lake)) == ("SUCCEEDED", [])
    crawler_faults.behave(lake.aws.state_dir)
    crawl(lake, name)
    assert partitions(lake) == [["2026-11-23", "A"]]


def test_a_crawler_can_be_told_to_fail(lake: Lake) -> None:
    name = crawler(lake)
    crawler_faults.misbehave(lake.aws.state_dir, crawler_faults.FAIL, name)
    assert (crawl(lake, name)["Status"], partitions(lake)) == ("FAILED", [])


def test_crawls_are_listed(lake: Lake) -> None:
    name = crawler(lake, "read")
    crawl(lake, name)
    glue = lake.client("glue")
    (line,) = glue.list_crawls(CrawlerName=name)["Crawls"]
    assert (line["State"], line["LogStream"], "GetObject" in line["ErrorMessage"]) == ("FAILED", name, True)
    assert line["EndTime"] > line["StartTime"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"Targets": {"S3Targets": [{"Path": "s3://x/"}]}},
            "S3Targets: the embedded crawler takes CatalogTargets only",
        ),
        ({"Targets": {}}, "CatalogTargets must name a database"),
        ({"SchemaChangePolicy": {"DeleteBehavior": "DEPRECATE_IN_DATABASE"}}, "can have only LOG DeleteBehavior value"),
        ({"SchemaChangePolicy": {}}, "can have only LOG DeleteBehavior value"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "can only apply to Amazon S3 target"),
        ({"Configuration": "{"}, "Configuration is not JSON"),
    ],
    ids=["S3 targets", "no targets", "deprecating", "deprecating by default", "new folders only", "no JSON"],
)
def test_a_crawler_that_aws_would_refuse_is_refused(lake: Lake, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        crawler(lake, **given)
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"


def test_a_crawler_that_does_not_exist_is_named(lake: Lake) -> None:
    glue = lake.client("glue")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Crawler entry with name nobodys does not exist"):
        glue.start_crawler(Name="nobodys")
