"""Freezing, on the embedded S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.freeze.handler import handler
from functions.shared import keys
from functions.shared.errors import NoInputs
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from functions.shared.events import Run
    from tests.functions.conftest import Lake

PART = "raw/snapshot_date=2026-11-23/albums/00000.ndjson.gz"
RUN_ID = "20261123T060000Z-00000000"


def test_the_inputs_are_written_with_their_etags(lake: Lake, run: Run) -> None:
    etag = lake.put(lake.raw, PART)
    result = handler({"run": run}, CONTEXT)
    written = json.loads(lake.text(lake.raw, result["key"]))
    assert [(each["key"], each["etag"]) for each in written["objects"]] == [(PART, etag)]
    assert (result["objects"], result["digest"]) == (1, written["digest"])


def test_a_retry_reads_what_the_first_try_froze(lake: Lake, run: Run) -> None:
    lake.put(lake.raw, PART)
    first = handler({"run": run}, CONTEXT)
    lake.put(lake.raw, PART.replace("00000", "00001"))
    assert handler({"run": run}, CONTEXT) == first


def test_a_retry_reads_the_list_of_the_first_try_though_its_objects_are_gone(lake: Lake, run: Run) -> None:
    """The transform then names the object that is missing."""
    lake.put(lake.raw, PART)
    first = handler({"run": run}, CONTEXT)
    lake.s3.delete_object(Bucket=lake.raw, Key=PART)
    assert handler({"run": run}, CONTEXT) == first


@pytest.mark.usefixtures("two_keys_a_page")
def test_more_objects_than_one_listing_holds_are_all_frozen(lake: Lake, run: Run) -> None:
    for number in range(5):
        lake.put(lake.raw, f"inbox/snapshot_date=2026-11-23/{number}.json")
    assert handler({"run": run}, CONTEXT)["objects"] == 5


def test_inputs_that_are_published_already_name_the_run_that_did(lake: Lake, run: Run) -> None:
    lake.put(lake.raw, PART)
    handler({"run": run}, CONTEXT)
    lake.put(lake.curated, "published/2026-11-23.json", json.dumps({"run_id": run["run_id"]}))
    again: Run = {**run, "run_id": "20261123T070000Z-00000000"}
    assert handler({"run": again}, CONTEXT).get("already_published") == run["run_id"]


def test_a_changed_object_is_not_published_already(lake: Lake, run: Run) -> None:
    lake.put(lake.raw, PART)
    handler({"run": run}, CONTEXT)
    lake.put(lake.curated, "published/2026-11-23.json", json.dumps({"run_id": run["run_id"]}))
    lake.put(lake.raw, PART, "other\n")
    again: Run = {**run, "run_id": "20261123T070000Z-00000000"}
    assert "already_published" not in handler({"run": again}, CONTEXT)


@pytest.fixture
def first(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let another invocation freeze the same run in the moment between our listing and our write."""
    theirs: dict[str, Any] = {"run_id": RUN_ID, "snapshot_date": "2026-11-23", "digest": "theirs", "objects": []}

    def write(**_: object) -> None:
        session.events.unregister("before-call.s3.PutObject", write)
        lake.put(lake.raw, keys.frozen_inputs(RUN_ID), json.dumps(theirs))

    session = boto3.Session()
    session.events.register("before-call.s3.PutObject", write)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return theirs


def test_of_two_that_freeze_at_once_both_go_on_with_what_is_written(
    lake: Lake, run: Run, first: dict[str, Any]
) -> None:
    """With its own list, one of them would transform objects that the stored list does not name."""
    lake.put(lake.raw, PART)
    result = handler({"run": run}, CONTEXT)
    assert (result["digest"], result["objects"]) == ("theirs", 0)
    assert json.loads(lake.text(lake.raw, result["key"])) == first


