"""Athena reads through the catalog: only registered partitions, with declared columns and types."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local.lake import DAY_AND_RUN, JSON_LINES, Lake, parquet

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

D1 = "albums/snapshot_date=2026-11-23/run_id=A/part-0.parquet"
D2 = "albums/snapshot_date=2026-11-24/run_id=B/part-0.parquet"


@pytest.fixture(scope="module")
def module_lake(aws: EmbeddedAws) -> Lake:
    """Two days of albums, of which the second is not registered."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string", "total_tracks": "int"}, DAY_AND_RUN)
    lake.put(D1, parquet(album_id=["a", "b"], total_tracks=pa.array([1, 2], pa.int32())))
    lake.put(D2, parquet(album_id=["c"], total_tracks=pa.array([3], pa.int32())))
    lake.partition("albums", "2026-11-23", "A")
    return lake


@pytest.fixture
def lake(aws: EmbeddedAws) -> Lake:
    """An empty lake."""
    return Lake(aws)


def test_only_registered_partitions_are_read(module_lake: Lake) -> None:
    found = module_lake.query("SELECT album_id, total_tracks, snapshot_date, run_id FROM albums ORDER BY 1")
    assert found.rows == [["a", "1", "2026-11-23", "A"], ["b", "2", "2026-11-23", "A"]]
    assert found.types == ["varchar", "integer", "varchar", "varchar"]


