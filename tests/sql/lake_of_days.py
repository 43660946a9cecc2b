"""A lake of a few days in the embedded AWS, with every view of `sql/views` over it."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from functions.shared import contract, keys
from infra.rendering import ledger
from infra.rendering.views import all_views, presto_type
from tests.local.lake import DAY_AND_RUN, JSON_LINES, Lake

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

Row = dict[str, Any]
AT_ONCE = 25  # partitions that BatchDeletePartition takes


def an_id(number: int) -> str:
    """Return an id that Spotify never gave."""
    return f"{number:022d}"


def artist(number: int, **more: Any) -> Row:
    return {"artist_id": an_id(number), "name": f"Artist {number}", **more}


def album(number: int, **more: Any) -> Row:
    return {
        "album_id": an_id(number),
        "name": f"Album {number}",
        "album_type": "album",
        "release_date": date(2020, 1, 1),
        "release_date_precision": "day",
        "artist_ids": [an_id(1)],
        "total_tracks": 1,
        **more,
    }


def track(number: int, album_number: int, **more: Any) -> Row:
    return {
        "track_id": an_id(number),
        "album_id": an_id(album_number),
        "name": f"Track {number}",
        "disc_number": 1,
        "track_number": 1,
        "duration_ms": 1000,
        "artist_ids": [an_id(1), an_id(2)],
        **more,
    }


def observation(entity: str, number: int, status: str) -> Row:
    return {"entity": entity, "entity_id": an_id(number), "status": status}


_of_tests: dict[str, LakeOfDays] = {}


class LakeOfDays:
    """Tables, a ledger, publications, and the views."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.lake, self.shown = Lake(aws), Lake(aws)
        for table in contract.TABLES:
            columns = {each["Name"]: each["Type"] for each in contract.glue_columns(table)}
            self.lake.table(table, columns, DAY_AND_RUN)
        for name, declared in (("runs", ledger.RUNS), ("published", ledger.PUBLISHED)):
            self.lake.table(name, {str(each["Name"]): str(each["Type"]) for each in declared}, serde=JSON_LINES)
        for view in all_views():
            types = {each["Name"]: presto_type(each["Type"]) for each in view.columns}
            self.shown.view(view.name, view.sql(self.lake.database, self.shown.database), **types)

    @classmethod
    def empty(cls, aws: EmbeddedAws) -> LakeOfDays:
        """Return a lake without a date, the same for each test: its tables are declared and its views parsed once."""
        if aws.endpoint not in _of_tests:
            _of_tests[aws.endpoint] = cls(aws)
        found = _of_tests[aws.endpoint]
        found._clear()
        return found

    def _clear(self) -> None:
        """Delete every object and partition."""
        s3, glue, database = self.lake.client("s3"), self.lake.client("glue"), self.lake.database
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.lake.bucket):
            there = [{"Key": each["Key"]} for each in page.get("Contents", [])]
            if there:
                s3.delete_objects(Bucket=self.lake.bucket, Delete={"Objects": there})
        for table in contract.TABLES:
            found = glue.get_partitions(DatabaseName=database, TableName=table)["Partitions"]
            for start in range(0, len(found), AT_ONCE):
                gone = [{"Values": each["Values"]} for each in found[start : start + AT_ONCE]]
                glue.batch_delete_partition(DatabaseName=database, TableName=table, PartitionsToDelete=gone)

    def run(self, day: str, run_id: str, *, first_seen: str | None = None, **rows: list[Row]) -> None:
        """Write a run of a day and register its partitions, as a crawl does."""
        given = {
            "first_seen": date.fromisoformat(first_seen or day),
            "observed_at": datetime.fromisoformat(f"{day}T06:00:00").replace(tzinfo=UTC),
        }
        for table in contract.TABLES:
            schema = contract.arrow_schema(table)
            filled = [{**given, **row} for row in rows.get(table, [])]
            found = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in filled], schema)
            body = io.BytesIO()
            pq.write_table(found, body)
            self.lake.put(keys.part(table, day, run_id, 0), body.getvalue())
            self.lake.partition(table, day, run_id)

    def publish(self, day: str, run_id: str) -> None:
        """Show a run of a day."""
        line = json.dumps({"snapshot_date": day, "run_id": run_id}) + "\n"
        self.lake.put(keys.published(day), line.encode())

    def ask(self, sql: str) -> list[list[str | None]]:
        """Return the rows of a query over the views."""
        ended = self.shown.query(sql)
        assert ended.state == "SUCCEEDED", ended.reason
        return ended.rows
