"""Schedules fire by the wall clock of their zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from local.aws.events.scheduler import next_time


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        pytest.param("cron(0 6 * * ? *)", "UTC", "2026-11-23T06:00", "2026-11-24T06:00", id="daily"),
        pytest.param(
            "cron(0 6 * * ? *)", "Asia/Tokyo", "2026-11-23T00:00", "2026-11-23T21:00", id="the next day there"
        ),
        pytest.param("cron(0 6 * * ? *)", "Europe/Berlin", "2026-07-01T00:00", "2026-07-01T04:00", id="summer"),
        pytest.param("cron(0 6 * * ? *)", "Europe/Berlin", "2026-12-01T00:00", "2026-12-01T05:00", id="winter"),
        pytest.param("rate(5 minutes)", "UTC", "2026-11-23T06:00", "2026-11-23T06:05", id="rate"),
        pytest.param("at(2026-11-23T06:00:00)", "America/New_York", "2026-11-23T06:00", "2026-11-23T11:00", id="at"),
    ],
)
def test_the_next_time_is_by_the_clock_of_the_zone(expression: str, zone: str, after: str, due: str) -> None:
    schedule = {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone}
    at = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_time(schedule, at) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_time_that_passed_does_not_come_again() -> None:
    schedule = {"ScheduleExpression": "at(2026-11-23T06:00:00)"}
    assert next_time(schedule, datetime(2026, 11, 23, 6, tzinfo=UTC)) is None
