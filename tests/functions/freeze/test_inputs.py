"""The objects that a run reads."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.freeze.inputs import NOT_FINISHED, Found, freeze, holds_records
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
LATER, LAST = (found(PART["key"].replace("00000", f"0000{number}")) for number in (1, 2))
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
    with pytest.raises(NoInputs) as refused:
        freeze(RUN, [MANIFEST, MARKER], "lake-raw")
    assert str(refused.value) == (
        "Nothing to transform for 2026-11-23: no object under s3://lake-raw/raw/snapshot_date=2026-11-23/ or "
        "s3://lake-raw/inbox/snapshot_date=2026-11-23/. Spotify returns only today's data, so an earlier date "
        "cannot be extracted any more. Put files into the inbox, then start again."
    )


def test_the_inputs_are_a_document_that_a_later_release_reads_too() -> None:
    """A run of an earlier release may be replayed: the names and the digest of its document stay."""
    assert freeze(RUN, [PART, DROPPED], "lake-raw", {"complete": True}) == {
        "run_id": RUN["run_id"],
        "snapshot_date": "2026-11-23",
        "digest": hashlib.sha256(f'{DROPPED["key"]}\t"1"\n{PART["key"]}\t"1"\n'.encode()).hexdigest(),
        "objects": [DROPPED, PART],
        "incomplete": [],
    }


@pytest.mark.parametrize(
    ("found_objects", "manifest", "incomplete"),
    [
        pytest.param([PART], {"complete": True, "reasons": ["ignored"]}, [], id="complete"),
        pytest.param([PART], {"complete": False, "reasons": ["a", 2]}, ["a", "2"], id="each reason as text"),
        # A reason that was cut here would differ from the same reason in Extract's result, and be published twice.
        pytest.param([PART], {"reasons": ["x" * 501] * 21}, ["x" * 501] * 20, id="bounded"),
        pytest.param([PART], {"reasons": "not a list"}, [NOT_FINISHED], id="reasons that are not a list"),
        pytest.param([PART], {"reasons": []}, [NOT_FINISHED], id="without a reason"),
        pytest.param([PART], None, [NOT_FINISHED], id="no manifest"),
        pytest.param([PART], {"complete": True, "objects": [{"key": PART["key"]}]}, [], id="all that is named"),
        pytest.param(
            [PART, DROPPED],
            {"complete": True, "objects": [{"key": PART["key"]}, {"key": LATER["key"]}, {"key": LAST["key"]}]},
            [f"2 of the objects that the date's manifest names are missing, the first: {LATER['key']}."],
            id="some that are named are gone",
        ),
        pytest.param(
            [PART],
            {"complete": False, "reasons": ["a"], "objects": [{"key": LATER["key"]}]},
            [f"1 of the objects that the date's manifest names are missing, the first: {LATER['key']}.", "a"],
            id="gone beside a reason",
        ),
        pytest.param([DROPPED], None, [], id="no raw data"),
        pytest.param([DROPPED, PART], None, [NOT_FINISHED], id="raw data beside the inbox"),
    ],
)
def test_the_raw_data_is_incomplete_for_the_manifests_reasons(
    found_objects: list[Found], manifest: dict[str, object] | None, incomplete: list[str]
) -> None:
    assert freeze(RUN, found_objects, "lake-raw", manifest).get("incomplete") == incomplete


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("raw/snapshot_date=2026-11-23/_spark/part-0.ndjson.gz", id="a folder below raw"),
        pytest.param("inbox/snapshot_date=2026-11-23/_spark/part-0.json", id="a folder below the inbox"),
    ],
)
def test_what_lies_in_a_hidden_folder_is_passed_over(key: str) -> None:
    assert holds_records(key) is False


@pytest.mark.parametrize("name", [".DS_Store", "_SUCCESS", "a/._b.json", "__MACOSX/b.json", ".hidden/c.json"])
def test_what_a_file_manager_or_a_tool_leaves_in_the_inbox_is_passed_over(name: str) -> None:
    stray = found(f"inbox/snapshot_date=2026-11-23/{name}")
    assert freeze(RUN, [PART, stray], "lake-raw") == freeze(RUN, [PART], "lake-raw")


@pytest.mark.parametrize("name", ["notes.txt", "A.JSON", "sub/folder/b.NdJson.GZ"])
def test_any_other_file_in_the_inbox_is_an_input(name: str) -> None:
    """Transform reads it, or rejects it as one record."""
    dropped = found(f"inbox/snapshot_date=2026-11-23/{name}")
    assert dropped in freeze(RUN, [PART, dropped], "lake-raw")["objects"]


def test_what_is_published_is_not_replaced_by_a_part_of_it() -> None:
    """Raw data that was written before midnight (UTC) has expired, what was written after it has not yet."""
    published = freeze(RUN, [PART, LATER, DROPPED], "lake-raw")
    with pytest.raises(NoInputs) as refused:
        freeze(RUN, [PART, DROPPED], "lake-raw", published=published)
    assert str(refused.value) == (
        f"1 of the objects that the published run {RUN['run_id']} read do not exist any more, the first: "
        f"{LATER['key']}. A new run of 2026-11-23 would show less than is published, so nothing was changed. To "
        "publish what is left, run `ops unpublish 2026-11-23`, then start again."
    )


def test_an_inbox_does_not_replace_a_published_date_whose_raw_data_has_expired() -> None:
    published = freeze(RUN, [PART], "lake-raw")
    with pytest.raises(NoInputs, match="would show less than is published"):
        freeze(RUN, [DROPPED], "lake-raw", published=published)


@pytest.mark.parametrize(
    "objects", [[PART, found(LATER["key"], '"2"'), LAST], [PART, LATER]], ids=["more, and another version", "the same"]
)
def test_what_people_dropped_may_go_and_raw_data_may_grow(objects: list[Found]) -> None:
    """A person removes a wrong file from the inbox and starts the date again."""
    published = freeze(RUN, [PART, LATER, DROPPED], "lake-raw")
    assert freeze(RUN, objects, "lake-raw", published=published)["objects"] == objects


def test_of_the_objects_that_are_gone_the_first_by_key_is_named() -> None:
    named = [{"key": PART["key"].replace("00000", f"{number:05d}")} for number in range(20, 0, -1)]
    (told,) = freeze(RUN, [PART], "lake-raw", {"complete": True, "objects": named})["incomplete"]
    assert told.startswith("20 of the objects")
    assert told.endswith(f"the first: {named[-1]['key']}.")
