"""The runs that a sweep deletes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.sweep.runs import LakeRun, Partition, Publication, StoredObject, is_expired, runs_by_date, superseded

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW, FAILED = (LakeRun("2026-11-23", each, newest=NOW - 3 * HOUR) for each in ("old", "new", "failed"))


def test_a_date_keeps_the_run_that_people_see() -> None:
    assert superseded([OLD, NEW], Publication("new", NOW - 2 * HOUR), NOW, HOUR) == [OLD]


def test_the_grace_counts_from_the_publication_that_took_a_runs_place() -> None:
    assert superseded([OLD, NEW], Publication("new", NOW - HOUR / 2), NOW, HOUR) == []


def test_with_no_grace_a_run_goes_at_once() -> None:
    assert superseded([OLD, NEW], Publication("new", NOW), NOW, timedelta()) == [OLD]


def test_a_failed_run_of_a_date_never_published_goes_after_the_grace() -> None:
    assert superseded([FAILED], None, NOW, HOUR) == [FAILED]
    assert superseded([FAILED], None, NOW, 4 * HOUR) == []


def test_a_failed_run_after_the_publication_keeps_its_grace() -> None:
    late = LakeRun("2026-11-23", "late", newest=NOW - HOUR / 2)
    assert superseded([late], Publication("new", NOW - 2 * HOUR), NOW, HOUR) == []


def test_a_partition_whose_objects_are_gone_goes_too() -> None:
    empty = LakeRun("2026-11-23", "empty", partitions=[Partition("albums", "2026-11-23", "empty")])
    assert superseded([empty], Publication("new", NOW - 2 * HOUR), NOW, HOUR) == [empty]


def test_a_run_is_as_old_as_its_newest_object_wherever_that_is_listed() -> None:
    written = {"albums": NOW, "tracks": NOW - HOUR}
    objects = [
        StoredObject(f"{table}/snapshot_date=2026-11-23/run_id=r/part-00000.parquet", at)
        for table, at in written.items()
    ]
    for listed in (objects, objects[::-1]):
        assert [run.newest for run in runs_by_date(listed, [])["2026-11-23"]] == [NOW]


def test_objects_and_partitions_meet_in_their_run_and_strange_keys_are_left_alone() -> None:
    part = "albums/snapshot_date=2026-11-23/run_id=r/part-00000.parquet"
    dates = runs_by_date(
        [StoredObject(part, NOW), StoredObject("albums/README.txt", NOW)], [Partition("tracks", "2026-11-23", "r")]
    )
    assert dates == {
        "2026-11-23": [LakeRun("2026-11-23", "r", [part], [Partition("tracks", "2026-11-23", "r")], newest=NOW)]
    }


@pytest.mark.parametrize(
    ("run", "expired"),
    [
        pytest.param(LakeRun("2026-10-01", "r", newest=NOW - timedelta(days=31)), True, id="old objects"),
        pytest.param(LakeRun("2026-10-01", "r", newest=NOW - HOUR), False, id="an old date dropped today"),
        pytest.param(LakeRun("2026-10-01", "r"), True, id="a partition whose objects S3 expired"),
        pytest.param(LakeRun("2026-11-22", "r"), False, id="a partition of a young date"),
        pytest.param(LakeRun("nonsense", "r"), False, id="a folder that is no date"),
    ],
)
def test_a_run_expires_by_the_age_of_its_objects(run: LakeRun, expired: bool) -> None:
    assert is_expired(run, NOW, timedelta(days=30)) is expired


def test_a_partition_whose_objects_are_gone_is_a_run_too() -> None:
    alone = Partition("albums", "2026-11-23", "alone")
    assert runs_by_date([], [alone]) == {"2026-11-23": [LakeRun("2026-11-23", "alone", partitions=[alone])]}


def test_what_has_no_objects_and_was_never_published_has_no_grace_left() -> None:
    assert superseded([LakeRun("2026-11-23", "alone")], None, NOW, HOUR) == [LakeRun("2026-11-23", "alone")]


def test_the_run_of_a_withdrawn_date_has_its_grace_from_then_on() -> None:
    run = LakeRun("2026-11-23", "r", newest=NOW - 48 * HOUR)
    assert superseded([run], Publication(None, NOW - HOUR / 2), NOW, HOUR) == []
    assert superseded([run], Publication(None, NOW - HOUR), NOW, HOUR) == [run]
