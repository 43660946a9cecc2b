"""The record is written only over the version that was read, whatever error S3 gives if another writer was first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from functions.digest import record
from functions.digest.storage import LostRace, RecordObject

if TYPE_CHECKING:
    from tests.functions.conftest import Lake


@pytest.mark.embedded
def test_of_two_first_records_the_second_has_lost(lake: Lake) -> None:
    stored = RecordObject(lake.s3, lake.raw)
    assert stored.read() == (None, None)
    stored.write(record.empty(), replaces=None)
    with pytest.raises(LostRace):
        stored.write({**record.empty(), "since": "2019-05-07"}, replaces=None)
    assert stored.read()[0] == record.empty()


@pytest.mark.embedded
def test_a_record_that_another_has_replaced_stays(lake: Lake) -> None:
    stored = RecordObject(lake.s3, lake.raw)
    stored.write(record.empty(), replaces=None)
    _, etag = stored.read()
    theirs = {**record.empty(), "since": "2019-05-07"}
    stored.write(theirs, replaces=etag)  # type: ignore[arg-type]  # a dict with the members of one
    with pytest.raises(LostRace):
        stored.write(record.empty(), replaces=etag)
    assert stored.read()[0] == theirs


@pytest.mark.parametrize(
    ("code", "status", "raised"),
    [
        ("PreconditionFailed", 412, LostRace),
        ("412", 412, LostRace),
        ("ConditionalRequestConflict", 409, LostRace),
        ("409", 409, LostRace),
        ("NoSuchKey", 404, LostRace),
        ("NoSuchBucket", 404, ClientError),
    ],
)
def test_a_write_is_lost_where_the_record_was_replaced_is_being_written_or_was_deleted(
    code: str, status: int, raised: type[Exception]
) -> None:
    """412, 409 and 404: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}

    class S3:
        def put_object(self, **_: object) -> None:
            raise ClientError(answer, "PutObject")

    s3: Any = S3()
    with pytest.raises(raised):
        RecordObject(s3, "raw").write(record.empty(), replaces='"read"')
