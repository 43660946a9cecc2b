"""Freezing, on the embedded S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from functions.freeze.handler import handler
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from functions.shared.events import Run
    from tests.functions.conftest import Lake

PART = "raw/snapshot_date=2026-11-23/albums/00000.ndjson.gz"


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
