"""Schedules fire by the wall clock of their zone, once each, from the moment in which they were made."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.services import eventbridge
from ministack.services import scheduler as ministacks

from local.aws.events import scheduler
from local.aws.events.scheduler import next_time, tick

HOURLY = {"ScheduleExpression": "cron(0 * * * ? *)"}
AT_SIX = {"ScheduleExpression": "at(2026-11-23T06:00:00)"}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _fired(monkeypatch: pytest.MonkeyPatch, made: str, looks: list[str], **schedule: Any) -> list[str]:
    """Return the logical times for which a schedule fires that is looked at at these times of a morning."""
    day, times = "2026-11-23T", list[str]()
    dates = {name: _time(day + schedule.pop(name)).timestamp() for name in ("StartDate", "EndDate") if name in schedule}
    made_at = _time(day + made).timestamp()
    kept: dict[Any, Any] = {
        ("1", "r", "default/x"): {"State": "ENABLED", "LastModificationDate": made_at, **dates, **schedule}
    }
    monkeypatch.setattr(ministacks, "_schedules", SimpleNamespace(_data=kept))
    monkeypatch.setattr(scheduler, "_fired", {})
    monkeypatch.setattr(scheduler, "fire", lambda _, due: times.append(f"{due:%H:%M}"))
    for look in looks:
        tick(_time(day + look))
    return [*times, *([] if kept else ["deleted"])]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        pytest.param("cron(0 6 * * ? *)", "UTC", "2026-11-23T06:00", "2026-11-24T06:00", id="daily"),
        pytest.param(
            "cron(0 6 * * ? *)", "Asia/Tokyo", "2026-11-23T00:00", "2026-11-23T21:00", id="the next day there"
        ),
        pytest.param("cron(0 6 * * ? *)", "Europe/Berlin", "2026-07-01T00:00", "2026-07-01T04:00", id="summer"),
        pytest.param("cron(0 6 * * ? *)", "Europe/Berlin", "2026-12-01T00:00", "2026-12-01T05:00", id="winter"),
        pytest.param("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T00:30", id="skipped there"),
        pytest.param("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30", id="repeated"),
        pytest.param("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:00", "2026-10-26T01:30", id="the second"),
        pytest.param("rate(5 minutes)", "UTC", "2026-11-23T06:00", "2026-11-23T06:05", id="rate"),
        pytest.param("at(2026-11-23T06:00:00)", "America/New_York", "2026-11-23T06:00", "2026-11-23T11:00", id="at"),
    ],
)
def test_the_next_time_is_by_the_clock_of_the_zone(expression: str, zone: str, after: str, due: str) -> None:
    schedule = {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone}
    assert next_time(schedule, _time(after)) == _time(due)


def test_a_time_that_passed_does_not_come_again() -> None:
    assert next_time(AT_SIX, datetime(2026, 11, 23, 6, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("made", "looks", "schedule", "fired"),
    [
        pytest.param("05:30", ["05:59:59", "06:00", "06:00:01"], HOURLY, ["06:00"], id="once, at its time"),
        pytest.param("05:30", ["05:59", "06:30", "07:00"], HOURLY, ["06:00", "07:00"], id="late, and the next in time"),
        pytest.param("05:59", ["06:00:00.9"], HOURLY, ["06:00"], id="first seen within its second"),
        pytest.param("06:00:01", ["06:00:01"], HOURLY, [], id="made a second after it was due"),
        pytest.param(
            "06:00", ["06:07", "06:09:59", "06:10"], {"ScheduleExpression": "rate(5 minutes)"}, ["06:10"], id="rate"
        ),
        pytest.param("05:00", ["05:59", "06:00", "06:01"], AT_SIX, ["06:00"], id="one time"),
        pytest.param("06:00:59", ["06:00:59"], AT_SIX, ["06:00"], id="made in the minute that it is for"),
        pytest.param("06:01", ["06:01"], AT_SIX, [], id="made in the minute after"),
        pytest.param(
            "05:00", ["06:00"], AT_SIX | {"ActionAfterCompletion": "DELETE"}, ["06:00", "deleted"], id="done, deleted"
        ),
        pytest.param(
            "05:00", ["05:59"], AT_SIX | {"ActionAfterCompletion": "DELETE"}, [], id="not due, so not deleted"
        ),
        pytest.param(
            "05:30", ["05:59", "06:00"], HOURLY | {"ActionAfterCompletion": "DELETE"}, ["06:00"], id="never done"
        ),
        pytest.param("05:00", ["06:00"], AT_SIX | {"Done": True}, [], id="done before a restart"),
        pytest.param("05:00", ["06:00"], AT_SIX | {"State": "DISABLED"}, [], id="disabled"),
        pytest.param("05:00", ["06:00"], AT_SIX | {"StartDate": "06:00"}, ["06:00"], id="from its time on"),
        pytest.param("05:00", ["06:00"], AT_SIX | {"StartDate": "06:01"}, [], id="from a later time on"),
        pytest.param("05:00", ["06:00"], AT_SIX | {"EndDate": "06:00"}, ["06:00"], id="until its time"),
        pytest.param("05:00", ["06:00"], AT_SIX | {"EndDate": "05:59"}, [], id="until an earlier time"),
    ],
)
def test_a_schedule_fires_for_each_time_once_while_it_is_on(
    monkeypatch: pytest.MonkeyPatch, made: str, looks: list[str], schedule: dict[str, Any], fired: list[str]
) -> None:
    assert _fired(monkeypatch, made, looks, **schedule) == fired


def test_a_changed_schedule_counts_from_its_change(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"State": "ENABLED", "LastModificationDate": _time("2026-11-23T06:00").timestamp()}
    rate = kept | {"ScheduleExpression": "rate(1 hour)"}
    monkeypatch.setattr(ministacks, "_schedules", SimpleNamespace(_data={("1", "r", "x"): rate}))
    monkeypatch.setattr(scheduler, "_fired", {})
    times: list[str] = []
    monkeypatch.setattr(scheduler, "fire", lambda _, due: times.append(f"{due:%H:%M}"))
    tick(_time("2026-11-23T06:01"))
    rate["LastModificationDate"] = _time("2026-11-23T06:30").timestamp()
    for look in ("06:31", "07:00", "07:29", "07:30"):
        tick(_time(f"2026-11-23T{look}"))
    assert times == ["07:30"]


def test_a_schedule_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def invoke(target: dict[str, str], *_: Any) -> None:
        called.append(target["Input"])
        raise RuntimeError(target["Input"])

    monkeypatch.setattr(eventbridge, "_invoke_target", invoke)
    monkeypatch.setattr(ministacks.logger, "exception", lambda *_: called.append("noted"))
    arn = "arn:aws:scheduler:us-east-1:1:schedule/default/x"
    scheduler.fire({"Arn": arn, "Target": {"Input": "for <aws.scheduler.scheduled-time>"}}, _time("2026-11-23T06:00"))
    assert called == ["for 2026-11-23T06:00:00Z", "noted"]
