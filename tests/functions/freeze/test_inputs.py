"""Which objects a run reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.freeze.inputs import Found, freeze
from functions.shared.errors import NoInputs

if TYPE_CHECKING:
    from functions.shared.events import Run

RUN: Run = {
    "run_id": "20261123T060000Z-00000000",
    "snapshot_date": "2026-11-23",
    "mode": "daily",
    "started_at": "2026-11-23T06:00:00.000Z",
    "ends_at": "2026-11-24T00:00:00.000Z",
    "execution_arn": "arn:aws:states:eu-central-1:111122223333:execution:lake:one",
}


def found(key: str, etag: str = '"1"') -> Found:
    return {"key": key, "etag": etag, "size_bytes": 10, "last_modified": "2026-11-23T06:00:00Z"}


PART = found("raw/snapshot_date=2026-11-23/albums/00000.ndjson.gz")
DROPPED = found("inbox/snapshot_date=2026-11-23/albums.json")
MANIFEST = found("raw/snapshot_date=2026-11-23/_manifest.json")
MARKER = found("inbox/snapshot_date=2026-11-23/_READY")
FOLDER = found("inbox/snapshot_date=2026-11-23/")


def test_a_run_reads_raw_parts_and_inbox_objects_but_no_manifest_marker_or_folder() -> None:
    inputs = freeze(RUN, [PART, MANIFEST, FOLDER, MARKER, DROPPED], "lake-raw")
    assert [each["key"] for each in inputs["objects"]] == [DROPPED["key"], PART["key"]]


@given(st.permutations([PART, DROPPED, MARKER]))
def test_the_order_of_the_listing_does_not_reach_the_digest(listing: list[Found]) -> None:
    assert freeze(RUN, listing, "lake-raw") == freeze(RUN, [PART, DROPPED], "lake-raw")


def test_another_version_of_an_object_is_another_digest() -> None:
    newer = found(PART["key"], '"2"')
    assert freeze(RUN, [newer], "lake-raw")["digest"] != freeze(RUN, [PART], "lake-raw")["digest"]


def test_a_marker_that_is_dropped_again_changes_nothing() -> None:
    again = found(MARKER["key"], '"2"')
    assert freeze(RUN, [PART, again], "lake-raw")["digest"] == freeze(RUN, [PART, MARKER], "lake-raw")["digest"]


def test_a_date_without_data_is_an_error_that_says_where_data_belongs() -> None:
    with pytest.raises(NoInputs, match="s3://lake-raw/inbox/snapshot_date=2026-11-23/"):
        freeze(RUN, [MANIFEST, MARKER], "lake-raw")


@pytest.mark.parametrize("name", [".DS_Store", "_SUCCESS", "a/._b.json", "__MACOSX/b.json", ".hidden/c.json"])
def test_what_a_file_manager_or_a_tool_leaves_in_the_inbox_is_passed_over(name: str) -> None:
    stray = found(f"inbox/snapshot_date=2026-11-23/{name}")
    assert freeze(RUN, [PART, stray], "lake-raw") == freeze(RUN, [PART], "lake-raw")


@pytest.mark.parametrize("name", ["notes.txt", "A.JSON", "sub/folder/b.NdJson.GZ"])
def test_any_other_file_in_the_inbox_is_an_input(name: str) -> None:
    """Transform reads it, or refuses it as one record."""
    dropped = found(f"inbox/snapshot_date=2026-11-23/{name}")
    assert dropped in freeze(RUN, [PART, dropped], "lake-raw")["objects"]
