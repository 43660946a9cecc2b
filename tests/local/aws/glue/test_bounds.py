"""The limits of Glue's calls, its filters and types, and the rules of crawlers, asked directly."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from ministack.services import glue

from local.aws.glue import partitions, tables
from local.aws.glue.crawler_rules import broken
from local.aws.glue.partition_filter import condition
from local.aws.glue.types import UnknownType, parse

DAY = [{"Name": "day", "Type": "int"}]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The 1,001 partitions of a table."""
    found = [{"Values": [str(day)], "StorageDescriptor": {"Columns": [1], "Location": "s3"}} for day in range(1001)]
    monkeypatch.setattr(glue, "_tables", {"d/t": {"PartitionKeys": DAY}})
    monkeypatch.setattr(glue, "_partitions", {"d/t": found})
    return found


def _asked(**more: Any) -> dict[str, Any]:
    return {"DatabaseName": "d", "TableName": "t", **more}


def _passed(_request: Any) -> Any:
    return 200, {}, b"{}"


def _got(**asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(partitions.get_partitions(_passed, _asked(**asked))[2])
    return answer


@pytest.mark.parametrize(
    ("asked", "count", "more"),
    [
        pytest.param({}, 1000, "1000", id="a page at most"),
        pytest.param({"MaxResults": 5000}, 1000, "1000", id="no more than a page"),
        pytest.param({"MaxResults": 2}, 2, "2", id="less than a page"),
        pytest.param({"NextToken": "1000"}, 1, None, id="the rest"),
        pytest.param({"NextToken": "1"}, 1000, None, id="a last page that is full"),
        pytest.param({"Segment": {"SegmentNumber": 1, "TotalSegments": 2}}, 500, None, id="a segment"),
        pytest.param({"Expression": "day >= 999"}, 2, None, id="a condition"),
    ],
)
def test_partitions_come_in_pages_of_a_thousand(
    many: list[Any], asked: dict[str, Any], count: int, more: str | None
) -> None:
    answer = _got(**asked)
    assert (len(answer["Partitions"]), answer.get("NextToken")) == (count, more)


def test_columns_are_left_out_only_where_that_is_asked(many: list[Any]) -> None:
    shown = [_got(MaxResults=1, ExcludeColumnSchema=it)["Partitions"][0]["StorageDescriptor"] for it in (True, False)]
    assert shown == [{"Location": "s3"}, {"Columns": [1], "Location": "s3"}]


@pytest.mark.parametrize(("count", "status"), [(100, 200), (101, 400)], ids=["a hundred partitions", "one more"])
def test_a_hundred_partitions_are_created_a_call(many: list[Any], count: int, status: int) -> None:
    given = [{"Values": ["x"]}] * count
    assert partitions._on_a_table(_passed, _asked(PartitionInputList=given))[0] == status


@pytest.mark.parametrize(("count", "status"), [(25, 200), (26, 400)], ids=["25 partitions", "one more"])
def test_25_partitions_are_deleted_a_call(many: list[Any], count: int, status: int) -> None:
    wanted = [{"Values": [str(day)]} for day in range(count)]
    assert partitions.batch_delete_partition(_asked(PartitionsToDelete=wanted))[0] == status
    assert len(glue._partitions["d/t"]) == (1001 - count if status == 200 else 1001)


@pytest.mark.parametrize(
    ("call", "asked", "refusal"),
    [
        (partitions.get_partition, {"PartitionValues": ["7"]}, ""),
        (partitions.get_partition, {"PartitionValues": ["x"]}, "EntityNotFoundException"),
        (partitions.delete_partition, {"PartitionValues": ["7"]}, ""),
        (partitions.delete_partition, {"PartitionValues": ["x"]}, "EntityNotFoundException"),
        (partitions.get_partitions, {"Expression": "other = 1"}, "InvalidInputException"),
        (partitions._on_a_table, {}, ""),
        (partitions._on_a_table, {"TableName": "x"}, "EntityNotFoundException"),
        (partitions._on_a_table, {"PartitionInput": {"Values": ["1"]}}, ""),
        (partitions._on_a_table, {"PartitionInput": {"Values": ["1", "2"]}}, "InvalidInputException"),
        (partitions._on_a_table, {"PartitionInput": {}}, "InvalidInputException"),
        (lambda _, asked: partitions.batch_delete_partition(asked), {"TableName": "x"}, "EntityNotFoundException"),
    ],
)
def test_a_call_about_partitions_is_refused(many: list[Any], call: Any, asked: dict[str, Any], refusal: str) -> None:
    status, _, body = call(_passed, _asked() | asked)
    assert (status, json.loads(body).get("__type", "")) == (400 if refusal else 200, refusal)


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("day between 7 and 9", "789"), ("not day between 7 and 9", "56"), ("day > 8", "9"), ("day >= 8", "89"),
        ("day < 6", "5"), ("day <= 6", "56"), ("day = 6", "6"), ("day <> 6", "5789"), ("day in (5, 9)", "59"),
        ("(day = 5 or day = 6) and day > 5", "6"), ("day is null", ""), ("day is not null", "56789"),
        ("DAY like '_'", "56789"), ("  ", "56789"),
    ],
)  # fmt: skip
def test_a_condition_is_met_up_to_its_bounds(expression: str, met: str) -> None:
    meets = condition(expression, DAY)
    assert "".join(day for day in "56789" if meets([day])) == met