def test_a_write_that_s3_refuses_for_another_reason_is_no_race(
    lake: Lake, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put(lake.raw, PART)
    _refuse_writes(monkeypatch, "InvalidRequest")
    with pytest.raises(ClientError, match="InvalidRequest"):
        handler({"run": run}, CONTEXT)


def test_a_conflict_of_two_writes_at_once_is_a_race_too(lake: Lake, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 responds 409 while another conditional write of the key is in progress (AmazonS3/latest/userguide)."""
    lake.put(lake.raw, PART)
    _refuse_writes(monkeypatch, "ConditionalRequestConflict")
    assert handler({"run": run}, CONTEXT)["objects"] == 1


def test_an_object_as_another_run_froze_it_is_not_published_where_the_published_run_lost_its_list(
    lake: Lake, run: Run
) -> None:
    lake.put(lake.raw, PART)
    lake.put(lake.curated, "published/2026-11-23.json", json.dumps({"run_id": "gone"}))
    assert "already_published" not in handler({"run": run}, CONTEXT)


def test_a_run_that_would_show_less_than_is_published_freezes_nothing(lake: Lake, run: Run) -> None:
    """A replay reads what is left after the day's first objects have expired, or an inbox arrives for the date."""
    for number in (0, 1):
        lake.put(lake.raw, PART.replace("00000", f"0000{number}"))
    handler({"run": run}, CONTEXT)
    lake.put(lake.curated, "published/2026-11-23.json", json.dumps({"run_id": run["run_id"]}))
    lake.s3.delete_object(Bucket=lake.raw, Key=PART)
    again: Run = {**run, "run_id": "20261123T070000Z-00000000"}
    with pytest.raises(NoInputs, match=f"read do not exist any more, the first: {PART}"):
        handler({"run": again}, CONTEXT)
    assert keys.frozen_inputs(again["run_id"]) not in lake.keys(lake.raw)
    lake.put(lake.curated, "published/2026-11-23.json", json.dumps({"snapshot_date": None, "run_id": None}))
    assert handler({"run": again}, CONTEXT)["objects"] == 1, "once it is withdrawn, what is left may be shown"


def test_a_rehearsals_inputs_lie_apart(lake: Lake, run: Run) -> None:
    lake.put(lake.raw, PART.replace("2026-11-23", keys.REHEARSAL_DATE))
    result = handler({"run": {**run, "mode": "rehearsal", "snapshot_date": keys.REHEARSAL_DATE}}, CONTEXT)
    assert result["key"] == f"runs/rehearsal/{run['run_id']}/inputs.json"
    assert result["objects"] == 1


MANIFEST = "raw/snapshot_date=2026-11-23/_manifest.json"


@pytest.mark.parametrize(
    ("manifest", "incomplete"),
    [
        ({"complete": True, "reasons": []}, None),
        ({"complete": False, "reasons": ["albums: 5 of 5 spent."]}, ["albums: 5 of 5 spent."]),
        ({"complete": False, "reasons": []}, ["The extraction of this date was not finished."]),
        ({"complete": False, "reasons": ["x" * 100] * 50}, ["x" * 100] * 20),
        (None, ["The extraction of this date was not finished."]),
    ],
    ids=["complete", "partial", "without a reason", "bounded", "no manifest"],
)
def test_whether_a_date_is_complete_is_read_of_its_raw_data(
    lake: Lake, run: Run, manifest: dict[str, object] | None, incomplete: list[str] | None
) -> None:
    """This holds for every run that reads it, also a replay and an inbox (invariant 14)."""
    lake.put(lake.raw, PART)
    if manifest is not None:
        lake.put(lake.raw, MANIFEST, json.dumps(manifest))
    replay: Run = {**run, "mode": "replay"}
    result = handler({"run": replay}, CONTEXT)
    assert result.get("incomplete") == incomplete
    lake.put(lake.raw, MANIFEST, json.dumps({"complete": False, "reasons": ["later"]}))
    assert handler({"run": replay}, CONTEXT) == result


def test_a_date_that_only_people_wrote_is_as_complete_as_they_made_it(lake: Lake, run: Run) -> None:
    lake.put(lake.raw, "inbox/snapshot_date=2026-11-23/albums.json")
    assert "incomplete" not in handler({"run": run}, CONTEXT)


def _refuse_writes(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let S3 refuse each PutObject with the error `code`."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "refused"}}, "PutObject")

    session = boto3.Session()
    session.events.register("before-call.s3.PutObject", refuse)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
