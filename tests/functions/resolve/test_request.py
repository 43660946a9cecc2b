"""The valid inputs of an execution, and the run that each becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from functions.resolve.request import resolve
from functions.shared import keys
from functions.shared.errors import BadRequest

if TYPE_CHECKING:
    from functions.shared.events import Execution, Run

BERLIN = ZoneInfo("Europe/Berlin")
EXECUTION: Execution = {
    "Id": "arn:aws:states:eu-central-1:111122223333:execution:lake:one",
    "Name": "one",
    "StartTime": "2026-11-23T23:30:00.250Z",
}


def run_of(asked: dict[str, object], execution: Execution = EXECUTION) -> Run:
    return resolve(asked, execution, BERLIN, "lake-raw")


def test_a_scheduled_run_is_about_the_day_in_the_schedules_zone() -> None:
    assert run_of({"mode": "daily", "scheduled_time": "2026-11-23T23:30:00Z"})["snapshot_date"] == "2026-11-24"


def test_a_run_a_person_starts_is_about_the_date_they_name() -> None:
    assert run_of({"mode": "replay", "snapshot_date": "2026-11-01"})["snapshot_date"] == "2026-11-01"


def test_a_scheduled_run_that_is_delivered_late_is_about_today() -> None:
    """Spotify returns only today's data, whenever the run was meant to start."""
    run = run_of({"mode": "daily", "scheduled_time": "2026-11-22T05:00:00Z"})
    assert (run["mode"], run["snapshot_date"]) == ("daily", "2026-11-24")


def test_a_daily_run_of_an_earlier_date_is_a_replay_of_it() -> None:
    run = run_of({"mode": "daily", "snapshot_date": "2026-11-23"})
    assert (run["mode"], run["snapshot_date"]) == ("replay", "2026-11-23")
    assert run_of({"mode": "daily", "snapshot_date": "2026-11-24"})["mode"] == "daily"


@pytest.mark.parametrize(
    "asked",
    [
        {"mode": "daily", "snapshot_date": "2026-11-25"},
        {"mode": "daily", "snapshot_date": "2062-11-23"},
        {"mode": "daily", "snapshot_date": "9999-12-31"},
        {"mode": "daily", "scheduled_time": "2026-11-24T23:00:00Z"},
        {"mode": "replay", "snapshot_date": "2026-11-25"},
        {"mode": "inbox", "bucket": "lake-raw", "key": "inbox/snapshot_date=2027-11-02/_READY"},
    ],
    ids=["tomorrow", "digits swapped", "the last", "scheduled", "replay", "inbox"],
)
def test_no_run_is_about_a_date_that_lies_ahead(asked: dict[str, object]) -> None:
    """It is 2026-11-24 in Berlin, half an hour after midnight."""
    with pytest.raises(BadRequest, match=r"is in the future: today is 2026-11-24 in Europe/Berlin"):
        run_of(asked)


def test_a_clock_that_is_ahead_decides_what_today_is() -> None:
    asked: dict[str, object] = {"mode": "daily", "snapshot_date": "2026-12-01"}
    assert resolve(asked, EXECUTION, BERLIN, "lake-raw", days_ahead=7)["mode"] == "daily"
    scheduled: dict[str, object] = {"mode": "daily", "scheduled_time": "2026-11-23T23:30:00Z"}
    assert resolve(scheduled, EXECUTION, BERLIN, "lake-raw", days_ahead=-1)["snapshot_date"] == "2026-11-23"
    with pytest.raises(BadRequest, match="today is 2026-11-23 in"):
        resolve({"mode": "replay", "snapshot_date": "2026-11-24"}, EXECUTION, BERLIN, "lake-raw", days_ahead=-1)


def test_a_marker_starts_the_date_of_its_key() -> None:
    run = run_of({"mode": "inbox", "bucket": "lake-raw", "key": "inbox/snapshot_date=2026-11-02/_READY"})
    assert (run["mode"], run["snapshot_date"]) == ("inbox", "2026-11-02")


def test_the_day_ends_at_the_next_midnight_of_the_zone_after_the_start() -> None:
    assert run_of({"mode": "replay", "snapshot_date": "2026-01-01"})["ends_at"] == "2026-11-24T23:00:00.000Z"


def test_a_day_that_is_an_hour_longer_still_ends_at_midnight() -> None:
    autumn: Execution = {**EXECUTION, "StartTime": "2026-10-24T22:30:00Z"}
    assert run_of({"mode": "replay", "snapshot_date": "2026-01-01"}, autumn)["ends_at"] == "2026-10-25T23:00:00.000Z"


