"""The order of a sweep, and what it leaves: locked dates, published runs, work for the next sweep."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared import keys
from functions.shared.errors import StorageUnavailable
from functions.sweep import rehearsal
from functions.sweep.lake import Lake
from functions.sweep.runs import Partition, Publication, StoredObject
from functions.sweep.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from functions.shared.events import SweepResult

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN, OTHER = "2026-11-23", "2026-11-22"


def key(run: str, date: str = OWN) -> str:
    return f"albums/snapshot_date={date}/run_id={run}/part-00000.parquet"


@dataclass
class Noted:
    """A lake in memory that records the requests in order; `then` happens once after a kind of request."""

    stored: list[StoredObject]
    registered: list[Partition]
    published: dict[str, Publication]
    locked: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def objects(self) -> Iterator[StoredObject]:
        self.asked.append("objects")
        yield from self.stored

    def partitions(self) -> Iterator[Partition]:
        self.asked.append("partitions")
        yield from self.registered

    def is_locked(self, snapshot_date: str) -> bool:
        self.asked.append(f"lock of {snapshot_date}")
        return snapshot_date in self.locked

    def publication(self, snapshot_date: str) -> Publication | None:
        self.asked.append(f"publication of {snapshot_date}")
        return self.published.get(snapshot_date)

    def delete_partitions(self, partitions: Sequence[Partition]) -> None:
        self.asked.append(f"delete partitions {sorted(each.run_id for each in partitions)}")

    def delete_objects(self, doomed: Sequence[str]) -> None:
        self.asked.append(f"delete objects {sorted(doomed)}")


def lake(*runs: str, date: str = OWN, published: str = "new", age: timedelta = timedelta(hours=2)) -> Noted:
    """Return a lake with these runs of a date, each an object and a partition, one of them published."""
    return Noted(
        [StoredObject(key(run, date), NOW - age) for run in runs],
        [Partition("albums", date, run) for run in runs],
        {date: Publication(published, NOW - age)},
    )


def swept(noted: Noted, **more: timedelta) -> SweepResult:
    given = {"grace": timedelta(hours=1), "retention": timedelta(days=30)} | more
    return sweep(noted, own_date=OWN, now=NOW, **given)  # type: ignore[arg-type]  # a lake in memory


def test_partitions_go_before_their_objects() -> None:
    """Otherwise a query that starts between the two would plan a deleted file, and fail."""
    noted = lake("old", "new")
    swept(noted)
    assert noted.asked[-2:] == ["delete partitions ['old']", f"delete objects {[key('old')]}"]


def test_a_sweep_that_glue_stops_deletes_no_object() -> None:
    noted = lake("old", "new")

    def refuse(partitions: object) -> None:
        raise StorageUnavailable("Glue did not delete partitions")

    noted.delete_partitions = refuse  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable):
        swept(noted)
    assert not [each for each in noted.asked if each.startswith("delete objects")]


def test_the_lake_is_listed_before_a_lock_is_read_and_the_lock_before_the_publication() -> None:
    """Read the other way round, a run that is written and published between would be taken for a superseded one."""
    noted = lake("old", "new", date=OTHER)
    swept(noted)
    assert noted.asked[:4] == ["objects", "partitions", f"lock of {OTHER}", f"publication of {OTHER}"]


def test_a_locked_date_is_left_alone_but_for_ones_own() -> None:
    other, own = lake("old", "new", date=OTHER), lake("old", "new")
    other.locked, own.locked = {OTHER}, {OWN}
    assert swept(other)["runs"] == []
    assert swept(own)["runs"] == ["old"]


def test_every_date_is_swept_in_one_go() -> None:
    noted, other = lake("old", "new"), lake("aged", "newer", date=OTHER, published="newer")
    noted.stored += other.stored
    noted.registered += other.registered
    noted.published |= other.published
    assert swept(noted) == {"runs": ["aged", "old"], "objects": 2, "partitions": 2, "expired_dates": []}


def test_the_grace_ends_on_the_second() -> None:
    assert swept(lake("old", "new", age=timedelta(hours=1)))["runs"] == ["old"]
    assert swept(lake("old", "new", age=timedelta(hours=1, microseconds=-1)))["runs"] == []


def test_a_published_run_expires_with_its_objects_and_its_date_is_named() -> None:
    past = lake("new", date=OTHER, age=timedelta(days=30, microseconds=1))
    assert swept(past) == {"runs": ["new"], "objects": 1, "partitions": 1, "expired_dates": [OTHER]}
    assert swept(lake("new", date=OTHER, age=timedelta(days=30)))["runs"] == []


def test_dates_that_expire_together_are_named_in_their_order() -> None:
    noted, dates = lake(), [f"2026-10-0{day}" for day in range(1, 10)]
    for date in reversed(dates):
        noted.stored += lake(f"run of {date}", date=date, age=timedelta(days=31)).stored
    assert swept(noted)["expired_dates"] == dates


def test_a_superseded_run_is_no_expired_date() -> None:
    assert swept(lake("old", "new"))["expired_dates"] == []


class Counting:
    """S3 and Glue that record how much is deleted at once, and respond with what was not deleted."""

    def __init__(self, **left: list[dict[str, Any]]) -> None:
        self.sizes: list[int] = []
        self._left = left

    def delete_objects(self, **asked: Any) -> dict[str, Any]:
        assert (asked["Bucket"], asked["Delete"]["Quiet"]) == ("curated", True)
        self.sizes.append(len(asked["Delete"]["Objects"]))
        return self._left

    def batch_delete_partition(self, **asked: Any) -> dict[str, Any]:
        assert (asked["DatabaseName"], asked["TableName"]) in {("lake", "albums"), ("lake", "tracks")}
        self.sizes.append(len(asked["PartitionsToDelete"]))
        return self._left


def real(clients: Counting) -> Lake:
    return Lake(s3=clients, glue=clients, dynamodb=None, bucket="curated", database="lake", lock_table="locks")  # type: ignore[arg-type]  # all that is called


def test_no_call_deletes_more_than_aws_takes() -> None:
    clients = Counting()
    real(clients).delete_objects([key(str(number)) for number in range(1001)])
    tables = ["albums"] * 26 + ["tracks"]
    real(clients).delete_partitions([Partition(table, OWN, str(number)) for number, table in enumerate(tables)])
    assert clients.sizes == [1000, 1, 25, 1, 1]
    real(clients).delete_objects([])
    assert len(clients.sizes) == 5


def test_what_s3_left_is_for_the_next_sweep() -> None:
    with pytest.raises(StorageUnavailable, match=r"S3 did not delete objects of s3://curated: .*SlowDown"):
        real(Counting(Errors=[{"Key": "x", "Code": "SlowDown"}])).delete_objects([key("old")])


def test_a_partition_that_is_gone_already_is_fine_and_one_that_glue_left_is_not() -> None:
    gone = {"ErrorDetail": {"ErrorCode": "EntityNotFoundException"}}
    left = {"ErrorDetail": {"ErrorCode": "InternalServiceException"}}
    partition = [Partition("albums", OWN, "old")]
    real(Counting(Errors=[gone])).delete_partitions(partition)
    several: list[list[dict[str, Any]]] = [[left], [gone, left], [{}]]
    for errors in several:
        with pytest.raises(StorageUnavailable, match=r"Glue did not delete partitions of lake\.albums"):
            real(Counting(Errors=errors)).delete_partitions(partition)


class Rehearsed:
    """S3, Glue and DynamoDB that hold one object under each prefix and these runs' partitions of each table."""

    runs = ("d", "b", "e", "a", "c")

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.read: dict[str, Any] = {}

    def get_paginator(self, _: str) -> Rehearsed:
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        if "Prefix" in asked:
            return [{"Contents": [{"Key": f"{asked['Prefix']}x", "LastModified": NOW}]}]
        return [{"Partitions": [{"Values": [keys.REHEARSAL_DATE, run]} for run in self.runs]}]

    def delete_objects(self, **_: Any) -> dict[str, Any]:
        self.deleted.append("objects")
        return {}

    def batch_delete_partition(self, **_: Any) -> dict[str, Any]:
        self.deleted.append("partitions")
        return {}

    def get_item(self, **asked: Any) -> dict[str, Any]:
        self.read = asked
        return {}


