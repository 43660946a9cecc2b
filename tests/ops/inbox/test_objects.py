"""Misplaced objects of the raw bucket are named with their right place, and so are objects that wait for a marker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared import keys
from ops.inbox import objects
from ops.inbox.objects import listed, problems
from ops.stack import Stack
from tests.ops.fakes import OUTPUTS

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
DAY = "2026-11-23"
THERE = f"inbox/snapshot_date={DAY}"


class Bucket:
    """S3 and Step Functions with the needed requests: objects by key, with the minutes since they were put."""

    def __init__(self, **ages: int) -> None:
        self.ages = ages
        self.put: list[str] = []

    def list_objects_v2(self, *, Prefix: str = "", Delimiter: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803  AWS's names
        found = [
            {"Key": key, "Size": 1, "LastModified": NOW - timedelta(minutes=age)}
            for key, age in self.ages.items()
            if key.startswith(Prefix) and not (Delimiter and Delimiter in key)
        ]
        folders = sorted({key.split("/")[0] + "/" for key in self.ages if "/" in key}) if Delimiter else []
        return {"Contents": found, "CommonPrefixes": [{"Prefix": each} for each in folders]}

    def get_paginator(self, _name: str) -> Any:
        return type("Pages", (), {"paginate": lambda _, **asked: [self.list_objects_v2(**asked)]})()

    def put_object(self, *, Key: str, **_: Any) -> None:  # noqa: N803  AWS's name
        self.put.append(Key)

    @property
    def stack(self) -> Stack:
        return Stack("test", OUTPUTS, lambda _: self)  # type: ignore[arg-type]  # all that is called


def problem(**ages: int) -> dict[str, str]:
    return {each.key: each.problem for each in listed(Bucket(**ages).stack) if each.problem}


def test_files_and_their_marker_are_in_order() -> None:
    bucket = Bucket(
        **{f"{THERE}/a.json": 2, f"{THERE}/sub/b.ndjson.gz": 2, f"{THERE}/_READY": 1, "raw/x": 1, "state/y": 1}
    )
    assert [each.key for each in listed(bucket.stack)] == [
        f"{THERE}/a.json",
        f"{THERE}/sub/b.ndjson.gz",
        f"{THERE}/_READY",
    ]
    assert problems(bucket.stack) == []


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("inbox/x.json", "is not in a date's folder"),
        ("inbox/_READY", "is not in a date's folder"),
        ("inbox/2026-11-23/x.json", "is not in a date's folder"),
        ("inbox/snapshot_date=2026-02-30/x.json", "'2026-02-30' is not a date"),
        ("inbox/snapshot_date=23.11.2026/x.json", "'23.11.2026' is not a date"),
        ("inbox/snapshot_date=9999-12-31/x.json", "no run may be about 9999-12-31"),
        ("inbox/snapshot_date=1999-12-31/x.json", "no run may be about 1999-12-31"),
        (f"inbox/snapshot_date={keys.REHEARSAL_DATE}/x.json", f"no run may be about {keys.REHEARSAL_DATE}"),
        (f"{THERE}/sub/_READY", f"the marker is {THERE}/_READY"),
        (f"{THERE}/_ready", f"the marker is {THERE}/_READY"),
        (f"{THERE}/_READY.txt", f"the marker is {THERE}/_READY"),
        (f"{THERE}/READY", f"the marker is {THERE}/_READY"),
        (f"{THERE}/_part.json", "begins with a dot or an underscore"),
        (f"{THERE}/x.csv", "expected a name that ends in .json"),
        (f"{THERE}/x.json", f"waits for the marker {THERE}/_READY"),
        (f"{THERE}/_READY", "has no file that a run reads"),
        ("x.json", "is outside the inbox"),
        ("Inbox/snapshot_date=2026-11-23/x.json", "is outside the inbox"),
        ("snapshot_date=2026-11-23/x.json", "is outside the inbox"),
    ],
)
def test_what_no_run_reads_is_named(key: str, told: str) -> None:
    (found,) = problem(**{key: 1}).items()
    assert (found[0], told in found[1]) == (key, True), found[1]


def test_a_file_newer_than_the_marker_waits_for_it_again() -> None:
    assert "upload the marker again" in problem(**{f"{THERE}/a.json": 1, f"{THERE}/_READY": 2})[f"{THERE}/a.json"]


def test_a_file_as_old_as_its_marker_and_of_today_is_in_order() -> None:
    """S3's times are whole seconds."""
    today = f"inbox/snapshot_date={Bucket().stack.today()}"
    assert problem(**{f"{today}/a.json": 1, f"{today}/_READY": 1}) == {}


def test_of_a_folder_that_lies_astray_one_object_is_named() -> None:
    assert list(problem(**{"inBox/a.json": 1, "inBox/b.json": 1})) == ["inBox/a.json"]


def test_the_marker_is_put_last(tmp_path: Path) -> None:
    bucket = Bucket()
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_text("{}")
    assert objects.put(bucket.stack, [tmp_path / "b.json", tmp_path / "a.json"], DAY) == f"{THERE}/_READY"
    assert bucket.put == [f"{THERE}/b.json", f"{THERE}/a.json", f"{THERE}/_READY"]
