"""Sweeping, on the embedded S3, Glue and DynamoDB."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared import keys
from functions.sweep.handler import Settings, handler
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from functions.shared.events import Run
    from tests.functions.conftest import Lake

DATE = "2026-11-23"


@pytest.fixture
def catalogue(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return Glue, with an empty table for each of the lake's, and a lock table beside it."""
    glue = lake.aws.client("glue")
    database = lake.name.replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    for table in keys.TABLES:
        glue.create_table(
            DatabaseName=database,
            TableInput={
                "Name": table,
                "PartitionKeys": [{"Name": "snapshot_date", "Type": "string"}, {"Name": "run_id", "Type": "string"}],
                "StorageDescriptor": {"Columns": [], "Location": f"s3://{lake.curated}/{table}/"},
            },
        )
    lake.aws.client("dynamodb").create_table(
        TableName=f"{lake.name}-locks",
        KeySchema=[{"AttributeName": "lock_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "lock_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv("LAKE_DATABASE", database)
    monkeypatch.setenv("LOCK_TABLE", f"{lake.name}-locks")
    monkeypatch.setenv("SUPERSEDED_GRACE_MINUTES", "0")
    monkeypatch.setenv("RETENTION_DAYS", "30")
    return glue


def write_run(lake: Lake, glue: Any, run_id: str, snapshot_date: str = DATE) -> None:
    """Write one object and one partition of each table, as a run does."""
    for table in keys.TABLES:
        lake.put(lake.curated, keys.part(table, snapshot_date, run_id, 0))
        glue.create_partition(
            DatabaseName=lake.name.replace("-", "_"),
            TableName=table,
            PartitionInput={"Values": [snapshot_date, run_id], "StorageDescriptor": {"Columns": []}},
        )


def publish(lake: Lake, run_id: str, snapshot_date: str = DATE) -> None:
    lake.put(lake.curated, keys.published(snapshot_date), json.dumps({"run_id": run_id}))


def runs_left(lake: Lake, glue: Any) -> tuple[set[str], set[str]]:
    """Return the runs that still have objects, and those that still have partitions."""
    objects = {key.split("run_id=")[1].split("/")[0] for key in lake.keys(lake.curated) if "run_id=" in key}
    database = lake.name.replace("-", "_")
    partitions = {
        each["Values"][1]
        for table in keys.TABLES
        for each in glue.get_partitions(DatabaseName=database, TableName=table)["Partitions"]
    }
    return objects, partitions


def test_the_grace_is_in_minutes_and_the_retention_in_days(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAW_BUCKET", "CURATED_BUCKET", "LAKE_DATABASE", "LOCK_TABLE"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("SUPERSEDED_GRACE_MINUTES", "1.5")
    monkeypatch.setenv("RETENTION_DAYS", "2")
    found = Settings.from_environment()
    assert (found.grace, found.retention) == (timedelta(seconds=90), timedelta(hours=48))


def test_a_superseded_run_loses_its_objects_and_its_partitions(lake: Lake, catalogue: Any, run: Run) -> None:
    write_run(lake, catalogue, "old")
    write_run(lake, catalogue, "new")
    publish(lake, "new")
    result = handler({"run": run}, CONTEXT)
    assert result == {"runs": ["old"], "objects": len(keys.TABLES), "partitions": len(keys.TABLES), "expired_dates": []}
    assert runs_left(lake, catalogue) == ({"new"}, {"new"})


def test_within_its_grace_a_superseded_run_stays(
    lake: Lake, catalogue: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERSEDED_GRACE_MINUTES", "60")
    write_run(lake, catalogue, "old")
    write_run(lake, catalogue, "new")
    publish(lake, "new")
    assert handler({"run": run}, CONTEXT)["runs"] == []
    assert runs_left(lake, catalogue) == ({"old", "new"}, {"old", "new"})


def test_a_run_that_another_execution_is_writing_is_left_alone(lake: Lake, catalogue: Any, run: Run) -> None:
    write_run(lake, catalogue, "seen", "2026-11-22")
    write_run(lake, catalogue, "writing", "2026-11-22")
    publish(lake, "seen", "2026-11-22")
    lake.aws.client("dynamodb").put_item(
        TableName=f"{lake.name}-locks", Item={"lock_id": {"S": "date#2026-11-22"}, "holder": {"S": "another"}}
    )
    assert handler({"run": run}, CONTEXT)["runs"] == []


def test_a_date_without_a_lock_is_swept_by_any_run(lake: Lake, catalogue: Any, run: Run) -> None:
    write_run(lake, catalogue, "failed", "2026-11-22")
    assert handler({"run": run}, CONTEXT)["runs"] == ["failed"]


def test_sweeping_twice_deletes_nothing_more(lake: Lake, catalogue: Any, run: Run) -> None:
    write_run(lake, catalogue, "old")
    write_run(lake, catalogue, "new")
    publish(lake, "new")
    handler({"run": run}, CONTEXT)
    assert handler({"run": run}, CONTEXT) == {"runs": [], "objects": 0, "partitions": 0, "expired_dates": []}


def test_a_rehearsal_takes_away_what_it_wrote_and_nothing_else(lake: Lake, catalogue: Any, run: Run) -> None:
    date = keys.REHEARSAL_DATE
    write_run(lake, catalogue, "rehearsed", date)
    write_run(lake, catalogue, "published")
    publish(lake, "published")
    part, kept = keys.raw_part(date, "albums", "00000"), keys.raw_part(DATE, "albums", "00000")
    for key in (part, keys.rehearsed_inputs("rehearsed"), kept, keys.frozen_inputs("published")):
        lake.put(lake.raw, key)
    result = handler({"run": {**run, "mode": "rehearsal", "snapshot_date": date}}, CONTEXT)
    assert (result["runs"], result["partitions"]) == (["rehearsed"], len(keys.TABLES))
    assert result["objects"] == len(keys.TABLES) + 2
    assert runs_left(lake, catalogue) == ({"published"}, {"published"})
    assert set(lake.keys(lake.raw)) == {kept, keys.frozen_inputs("published")}