def test_a_rehearsals_partitions_go_before_their_objects() -> None:
    clients = Rehearsed()
    result = rehearsal.remove(Lake(clients, clients, clients, "curated", "lake", "locks"), "raw")  # type: ignore[arg-type]  # all that is called
    assert result["runs"] == sorted(clients.runs)
    assert clients.deleted == ["partitions"] * len(keys.TABLES) + ["objects"] * 2


def test_a_lock_is_read_as_it_was_written_last() -> None:
    """An eventually consistent read may miss a lock acquired a moment ago."""
    clients = Rehearsed()
    assert not Lake(clients, clients, clients, "curated", "lake", "locks").is_locked(OWN)  # type: ignore[arg-type]  # all that is called
    assert clients.read == {"TableName": "locks", "Key": {"lock_id": {"S": f"date#{OWN}"}}, "ConsistentRead": True}


class Republished:
    """An S3 in which the date is published again between the two requests for its publication."""

    def __init__(self) -> None:
        self._found = iter([("old", NOW - timedelta(days=1)), ("new", NOW)])

    def get_object(self, **_: object) -> dict[str, Any]:
        run_id, _since = next(self._found)
        return {"Body": BytesIO(json.dumps({"run_id": run_id}).encode()), "ETag": run_id}

    def head_object(self, **_: object) -> dict[str, Any]:
        _run_id, since = next(self._found)
        return {"LastModified": since}


def test_a_date_that_is_published_while_it_is_read_begins_its_grace_anew() -> None:
    """With the new run and the old time, the previous run would be deleted at once."""
    s3: Any = Republished()
    found = Lake(s3, s3, s3, "curated", "lake", "locks").publication(OWN)
    assert found == Publication("old", NOW)
