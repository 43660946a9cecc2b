"""Glue deletes partitions in batches, filters and pages them, and names missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.aws.glue.partition_filter import BadExpression, condition
from tests.local.lake import DAY_AND_RUN, Lake

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

embedded = pytest.mark.embedded

KEYS = [{"Name": "snapshot_date", "Type": "string"}, {"Name": "n", "Type": "int"}]


@pytest.fixture
def lake(aws: EmbeddedAws) -> Lake:
    """A table with six partitions."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    for day in ("2026-11-21", "2026-11-22", "2026-11-23"):
        for run in ("A", "B"):
            lake.partition("albums", day, run)
    return lake


def values(lake: Lake, **asked: Any) -> list[list[str]]:
    """Return the values of the partitions that GetPartitions gives."""
    glue = lake.client("glue")
    return [
        p["Values"] for p in glue.get_partitions(DatabaseName=lake.database, TableName="albums", **asked)["Partitions"]
    ]


@embedded
def test_partitions_are_deleted_in_a_batch_and_missing_ones_are_named(lake: Lake) -> None:
    wanted = [{"Values": ["2026-11-21", "A"]}, {"Values": ["2026-11-21", "Z"]}]
    answer = lake.client("glue").batch_delete_partition(
        DatabaseName=lake.database, TableName="albums", PartitionsToDelete=wanted
    )
    (error,) = answer["Errors"]
    assert (error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) == (
        ["2026-11-21", "Z"],
        "EntityNotFoundException",
    )
    assert len(values(lake)) == 5


@embedded
def test_partitions_are_filtered_by_an_expression(lake: Lake) -> None:
    assert values(lake, Expression="snapshot_date='2026-11-22' AND run_id = 'B'") == [["2026-11-22", "B"]]
    assert len(values(lake, Expression="snapshot_date < '2026-11-23'")) == 4
    with pytest.raises(ClientError, match="Column nothing is not a partition key"):
        values(lake, Expression="nothing = 1")


@embedded
def test_partitions_come_in_pages(lake: Lake) -> None:
    pages = lake.client("glue").get_paginator("get_partitions")
    found = list(pages.paginate(DatabaseName=lake.database, TableName="albums", PaginationConfig={"PageSize": 4}))
    assert [len(page["Partitions"]) for page in found] == [4, 2]


@embedded
@pytest.mark.parametrize("call", ["get_partition", "delete_partition"])
def test_a_partition_that_is_not_there_is_an_error(lake: Lake, call: str) -> None:
    glue = lake.client("glue")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        getattr(glue, call)(DatabaseName=lake.database, TableName="albums", PartitionValues=["2026-11-21", "Z"])


@embedded
def test_partitions_of_a_table_that_is_not_there_are_an_error(lake: Lake) -> None:
    glue = lake.client("glue")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_partitions(DatabaseName=lake.database, TableName="nothing")


@embedded
def test_a_partition_has_as_many_values_as_its_table_has_keys(lake: Lake) -> None:
    glue = lake.client("glue")
    with pytest.raises(glue.exceptions.InvalidInputException, match="number of partition keys do not match"):
        glue.create_partition(DatabaseName=lake.database, TableName="albums", PartitionInput={"Values": ["x"]})


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("", True),
        ("snapshot_date = '2026-11-23'", True),
        ("snapshot_date='2026-11-23' and n=7", True),
        ("snapshot_date <> '2026-11-23' OR n >= 8", False),
        ("n > 6 AND n <= 7", True),
        ("n = 10", False),
        ("snapshot_date BETWEEN '2026-11-01' AND '2026-11-30'", True),
        ("snapshot_date IN ('2026-11-22', '2026-11-23')", True),
        ("NOT (n IN (1, 2))", True),
        ("snapshot_date LIKE '2026-11-%'", True),
        ("snapshot_date LIKE '2026-1_'", False),
        ("`snapshot_date` = '2026-11-23'", True),
    ],
)
def test_an_expression_is_met_or_not(expression: str, met: bool) -> None:
    assert condition(expression, KEYS)(["2026-11-23", "7"]) is met


@pytest.mark.parametrize("expression", ["snapshot_date", "other = 1", "n = '7'", "n =", "length(snapshot_date) = 1"])
def test_an_expression_that_glue_would_not_take_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        condition(expression, KEYS)(["2026-11-23", "7"])


@embedded
def test_segments_have_each_partition_once(lake: Lake) -> None:
    segments = [values(lake, Segment={"SegmentNumber": n, "TotalSegments": 4}) for n in range(4)]
    assert sorted(each for segment in segments for each in segment) == sorted(values(lake))
    assert all(segments)


@embedded
def test_a_storage_descriptor_is_complete_and_an_empty_description_is_not_there(lake: Lake) -> None:
    glue = lake.client("glue")
    table = glue.get_table(DatabaseName=lake.database, Name="albums")["Table"]
    assert "Description" not in table
    (partition, *_) = glue.get_partitions(DatabaseName=lake.database, TableName="albums")["Partitions"]
    for found in (table, partition):
        assert {"NumberOfBuckets", "Compressed", "StoredAsSubDirectories"} <= set(found["StorageDescriptor"])


@embedded
def test_an_update_replaces_a_table(lake: Lake) -> None:
    glue = lake.client("glue")
    given = {"Name": "updated", "Parameters": {"a": "1"}, "Owner": "me", "Description": "text"}
    glue.create_table(DatabaseName=lake.database, TableInput=given)
    glue.update_table(DatabaseName=lake.database, TableInput={"Name": "updated", "Parameters": {"b": "2"}})
    table = glue.get_table(DatabaseName=lake.database, Name="updated")["Table"]
    assert (table["Parameters"], table.get("Description"), table.get("Owner")) == ({"b": "2"}, None, "")