def test_a_date_is_compared_with_a_literal_of_its_type() -> None:
    meets = condition("day > DATE '2026-11-22'", [{"Name": "day", "Type": "date"}])
    assert [meets([day]) for day in ("2026-11-22", "2026-11-23")] == [False, True]


def test_a_partition_with_more_values_than_keys_is_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        condition("day = 1", DAY)(["1", "2"])


@pytest.mark.parametrize(
    ("text", "athena"),
    [
        ("int", "integer"), ("VARCHAR(20)", "varchar"), ("char(3)", "varchar"), ("varchar", "varchar"),
        ("decimal", "decimal(10,0)"), ("decimal(12)", "decimal(12,0)"), ("decimal(12, 4)", "decimal(12,4)"),
        ("array<varchar(9)>", "array(varchar)"), ("map<string,array<bigint>>", "map(varchar, array(bigint))"),
        ("struct<a:int,b:decimal(5,2)>", "row(a integer, b decimal(5,2))"),
        ("struct<a:struct<b:int>>", "row(a row(b integer))"),
    ],
)  # fmt: skip
def test_a_declared_type_has_a_name_in_athena(text: str, athena: str) -> None:
    assert parse(text).athena == athena


@pytest.mark.parametrize(
    "text",
    [
        "", "text", "int int", "int>", "int;", "array", "array<int", "array<>", "array<int,int>", "map<int>",
        "map<int int>", "struct<a int>", "struct<a:int b:int>", "struct<a:int", "decimal(5", "decimal(5 2)",
    ],
)  # fmt: skip
def test_a_type_that_glue_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(UnknownType):
        parse(text)


@pytest.mark.parametrize(
    ("declared", "found", "accepted"),
    [
        ("timestamp", "timestamp", True), ("timestamp", "bigint", False),
        ("int", "int", True), ("int", "bigint", False),
        ("array<int>", "array<int>", True), ("array<int>", "array<bigint>", False), ("array<int>", "int", False),
        ("map<int,string>", "map<int,string>", True), ("map<int,string>", "map<int,int>", False),
        ("map<int,string>", "map<bigint,string>", False), ("map<int,string>", "int", False),
        ("struct<a:int>", "struct<a:int>", True), ("struct<a:int>", "struct<a:bigint>", False),
        ("struct<a:int>", "int", False),
    ],
)  # fmt: skip
def test_a_files_column_is_read_only_as_its_own_type(declared: str, found: str, accepted: bool) -> None:
    assert parse(declared).accepts(parse(found).arrow) is accepted


@pytest.mark.parametrize("declared", ["timestamp", "array<timestamp>"])
def test_a_timestamp_may_have_any_unit(declared: str) -> None:
    found = pa.timestamp("ns") if declared == "timestamp" else pa.list_(pa.timestamp("ns"))
    assert parse(declared).accepts(found)


def test_what_is_read_has_all_fields_of_its_storage_and_no_unset_ones() -> None:
    table = {"Description": "", "Owner": None, "Name": "", "StorageDescriptor": {"Compressed": True, "Columns": [{}]}}
    storage = {"NumberOfBuckets": 0, "Compressed": True, "StoredAsSubDirectories": False, "Columns": [{}]}
    assert tables.as_returned([table]) == [{"Name": "", "StorageDescriptor": storage}]


@pytest.mark.parametrize(
    ("action", "status", "body"),
    [("GetTable", 200, {}), ("GetTable", 400, {"Description": ""}), ("CreateTable", 200, {"Description": ""})],
    ids=["what is read", "a refusal", "what is written"],
)
def test_only_what_is_read_is_completed(action: str, status: int, body: dict[str, str]) -> None:
    reply: Any = (status, {}, b'{"Description": ""}')
    headers = {"x-amz-target": f"AWSGlue.{action}"}
    assert json.loads(tables._dispatch(lambda *_: reply, "POST", "/", headers, b"", {})[2]) == body


GOOD: dict[str, Any] = {
    "Targets": {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}], "S3Targets": []},
    "Role": "r", "SchemaChangePolicy": {"DeleteBehavior": "LOG"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({}, None, id="all is well"),
        pytest.param({"Configuration": '{"Version": 1.0}'}, None, id="a configuration"),
        pytest.param({"Targets": {"S3Targets": [1], "JdbcTargets": [1]}}, "JdbcTargets, S3Targets: the", id="others"),
        pytest.param({"Targets": GOOD["Targets"] | {"S3Targets": [1]}}, "does not mix them", id="mixed"),
        pytest.param({"Targets": {}}, "must name a database", id="no target"),
        pytest.param({"Targets": {"CatalogTargets": [{"DatabaseName": "d"}]}}, "must name a database", id="no table"),
        pytest.param({"Targets": {"CatalogTargets": [{"Tables": ["t"]}]}}, "must name a database", id="no database"),
        pytest.param({"Role": ""}, "needs a Role", id="no role"),
        pytest.param({"SchemaChangePolicy": {}}, "only LOG DeleteBehavior", id="what is deleted"),
        pytest.param(
            {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "only apply to Amazon", id="new folders"
        ),
        pytest.param({"Configuration": "{"}, "is not JSON", id="no JSON"),
        pytest.param({"Configuration": "[]"}, 'with "Version": 1.0', id="no object"),
        pytest.param({"Configuration": '{"Version": 2}'}, 'with "Version": 1.0', id="another version"),
    ],
)  # fmt: skip
def test_a_crawler_is_refused_by_a_rule(change: dict[str, Any], said: str | None) -> None:
    found = broken(GOOD | change)
    assert found is None if said is None else said in str(found)
