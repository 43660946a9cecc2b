"""Checks of the table's rows about Athena."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError

from tests.local.aws.conformance.calling import refused
from tests.local.cloud import allow, new_name, role, run, task
from tests.local.lake import DAY_AND_RUN, JSON_LINES, PARQUET, Lake, client_of, parquet, presto_view

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

NO_SERDE = "HIVE_METASTORE_ERROR: Table storage descriptor is missing SerDe info"
NUMBERS = "UNNEST(sequence(1, 10000))"
LONG = (
    f"SELECT count(*) FROM {NUMBERS} AS a(x) CROSS JOIN {NUMBERS} AS b(y) CROSS JOIN {NUMBERS} AS c(z) "  # noqa: S608 - our own text
    "WHERE x % 7 = y % 11"
)


def _albums(aws: EmbeddedAws) -> Lake:
    """Return a lake with a table of two days, of which one is a partition."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    for day, run_id, album in (("2026-01-01", "A", "a"), ("2026-01-02", "B", "b")):
        lake.put(f"albums/snapshot_date={day}/run_id={run_id}/part.parquet", parquet(album_id=[album]))
    lake.partition("albums", "2026-01-01", "A")
    return lake


# Requests and results.


def text_that_is_no_sql(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as refusal:
        Lake(aws).start("SELEC 1")
    assert refusal.value.response["Error"]["Code"] == "InvalidRequestException"
    assert dict(refusal.value.response)["AthenaErrorCode"] == "MALFORMED_QUERY"


def same_request_token_twice(aws: EmbeddedAws) -> None:
    lake, token = Lake(aws), new_name("token-that-is-at-least-32-characters")
    assert len({lake.start("SELECT 1", ClientRequestToken=token) for _ in range(2)}) == 1
    assert refused(lake.start, sql="SELECT 2", ClientRequestToken=token) == (400, "InvalidRequestException")


def location_of_results(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    elsewhere = {"OutputLocation": "s3://elsewhere/"}
    execution = lake.ended(lake.start("SELECT 1", ResultConfiguration=elsewhere)).execution
    place = f"s3://{lake.bucket}/results/{execution['QueryExecutionId']}.csv"
    assert execution["ResultConfiguration"]["OutputLocation"] == place


def file_of_results(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    place = lake.query("""SELECT 'a"b' AS x, CAST(NULL AS varchar) AS y""").execution["ResultConfiguration"]
    key = place["OutputLocation"].split("/", 3)[3]
    body = lake.client("s3").get_object(Bucket=lake.bucket, Key=key)["Body"].read()
    assert body == b'"x","y"\n"a""b",\n'


def pages_of_results(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    query = lake.start("SELECT x FROM UNNEST(sequence(1, 1500)) AS t(x) ORDER BY x")
    assert lake.ended(query).state == "SUCCEEDED"
    found = [
        [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
        for page in lake.client("athena").get_paginator("get_query_results").paginate(QueryExecutionId=query)
    ]
    assert [len(page) for page in found] == [1000, 501]
    assert (found[0][:2], found[1][-1]) == (["x", "1"], "1500")
    too_many = {"QueryExecutionId": query, "MaxResults": 1001}
    assert refused(lake.client("athena").get_query_results, **too_many) == (400, "InvalidRequestException")


EACH_TYPE = {  # a value of a type as SQL: its text, then its column's Type, Precision and Scale
    "true": ("true", "boolean", 0, 0),
    "CAST(127 AS tinyint)": ("127", "tinyint", 3, 0),
    "CAST(32767 AS smallint)": ("32767", "smallint", 5, 0),
    "2147483647": ("2147483647", "integer", 10, 0),
    "CAST(9223372036854775807 AS bigint)": ("9223372036854775807", "bigint", 19, 0),
    "CAST(0.25 AS double)": ("0.25", "double", 17, 0),
    "CAST('a string' AS varchar)": ("a string", "varchar", 2147483647, 0),
    "CAST('varchar' AS varchar(10))": ("varchar", "varchar", 10, 0),
    "TIMESTAMP '2017-01-01 00:00:00.000'": ("2017-01-01 00:00:00.000", "timestamp", 3, 0),
    "DATE '2017-01-02'": ("2017-01-02", "date", 0, 0),
    "X'313233'": ("31 32 33", "varbinary", 1073741824, 0),
    "ARRAY[1, 2]": ("[1, 2]", "array", 0, 0),
    "MAP(ARRAY[1, 3], ARRAY[2, 4])": ("{1=2, 3=4}", "map", 0, 0),
    "CAST(ROW(1, 2) AS ROW(a integer, b integer))": ("{a=1, b=2}", "row", 0, 0),
    "CAST(0.1 AS decimal(10, 1))": ("0.1", "decimal", 10, 1),
}


def value_of_each_type(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    ended = lake.ended(lake.start(f"SELECT {', '.join(EACH_TYPE)}"))  # the values above
    assert ended.state == "SUCCEEDED", ended.reason
    answer = aws.client("athena").get_query_results(QueryExecutionId=ended.execution["QueryExecutionId"])["ResultSet"]
    texts = [cell["VarCharValue"] for cell in answer["Rows"][1]["Data"]]
    columns = [(each["Type"], each["Precision"], each["Scale"]) for each in answer["ResultSetMetadata"]["ColumnInfo"]]
    assert [(text, *column) for text, column in zip(texts, columns, strict=True)] == list(EACH_TYPE.values())


def results_of_a_failed_query(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    running = lake.start(LONG)
    failed = lake.query("SELECT 1/0").execution["QueryExecutionId"]  # by then the other one runs, and a stop ends it
    for query in (failed, running):
        asked = {"QueryExecutionId": query}
        assert refused(lake.client("athena").get_query_results, **asked) == (400, "InvalidRequestException")
    lake.client("athena").stop_query_execution(QueryExecutionId=running)


def stop_of_a_query(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    query = lake.start(LONG)
    assert lake.query("SELECT 1").state == "SUCCEEDED"  # by then the other one runs
    lake.client("athena").stop_query_execution(QueryExecutionId=query)
    assert lake.ended(query).state == "CANCELLED"


def parameters_are_sql_literals(aws: EmbeddedAws) -> None:
    lake = _albums(aws)
    sql = "SELECT count(*) FROM albums WHERE snapshot_date = ? AND run_id = ?"
    assert lake.query(sql, "'2026-01-01'", "'A'").rows == [["1"]]
    assert lake.query(sql, "'A'", "'2026-01-01'").rows == [["0"]]
    assert lake.query(sql, "'2026-01-01'", "'A'' OR ''1''=''1'").rows == [["0"]]


def scan_limit_of_a_workgroup(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    limit = {"BytesScannedCutoffPerQuery": 10_000_000}
    lake.client("athena").update_work_group(WorkGroup=lake.workgroup, ConfigurationUpdates=limit)
    lake.table("big", {"text": "string"})
    lake.put("big/part.parquet", parquet(text=["x"]))
    assert lake.query("SELECT count(*) FROM big").rows == [["1"]]
    lake.put("big/more.parquet", b" " * 10_000_001)
    found = lake.query("SELECT count(*) FROM big")
    assert (found.state, "Bytes scanned limit was exceeded" in found.reason) == ("CANCELLED", True)


# What the catalog says.


def table_or_view_without_serde_information(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    view = {
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": presto_view("SELECT 1 AS a", lake.database, a="integer"),
        "StorageDescriptor": {"Columns": []},
    }
    place = {"Location": f"s3://{lake.bucket}/t/", "Columns": [{"Name": "a", "Type": "int"}]}
    table = {"TableType": "EXTERNAL_TABLE", "StorageDescriptor": place}
    lacking: list[dict[str, Any]] = [{}, {"SerdeInfo": {}}]
    for kind, declared in (("view", view), ("table", table)):
        for number, serde in enumerate(lacking):
            assert _reason(lake, f"{kind}_{number}", declared, serde) == NO_SERDE
        assert _reason(lake, f"{kind}_2", declared, {"SerdeInfo": {"SerializationLibrary": PARQUET}}) == ""


def _reason(lake: Lake, name: str, declared: dict[str, Any], serde: dict[str, Any]) -> str:
    """Declare a table and return why a query over it fails, or nothing."""
    storage = {**declared["StorageDescriptor"], **serde}
    table = {**declared, "Name": name, "StorageDescriptor": storage}
    lake.client("glue").create_table(DatabaseName=lake.database, TableInput=table)
    return lake.query(f"SELECT a FROM {name}").reason  # noqa: S608  a name of this check


def partitions_that_nobody_registered(aws: EmbeddedAws) -> None:
    lake = _albums(aws)
    lake.partition("albums", "2026-01-03", "C")
    assert lake.query("SELECT * FROM albums").rows == [["a", "2026-01-01", "A"]]


def column_that_nobody_declared(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"})
    lake.put("albums/part.parquet", parquet(album_id=["a"], label=["x"]))
    assert lake.query("SELECT label FROM albums").reason == (
        "COLUMN_NOT_FOUND: line 1:8: Column 'label' cannot be resolved or requester is not authorized to access "
        "requested resources"
    )
    assert lake.query("SELECT * FROM albums").rows == [["a"]]


def column_that_a_file_lacks(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string", "upc": "string"})
    lake.put("albums/old.parquet", parquet(album_id=["a"]))
    lake.put("albums/new.parquet", parquet(upc=["1"], album_id=["b"]))
    assert lake.query("SELECT album_id, upc FROM albums ORDER BY 1").rows == [["a", None], ["b", "1"]]


def file_of_another_type(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    for kind, held in (("int", pa.array(["1"])), ("string", pa.array([1])), ("bigint", pa.array([1.5]))):
        name = f"of_{kind}"
        lake.table(name, {"value": kind})
        lake.put(f"{name}/part.parquet", parquet(value=held))
        reason = lake.query(f"SELECT value FROM {name}").reason  # noqa: S608  a name of this check
        assert reason.startswith("HIVE_BAD_DATA: Field value's type ")
        assert "is incompatible with type" in reason


def timestamp_of_a_file(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("t", {"at": "timestamp"})
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    held = [noon + timedelta(microseconds=each) for each in (499, 500, 999_999)]
    lake.put("t/part.parquet", parquet(at=pa.array(held, pa.timestamp("us", "UTC"))))
    found = [row[0] for row in lake.query("SELECT at FROM t ORDER BY 1").rows]
    assert found == ["2026-01-01 12:00:00.000", "2026-01-01 12:00:00.001", "2026-01-01 12:00:01.000"]


def partition_of_another_schema(aws: EmbeddedAws) -> None:
    lake = _albums(aws)
    glue, of = lake.client("glue"), {"DatabaseName": lake.database}
    place = {"Location": f"s3://{lake.bucket}/albums/x/", "Columns": [{"Name": "album_id", "Type": "int"}]}
    values = {"Values": ["2026-01-04", "D"], "StorageDescriptor": place}
    glue.create_partition(**of, TableName="albums", PartitionInput=values)
    assert lake.query("SELECT * FROM albums").reason.startswith("HIVE_PARTITION_SCHEMA_MISMATCH: ")


def hidden_files(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"})
    for name in ("part", "_part", ".part", "_folder/part"):
        lake.put(f"albums/{name}.parquet", parquet(album_id=[name]))
    assert lake.query("SELECT * FROM albums").rows == [["part"]]


def line_that_is_no_json(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("runs", {"n": "int"}, serde=JSON_LINES)
    lake.put("runs/a.json", b'{"n": 1}\n\n')
    assert lake.query("SELECT n FROM runs ORDER BY 1").rows == [["1"], [None]]
    lake.put("runs/b.json", b"n: 2\n")
    assert lake.query("SELECT n FROM runs").reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


def names_that_do_not_exist(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    said = f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{lake.database}.gone' does not exist"
    assert lake.query("SELECT * FROM gone").reason == said
    reason = lake.query("SELECT * FROM gone.albums").reason
    assert reason == "SCHEMA_NOT_FOUND: line 1:15: Schema 'gone' does not exist"


# Views.


def view_of_another_type(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.view("v", "SELECT 1 AS a", a="varchar")
    assert lake.query("SELECT * FROM v").reason == (
        f"VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.{lake.database}.v' is stale or in invalid state: column [a] "
        "of type integer projected from query view at position 0 cannot be coerced to column [a] of type varchar "
        "stored in view definition"
    )
    lake.view("wide", "SELECT 1 AS a", a="bigint")
    assert lake.query("SELECT * FROM wide").types == ["bigint"]


def view_of_other_names(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.view("v", "SELECT 1 AS b", a="integer")
    assert lake.query("SELECT * FROM v").reason.endswith(
        "is stale or in invalid state: column [b] of type integer projected from query view at position 0 has a "
        "different name from column [a] of type integer stored in view definition"
    )


def view_that_does_not_analyze(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.view("v", "SELECT a FROM gone", a="integer")
    assert lake.query("SELECT * FROM v").reason == (
        f"INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.{lake.database}.v': "
        f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{lake.database}.gone' does not exist"
    )


def view_in_its_own_database(aws: EmbeddedAws) -> None:
    own, other = Lake(aws), Lake(aws)
    for lake, value in ((own, "own"), (other, "other")):
        lake.table("t", {"a": "string"})
        lake.put("t/part.parquet", parquet(a=[value]))
    own.view("v", "SELECT a FROM t", a="varchar")
    assert other.query(f'SELECT a FROM "{own.database}"."v"').rows == [["own"]]  # noqa: S608  a name of this check


# Rights, and tasks.


def rights_of_the_caller(aws: EmbeddedAws) -> None:
    lake = _albums(aws)
    needed = ("glue:GetTable", "glue:GetPartitions", "s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject",
              "s3:PutObject")  # fmt: skip
    assert _asks(lake, *needed).state == "SUCCEEDED"
    for lacks in needed:
        found = _asks(lake, *(action for action in needed if action != lacks))
        assert (found.state, f"not authorized to perform: {lacks}" in found.reason) == ("FAILED", True), lacks


def _asks(lake: Lake, *may: str) -> Any:
    """Return a query of a caller that may do these things."""
    made = role(lake.aws, "lambda.amazonaws.com", allow(["athena:*", *may], "*"))
    return lake.query("SELECT count(*) FROM albums", client=client_of(lake.aws, "athena", made))


def bytes_of_a_table_that_is_named_twice(aws: EmbeddedAws) -> None:
    lake, twice = _albums(aws), "WITH a AS (SELECT * FROM albums) SELECT count(*) FROM a AS x CROSS JOIN a AS y"
    a_file = lake.query("SELECT count(*) FROM albums").scanned
    lake.partition("albums", "2026-01-02", "B")  # the second of two files of one size
    assert lake.query(twice).scanned == 4 * a_file > 0


def query_that_names_its_catalog(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    may = allow(["athena:StartQueryExecution", "s3:GetBucketLocation", "s3:PutObject"], "*")
    asking = client_of(aws, "athena", role(aws, "lambda.amazonaws.com", may))
    given = {"QueryString": "SELECT 1", "WorkGroup": lake.workgroup}
    at = {"Database": lake.database}
    assert asking.start_query_execution(**given, QueryExecutionContext=at)["QueryExecutionId"]
    named = {**at, "Catalog": "AwsDataCatalog"}
    assert refused(asking.start_query_execution, **given, QueryExecutionContext=named) == (400, "AccessDeniedException")


def query_that_fails_as_a_task(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    failing = {"QueryString": "SELECT 1/0", "WorkGroup": lake.workgroup}
    ended = run(aws, task("athena:startQueryExecution.sync", failing))
    status = json.loads(ended["cause"])["QueryExecution"]["Status"]
    told = (ended["error"], status["State"], status["StateChangeReason"])
    assert told == ("States.TaskFailed", "FAILED", "DIVISION_BY_ZERO: Division by zero")


def query_task_that_is_denied(aws: EmbeddedAws) -> None:
    asking = task("athena:startQueryExecution.sync", {"QueryString": "SELECT 1", "WorkGroup": Lake(aws).workgroup})
    ended = run(aws, asking, role_arn=role(aws, "states.amazonaws.com"))
    assert (ended["status"], ended["error"]) == ("FAILED", "Athena.AmazonAthenaException")
    assert "athena:StartQueryExecution" in ended["cause"]
