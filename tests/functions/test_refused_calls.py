"""A call that AWS refuses is reported with what it was for, whichever function makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.digest.storage import RecordObject, put_feed
from functions.extract import handler as extract
from functions.freeze import handler as freeze
from functions.report import storage as report
from functions.shared.errors import AccessRefused
from functions.shared.json_objects import S3Bucket, read_json, write_json
from functions.sweep.lake import Lake
from functions.sweep.runs import Partition
from functions.transform.handler import Curated

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-11-23"


class Refusing:
    """A client of any service: each of its calls, and the pages of each listing, are refused."""

    def __getattr__(self, _: str) -> Callable[..., Any]:
        return self._refuse

    def get_paginator(self, _: str) -> Refusing:
        return self

    def _refuse(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "TheCall")


AWS: Any = Refusing()
LAKE = Lake(s3=AWS, glue=AWS, dynamodb=AWS, bucket="b", database="d", lock_table="l")
CURATED = Curated(AWS, "b", {"snapshot_date": DAY, "run_id": "r"})  # type: ignore[typeddict-item]  # all that is read
CURATED._written.append("k")
CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "an object is read with its version": (lambda: S3Bucket(AWS, "b").get("k"), "read s3://b/k"),
    "an object is written first": (lambda: S3Bucket(AWS, "b").put("k", b"", replaces=None), "write s3://b/k"),
    "an object is replaced": (lambda: S3Bucket(AWS, "b").put("k", b"", replaces="e"), "write s3://b/k"),
    "objects are listed": (lambda: S3Bucket(AWS, "b").keys("p/"), "list s3://b/p/"),
    "extract reads its secret": (lambda: extract._credentials("arn"), "read the secret arn"),
    "freeze lists": (lambda: [*freeze._objects(AWS, "b", "p/")], "list s3://b/p/"),
    "transform writes": (lambda: CURATED.put("artists", 0, memoryview(b"")), "write s3://b/artists/"),
    "transform looks": (CURATED.last_write, "look at s3://b/k"),
    "digest reads its record": (RecordObject(AWS, "b").read, "read s3://b/"),
    "digest writes its record": (lambda: RecordObject(AWS, "b").write({}, replaces=None), "write s3://b/"),  # type: ignore[typeddict-item]  # nobody reads it
    "digest writes the feed": (lambda: put_feed(AWS, "b", b""), "write s3://b/"),
    "report writes": (lambda: report.put(AWS, "b", "r", ""), "write s3://b/"),
    "sweep lists objects": (lambda: [*LAKE.under("p/")], "list s3://b/p/"),
    "sweep lists partitions": (lambda: [*LAKE.partitions()], "list the partitions of d.artists"),
    "sweep reads a lock": (lambda: LAKE.is_locked(DAY), f"read the lock of {DAY} in l"),
    "sweep deletes partitions": (
        lambda: LAKE.delete_partitions([Partition("artists", DAY, "r")]),
        "delete partitions of d.artists",
    ),
    "sweep deletes objects": (lambda: LAKE.delete_objects(["k"]), "delete objects of s3://b"),
    "an object is read": (lambda: read_json(AWS, "b", "k"), "read s3://b/k"),
    "an object is written": (lambda: write_json(AWS, "b", "k", {}), "write s3://b/k"),
}


@pytest.mark.parametrize(("call", "told"), CALLS.values(), ids=CALLS)
def test_a_call_that_is_refused_says_what_it_was_for(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[], object], told: str
) -> None:
    monkeypatch.setattr(boto3, "client", lambda *_, **__: AWS)
    with pytest.raises(AccessRefused, match=f"Could not {told}.*: AWS refused TheCall"):
        call()