def test_a_redrive_is_the_same_run() -> None:
    asked: dict[str, object] = {"mode": "replay", "snapshot_date": "2026-11-01"}
    assert run_of(asked) == run_of(asked)


def test_runs_sort_by_their_start_and_two_of_one_second_differ() -> None:
    asked: dict[str, object] = {"mode": "replay", "snapshot_date": "2026-11-01"}
    other: Execution = {**EXECUTION, "Id": EXECUTION["Id"] + "-2"}
    assert run_of(asked)["run_id"].startswith("20261123T233000Z-")
    assert run_of(asked)["run_id"] != run_of(asked, other)["run_id"]


def test_a_rehearsal_has_its_own_date_which_lies_before_any_other() -> None:
    run = run_of({"mode": "rehearsal"})
    assert (run["mode"], run["snapshot_date"]) == ("rehearsal", keys.REHEARSAL_DATE)
    assert keys.REHEARSAL_DATE < "2006"  # Spotify was founded then


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, "mode is None", id="no mode"),
        pytest.param({"mode": "weekly"}, "'weekly'", id="unknown mode"),
        pytest.param({"mode": "daily"}, "takes one of snapshot_date, scheduled_time", id="daily without a date"),
        pytest.param(
            {"mode": "daily", "scheduled_time": "2026-11-23T06:00:00Z", "snapshot_date": "2026-11-23"},
            "takes one of",
            id="daily with two dates",
        ),
        pytest.param({"mode": "daily", "scheduled_time": "noon"}, "'noon'", id="no instant"),
        pytest.param({"mode": "daily", "scheduled_time": "2026-11-23T06:00:00"}, "an instant", id="no zone"),
        pytest.param(
            {"mode": "daily", "scheduled_time": "<aws.scheduler.scheduled-time>"}, "scheduler", id="unfilled attribute"
        ),
        pytest.param({"mode": "replay", "snapshot_date": "2026-02-30"}, "'2026-02-30'", id="no such day"),
        pytest.param({"mode": "replay", "snapshot_date": "20261123"}, "YYYY-MM-DD", id="another way to write it"),
        pytest.param({"mode": "replay", "scheduled_time": "2026-11-23T06:00:00Z"}, "snapshot_date", id="replay"),
        pytest.param(
            {"mode": "inbox", "bucket": "other", "key": "inbox/snapshot_date=2026-11-02/_READY"}, "'other'", id="bucket"
        ),
        pytest.param({"mode": "inbox", "bucket": "lake-raw", "key": "inbox/x"}, "'inbox/x'", id="no marker"),
        pytest.param(
            {"mode": "inbox", "bucket": "lake-raw", "key": "inbox/snapshot_date=today/_READY"}, "'today'", id="bad date"
        ),
        pytest.param({"mode": "replay", "snapshot_date": "2000-01-01"}, "rehearsals", id="replay of the rehearsals'"),
        pytest.param({"mode": "replay", "snapshot_date": "0001-01-01"}, "expected 2000-01-01 or later", id="year 1"),
        pytest.param({"mode": "daily", "snapshot_date": "1026-11-23"}, "expected 2000-01-01 or later", id="year 1026"),
        pytest.param(
            {"mode": "inbox", "bucket": "lake-raw", "key": "inbox/snapshot_date=1999-12-31/_READY"},
            "The snapshot_date in inbox/snapshot_date=1999-12-31/_READY is '1999-12-31'; expected 2000-01-01 or later",
            id="inbox of another century",
        ),
        *[
            pytest.param({"mode": "daily", "scheduled_time": instant}, "of the years 2000 to 9998", id=instant)
            for instant in (
                "0001-01-01T00:00:00+14:00",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:30:00Z",
                "1999-12-31T00:00:00Z",
            )
        ],
        pytest.param(
            {"mode": "inbox", "bucket": "lake-raw", "key": "inbox/snapshot_date=2000-01-01/_READY"},
            "reserved for rehearsals: no inbox execution may use it",
            id="inbox of the rehearsals'",
        ),
    ],
)
def test_an_input_that_is_none_of_these_is_refused_with_what_was_found(asked: dict[str, object], found: str) -> None:
    with pytest.raises(BadRequest) as refused:
        run_of(asked)
    assert found in str(refused.value)


def test_a_day_before_a_midnight_that_comes_twice_ends_at_the_first() -> None:
    """In Havana clocks go back from one to midnight: data from after the first midnight is of the next date."""
    autumn: Execution = {**EXECUTION, "StartTime": "2026-10-31T12:00:00Z"}
    asked = {"mode": "replay", "snapshot_date": "2026-01-01"}
    assert resolve(asked, autumn, ZoneInfo("America/Havana"), "lake-raw")["ends_at"] == "2026-11-01T04:00:00.000Z"
