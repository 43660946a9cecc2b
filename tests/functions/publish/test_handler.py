"""Publishing, on the embedded S3."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.publish.handler import handler
from functions.publish.ledger import row
from functions.shared.errors import StorageUnavailable
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from functions.shared.events import ExtractResult, PublishRequest, Run
    from tests.functions.conftest import Lake


@pytest.fixture
def done(run: Run) -> PublishRequest:
    """Return the request of a replay to publish."""
    table: Any = {"rows": 3, "parts": 1, "size_bytes": 100, "sha256": "0"}
    conserved: Any = {"read": 5, "written": 3, "quarantined": 1, "duplicates": 1}
    more: Any = {**conserved, "quarantined": 2}
    return {
        "run": run,
        "extract": None,
        "freeze": {"key": "runs/r/inputs.json", "digest": "d", "objects": 1, "size_bytes": 10},
        "transform": {
            "tables": {"albums": table},
            "conservation": {"albums": conserved, "tracks": more},
            "quarantine_ratio": 0.2,
            "cases": {"read": 5, "refused": 1},
            "faults": {},
            "reasons": {"name: empty": 1},
            "drift": [],
            "last_write": "2026-11-23T06:01:00Z",
        },
        "audit": {"gates": [], "bytes_scanned": 1000, "query_execution_id": "q"},
        "crawl": {},
    }


def extracted(status: Any, reasons: list[str]) -> ExtractResult:
    return {
        "status": status,
        "reasons": reasons,
        "requests": {"albums": 4},
        "budgets": {"albums": 100},
        "blocked": {},
        "records": {"albums": 5},
        "not_modified": 0,
        "failed_calls": 0,
        "waits_s": 1.5,
        "work": {"done": 4},
    }


def test_one_object_says_which_run_of_the_date_people_see(lake: Lake, done: PublishRequest) -> None:
    handler(done, CONTEXT)
    published = json.loads(lake.text(lake.curated, "published/2026-11-23.json"))
    assert published == {"snapshot_date": "2026-11-23", "run_id": done["run"]["run_id"]}


def test_the_ledger_has_one_line_with_what_was_counted(lake: Lake, done: PublishRequest) -> None:
    handler({**done, "extract": extracted("DONE", [])}, CONTEXT)
    (line,) = lake.text(lake.curated, f"runs/{done['run']['run_id']}.json").splitlines()
    row = json.loads(line)
    assert row == {
        **{name: done["run"][name] for name in ("snapshot_date", "run_id", "execution_arn", "mode", "started_at")},
        "outcome": "published",
        "finished_at": row["finished_at"],
        "error": None,
        "state": None,
        "cause": None,
        "inputs_digest": "d",
        "rows": {"albums": 3},
        "quarantined": 3,
        "quarantine_ratio": 0.2,
        "requests": {"albums": 4},
        "waits_s": 1.5,
        "bytes_scanned": 1000,
        "cost_usd": None,
        "gates": "[]",
        "reasons": '{"quarantine":{"name: empty":1},"partial":[]}',
    }
    assert row["finished_at"].endswith("Z")


def test_a_run_that_left_something_out_is_partial_and_says_why(lake: Lake, done: PublishRequest) -> None:
    result = handler({**done, "extract": extracted("PARTIAL", ["artist_albums: quota used up"])}, CONTEXT)
    row = json.loads(lake.text(lake.curated, f"runs/{done['run']['run_id']}.json"))
    assert (result["outcome"], row["outcome"]) == ("partial", "partial")
    assert json.loads(row["reasons"])["partial"] == ["artist_albums: quota used up"]


def test_a_replay_of_a_partial_date_says_in_its_output_why_and_what_would_complete_it(
    lake: Lake, done: PublishRequest
) -> None:
    done["freeze"]["incomplete"] = ["albums: 200 of the day's 200 requests are spent; left for later: 40."]
    result = handler(done, CONTEXT)
    assert (result["outcome"], result["reasons"]) == ("partial", done["freeze"]["incomplete"])
    assert result["completed_by"].startswith("Only a daily run on 2026-11-23 itself can complete it")


def test_a_complete_date_has_no_reasons(lake: Lake, done: PublishRequest) -> None:
    assert not {"reasons", "completed_by"} & set(handler(done, CONTEXT))


def test_an_extraction_that_was_partial_is_so_without_a_reason_too(lake: Lake, done: PublishRequest) -> None:
    assert handler({**done, "extract": extracted("PARTIAL", [])}, CONTEXT)["outcome"] == "partial"


def test_a_publication_is_measured(lake: Lake, done: PublishRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """The alarm on days without a publication counts this line."""
    handler({**done, "extract": extracted("PARTIAL", [])}, CONTEXT)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (measured,) = [line for line in lines if "_aws" in line]
    assert (measured["Published"], measured["Partial"], measured["Requests"]) == ([1], [1], [4])


def test_the_run_whose_place_was_taken_is_named(lake: Lake, done: PublishRequest) -> None:
    lake.put(lake.curated, "published/2026-11-23.json", json.dumps({"run_id": "earlier"}))
    assert handler(done, CONTEXT).get("superseded") == "earlier"


def test_publishing_twice_changes_nothing(lake: Lake, done: PublishRequest) -> None:
    handler(done, CONTEXT)
    before = lake.text(lake.curated, "published/2026-11-23.json")
    assert "superseded" not in handler(done, CONTEXT)
    assert lake.text(lake.curated, "published/2026-11-23.json") == before


def test_a_run_that_could_not_be_published_is_not_in_the_ledger(
    lake: Lake, done: PublishRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger's row means that the run is published: it is written after the publication."""

    def refuse(params: dict[str, Any], **_: object) -> None:
        if "/published/" in params["url_path"]:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "refused"}}, "PutObject")

    session = boto3.Session()
    session.events.register("before-call.s3.PutObject", refuse)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    with pytest.raises(StorageUnavailable):
        handler(done, CONTEXT)
    assert lake.keys(lake.curated) == []


def test_the_reasons_of_the_extraction_come_before_those_of_the_raw_data(done: PublishRequest) -> None:
    done["extract"] = extracted("PARTIAL", ["tracks: blocked", "albums: spent"])
    done["freeze"]["incomplete"] = ["albums: spent", "a part is missing"]
    reasons = json.loads(row(done, finished_at=datetime(2026, 11, 23, 7, tzinfo=UTC))["reasons"])
    assert reasons["partial"] == ["tracks: blocked", "albums: spent", "a part is missing"]


@pytest.mark.parametrize("status", [None, "DONE", "PARTIAL"], ids=["replay", "done", "partial"])
def test_a_date_whose_raw_data_is_not_complete_is_partial_whoever_publishes_it(
    lake: Lake, done: PublishRequest, status: str | None
) -> None:
    """Invariant 14."""
    done["freeze"]["incomplete"] = ["albums: 5 of the 5 requests per day are spent."]
    done["extract"] = extracted(status, done["freeze"]["incomplete"] if status == "PARTIAL" else []) if status else None
    assert handler(done, CONTEXT)["outcome"] == "partial"
    row = json.loads(lake.text(lake.curated, f"runs/{done['run']['run_id']}.json"))
    assert json.loads(row["reasons"])["partial"] == ["albums: 5 of the 5 requests per day are spent."]