def test_a_table_without_partitions_in_the_catalogue_is_empty(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.put(D1, parquet(album_id=["a"]))
    found = lake.query("SELECT * FROM albums")
    assert (found.rows, found.columns, found.scanned) == ([], ["album_id", "snapshot_date", "run_id"], 0)


def test_a_file_without_row_groups_has_no_rows(lake: Lake) -> None:
    """As Trino's Hive reader reads it, measured with Trino 435."""
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    file = io.BytesIO()
    pq.ParquetWriter(file, pa.schema([("album_id", pa.string())])).close()
    lake.put(D1, file.getvalue())
    lake.partition("albums", "2026-11-23", "A")
    found = lake.query("SELECT album_id, snapshot_date FROM albums")
    assert (found.state, found.rows, found.types) == ("SUCCEEDED", [], ["varchar", "varchar"])


def test_a_deleted_partition_is_gone_while_its_files_are_there(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.put(D1, parquet(album_id=["a"]))
    lake.partition("albums", "2026-11-23", "A")
    assert lake.query("SELECT count(*) FROM albums").rows == [["1"]]
    lake.client("glue").batch_delete_partition(
        DatabaseName=lake.database, TableName="albums", PartitionsToDelete=[{"Values": ["2026-11-23", "A"]}]
    )
    assert lake.query("SELECT count(*) FROM albums").rows == [["0"]]


def test_a_registered_partition_without_files_is_empty(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.partition("albums", "2026-11-23", "A")
    assert lake.query("SELECT count(*) FROM albums").rows == [["0"]]


def test_a_column_that_nobody_declared_cannot_be_read(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"})
    lake.put("albums/part.parquet", parquet(album_id=["a"], label=["x"]))
    assert lake.query("SELECT * FROM albums").rows == [["a"]]
    found = lake.query("SELECT label FROM albums")
    assert found.reason == (
        "COLUMN_NOT_FOUND: line 1:8: Column 'label' cannot be resolved or requester is not authorized to access "
        "requested resources"
    )


def test_a_column_that_an_older_file_lacks_is_null(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string", "upc": "string"})
    lake.put("albums/old.parquet", parquet(album_id=["a"]))
    lake.put("albums/new.parquet", parquet(album_id=["b"], upc=["1"]))
    assert lake.query("SELECT album_id, upc FROM albums ORDER BY 1").rows == [["a", None], ["b", "1"]]


@pytest.mark.parametrize(
    ("declared", "held"),
    [
        ("int", pa.array([1], pa.int64())),
        ("bigint", pa.array([1], pa.int32())),
        ("string", pa.array([1], pa.int32())),
        ("int", pa.array(["1"])),
        ("date", pa.array(["2026-11-23"])),
        ("double", pa.array([1], pa.int32())),
        ("timestamp", pa.array([date(2026, 11, 23)])),
        ("array<string>", pa.array([[1]])),
        ("array<string>", pa.array(["[]"])),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.type),
)
def test_a_file_of_another_type_than_declared_fails_the_query(lake: Lake, declared: str, held: pa.Array) -> None:
    lake.table("albums", {"value": declared})
    lake.put("albums/part.parquet", parquet(value=held))
    found = lake.query("SELECT value FROM albums")
    assert found.state == "FAILED"
    assert found.reason.startswith("HIVE_BAD_DATA: Field value's type ")
    assert f"s3://{lake.bucket}/albums/part.parquet is incompatible with type" in found.reason


def test_every_type_of_the_contract_comes_back_as_athena_writes_it(lake: Lake) -> None:
    instant = datetime(2026, 11, 23, 6, 0, 0, 123456, UTC)
    lake.table(
        "things",
        {
            "s": "string", "i": "int", "l": "bigint", "x": "double", "b": "boolean", "d": "date", "t": "timestamp",
            "a": "array<string>", "m": "map<string,bigint>", "n": "decimal(10,2)",
        },
    )  # fmt: skip
    lake.put(
        "things/part.parquet",
        parquet(
            s=["a,\"b\""], i=pa.array([1], pa.int32()), l=[2], x=[0.5], b=[True], d=[date(2026, 11, 23)],
            t=pa.array([instant], pa.timestamp("us", "UTC")), a=[["p", None]],
            m=pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            n=pa.array([1], pa.decimal128(10, 2)),
        ),
    )  # fmt: skip
    found = lake.query("SELECT * FROM things")
    assert found.rows == [
        ['a,"b"', "1", "2", "0.5", "true", "2026-11-23", "2026-11-23 06:00:00.123", "[p, null]", "{k=1}", "1.00"]
    ]
    assert found.types == [
        "varchar", "integer", "bigint", "double", "boolean", "date", "timestamp", "array", "map", "decimal",
    ]  # fmt: skip


def test_a_partition_key_is_typed_as_declared(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"}, {"day": "date"})
    lake.put("albums/day=2026-11-23/part.parquet", parquet(album_id=["a"]))
    lake.partition("albums", "2026-11-23")
    assert lake.query("SELECT day FROM albums").types == ["date"]


def test_a_partition_that_declares_another_type_than_its_table_fails_the_query(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string", "popularity": "int"}, DAY_AND_RUN)
    lake.partition("albums", "2026-11-23", "A")
    glue = lake.client("glue")
    table = glue.get_table(DatabaseName=lake.database, Name="albums")["Table"]
    storage = table["StorageDescriptor"] | {"Columns": [{"Name": "popularity", "Type": "bigint"}]}
    keys = table["PartitionKeys"]
    glue.update_table(
        DatabaseName=lake.database,
        TableInput={"Name": "albums", "PartitionKeys": keys, "StorageDescriptor": storage},
    )
    assert lake.query("SELECT * FROM albums").reason.startswith("HIVE_PARTITION_SCHEMA_MISMATCH: ")


def test_what_is_no_parquet_file_fails_the_query(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"})
    lake.put("albums/part.parquet", b"no parquet")
    assert lake.query("SELECT * FROM albums").reason.startswith("HIVE_CANNOT_OPEN_SPLIT: ")


def test_a_file_that_cannot_be_read_fails_only_a_query_that_needs_its_partition(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    for day, body in (("2026-11-22", b"no parquet"), ("2026-11-23", parquet(album_id=["a"]))):
        lake.put(f"albums/snapshot_date={day}/run_id=A/part.parquet", body)
        lake.partition("albums", day, "A")
    assert lake.query("SELECT album_id FROM albums WHERE snapshot_date = '2026-11-23'").rows == [["a"]]
    assert lake.query("SELECT count(*) FROM albums WHERE snapshot_date > '2026-11-22' AND album_id = 'a'").rows == [
        ["1"]
    ]
    for needs in ("SELECT count(*) FROM albums", "SELECT album_id FROM albums WHERE album_id = 'a'"):
        assert lake.query(needs).reason.startswith("HIVE_CANNOT_OPEN_SPLIT: ")


def test_a_blank_json_line_is_a_row_of_nulls(lake: Lake) -> None:
    lake.table("runs", {"run_id": "string"}, serde=JSON_LINES)
    lake.put("runs/a.json", b'{"run_id": "A"}\n\n{"run_id": "B"}\n')
    assert lake.query("SELECT run_id FROM runs ORDER BY run_id").rows == [["A"], ["B"], [None]]


def test_hidden_files_are_passed_over(lake: Lake) -> None:
    lake.table("albums", {"album_id": "string"})
    lake.put("albums/_SUCCESS", b"")
    lake.put("albums/.hidden/part.parquet", b"no parquet")
    lake.put("albums/part.parquet", parquet(album_id=["a"]))
    assert lake.query("SELECT album_id FROM albums").rows == [["a"]]


def test_json_lines_are_read_by_declared_members_whatever_their_case(lake: Lake) -> None:
    columns = {"run_id": "string", "rows": "map<string,bigint>", "tags": "array<string>", "waits_s": "double"}
    lake.table("runs", columns, serde=JSON_LINES)
    rows = [{"run_ID": "A", "rows": {"albums": 3}, "tags": ["x"], "waits_s": 1, "more": {}}, {"run_id": "B"}]
    lake.put("runs/a.json", "\n".join(map(json.dumps, rows)).encode())
    lake.put("runs/c.json.gz", gzip.compress(b'{"run_id": "C", "rows": null}\n'))
    found = lake.query("SELECT run_id, rows, tags, waits_s, rows['albums'] FROM runs WHERE run_id = 'A'")
    assert found.rows == [["A", "{albums=3}", "[x]", "1.0", "3"]]
    assert lake.query("SELECT run_id, rows FROM runs WHERE rows IS NULL ORDER BY 1").rows == [["B", None], ["C", None]]


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("bigint", '"3"'),
        ("bigint", "3.5"),
        ("int", "3000000000"),
        ("string", "3"),
        ("string", "{}"),
        ("double", "true"),
        ("map<string,bigint>", "[]"),
        ("map<string,bigint>", '{"a": "1"}'),
        ("array<string>", '"a"'),
        ("date", '"23.11.2026"'),
        ("timestamp", '"2026-11-23T06:00:00Z"'),
    ],
)
def test_a_json_value_of_another_type_than_declared_fails_the_query(lake: Lake, declared: str, text: str) -> None:
    lake.table("runs", {"value": declared}, serde=JSON_LINES)
    lake.put("runs/a.json", b'{"value": ' + text.encode() + b"}")
    assert lake.query("SELECT * FROM runs").reason.startswith("HIVE_BAD_DATA: Error parsing field value")


def test_a_line_that_is_no_json_object_fails_the_query(lake: Lake) -> None:
    lake.table("runs", {"run_id": "string"}, serde=JSON_LINES)
    lake.put("runs/a.json", b"[1]")
    assert lake.query("SELECT * FROM runs").reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


def test_scanned_bytes_are_those_of_the_files_read(module_lake: Lake) -> None:
    size = module_lake.client("s3").head_object(Bucket=module_lake.bucket, Key=D1)["ContentLength"]
    assert module_lake.query("SELECT count(*) FROM albums").scanned == size
    assert module_lake.query("SELECT 1").scanned == 0


def test_the_path_of_each_row_can_be_asked_for(module_lake: Lake) -> None:
    found = module_lake.query('SELECT DISTINCT "$path" FROM albums')
    assert found.rows == [[f"s3://{module_lake.bucket}/{D1}"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT 1 FROM nothing",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{database}.nothing' does not exist",
        ),
        ("SELECT 1 FROM nowhere.albums", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
        ("SELECT 1 FROM other.x.albums", "CATALOG_NOT_FOUND: line 1:15: Catalog 'other' does not exist"),
    ],
)
def test_what_does_not_exist_is_named(module_lake: Lake, sql: str, reason: str) -> None:
    assert module_lake.query(sql).reason == reason.format(database=module_lake.database)


def test_names_may_be_qualified_quoted_and_of_any_case(module_lake: Lake) -> None:
    for sql in (
        "SELECT count(*) FROM ALBUMS",
        'SELECT count(*) FROM "DATABASE"."albums"',
        "SELECT count(*) FROM awsdatacatalog.DATABASE.Albums",
        "SELECT count(DATABASE.albums.album_id) FROM DATABASE.albums",
        'SELECT count("A".Album_ID) FROM albums AS a',
    ):
        assert module_lake.query(sql.replace("DATABASE", module_lake.database)).rows == [["2"]]


def test_the_name_of_a_cte_hides_a_table(module_lake: Lake) -> None:
    assert module_lake.query("WITH albums AS (SELECT 7 AS n) SELECT n FROM albums").rows == [["7"]]
