"""The record is written only over the version that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from functions.digest import record
from functions.digest.handler import ONCE, _changed
from functions.digest.storage import RecordObject
from functions.shared.json_objects import LostRace

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


def test_the_same_record_is_written_as_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []

    class S3:
        def put_object(self, **asked: Any) -> dict[str, str]:
            written.append(asked["Body"])
            return {"ETag": ""}

    s3: Any = S3()
    for now in (1.0, 2_000_000_000.0):
        monkeypatch.setattr("time.time", lambda now=now: now)
        RecordObject(s3, "raw").write(record.empty(), replaces=None)
    assert written[0] == written[1]


def test_a_change_is_made_again_on_the_record_that_another_wrote_meanwhile() -> None:
    """The change would be lost, or the other's, if the ETag were not that of the record that was changed."""

    class Memory:
        document, etag = record.empty(), "0"

        def read(self) -> tuple[record.Document, str]:
            return self.document, self.etag

        def write(self, document: record.Document, *, replaces: str | None) -> None:
            if replaces != self.etag:
                raise LostRace
            self.document, self.etag = document, f"{self.etag}0"

    stored: Any = Memory()
    others = iter(["theirs"])

    def told(before: record.Document, item: str) -> record.Document:
        return {**before, "told": before["told"] | {item: "new"}}

    def change(before: record.Document) -> tuple[None, record.Document]:
        for each in others:
            stored.write(told(before, each), replaces=stored.etag)
        return None, told(before, "ours")

    _changed(stored, change)
    assert stored.document["told"] == {"theirs": "new", "ours": "new"}


def test_a_message_is_waited_for_less_than_half_a_minute() -> None:
    """A function that ended before would not say that the message may not have been sent."""
    assert (ONCE.connect_timeout, ONCE.read_timeout) == (5, 20)  # type: ignore[attr-defined]  # botocore sets them
