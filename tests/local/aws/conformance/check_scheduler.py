"""Checks of the table's rows about EventBridge Scheduler."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.aws.events.scheduler import next_time
from tests.local.aws.conformance.calling import refused
from tests.local.cloud import EVERYTHING, machine, new_name, role

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

REFUSED = (
    "cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)",
    "cron()", "rate(10 seconds)", "rate(10 years)", "rate()", "rate(10)", "rate(10 minutess)", "rate(foo minutes)",
    "rate(-10 minutes)", "rate( 10 minutes )", " rate(10 minutes)", "at(2021-12-31T23:59:59Z)", "at(2021-12-31)",
)  # fmt: skip
TAKEN = (
    "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)", "cron(30-30 13-13 ? * 2,4,6 *)", "cron(1-31/30 1-1 ? * 1,7 *)",
    "cron(0 18 ? * MON-FRI *)", "cron(*/15 * * * ? *)", "cron(0-59/10 0-23/2 ? * * *)", "at(2022-12-31T23:59:59)",
)  # fmt: skip


def _create(aws: EmbeddedAws, expression: str, **more: Any) -> dict[str, Any]:
    """Return the arguments of CreateSchedule."""
    target = {
        "Arn": f"arn:aws:lambda:{aws.region}:{aws.account_id}:function:f",
        "RoleArn": role(aws, "scheduler.amazonaws.com"),
    }
    window = {"Mode": "OFF"}
    given = {"Name": new_name("schedule"), "ScheduleExpression": expression, "FlexibleTimeWindow": window}
    return {**given, "Target": target, **more}


def malformed_expressions(aws: EmbeddedAws) -> None:
    create = aws.client("scheduler").create_schedule
    taken = [text for text in REFUSED if refused(create, **_create(aws, text)) != (400, "ValidationException")]
    assert taken == []


def expressions_with_ranges_and_steps(aws: EmbeddedAws) -> None:
    for text in TAKEN:
        assert aws.client("scheduler").create_schedule(**_create(aws, text, State="DISABLED"))["ScheduleArn"]


def unknown_time_zone(aws: EmbeddedAws) -> None:
    create = aws.client("scheduler").create_schedule
    wrong = _create(aws, "rate(1 day)", ScheduleExpressionTimezone="Mars/X")
    assert refused(create, **wrong) == (400, "ValidationException")
    assert create(**_create(aws, "rate(1 day)", ScheduleExpressionTimezone="Europe/Berlin"))["ScheduleArn"]


def context_attributes_are_filled_in(aws: EmbeddedAws) -> None:
    arn = machine(aws, {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    told = {"at": "<aws.scheduler.scheduled-time>", "id": "<aws.scheduler.execution-id>"}
    due = (datetime.now(UTC) + timedelta(seconds=2)).replace(microsecond=0)
    target = {"Arn": arn, "RoleArn": role(aws, "scheduler.amazonaws.com", EVERYTHING), "Input": json.dumps(told)}
    aws.client("scheduler").create_schedule(**_create(aws, f"at({due:%Y-%m-%dT%H:%M:%S})", Target=target))
    states, deadline = aws.client("stepfunctions"), time.monotonic() + 15
    while not (found := states.list_executions(stateMachineArn=arn)["executions"]) and time.monotonic() < deadline:
        time.sleep(0.2)
    given = json.loads(states.describe_execution(executionArn=found[0]["executionArn"])["input"])
    assert given["at"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    assert re.fullmatch(r"[0-9a-f-]{36}", given["id"])


def role_that_scheduler_may_not_assume(aws: EmbeddedAws) -> None:
    given = _create(aws, "rate(1 day)")
    given["Target"]["RoleArn"] = role(aws, "events.amazonaws.com")
    assert refused(aws.client("scheduler").create_schedule, **given) == (400, "ValidationException")


def cron_in_a_time_zone() -> None:
    """A test cannot wait for summer: it calls the function by which the embedded Scheduler finds the next start."""
    for expression in ("cron(0 6 * * ? *)", "at({day}T06:00:00)"):
        for day, hour in (("2026-07-01", 4), ("2026-12-01", 5)):
            zone = {"ScheduleExpressionTimezone": "Europe/Berlin"}
            after = datetime.fromisoformat(f"{day}T00:00:00+00:00")
            due = next_time({"ScheduleExpression": expression.format(day=day), **zone}, after)
            assert due == after + timedelta(hours=hour)


def start_in_a_night_when_the_clock_changes() -> None:
    daily = {"ScheduleExpression": "cron(30 2 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin"}
    starts = {}
    for first in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)):
        due, found = first, []
        while (due := next_time(daily, due) or due) < first + timedelta(days=3):
            found.append(f"{due:%d %H:%M}")
        starts[first.month] = found
    assert starts == {3: ["28 01:30", "30 00:30"], 10: ["24 00:30", "25 00:30", "26 01:30"]}
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # in the second of the two hours
    assert next_time(daily, again) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def disabled_schedule(aws: EmbeddedAws) -> None:
    arn = machine(aws, {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    target = {"Arn": arn, "RoleArn": role(aws, "scheduler.amazonaws.com", EVERYTHING), "Input": "{}"}
    at = f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})"
    for state in ("DISABLED", "ENABLED"):
        more = {"Target": {**target, "Input": json.dumps(state)}, "State": state}
        aws.client("scheduler").create_schedule(**_create(aws, at, **more))
    states, deadline = aws.client("stepfunctions"), time.monotonic() + 15
    while not (found := states.list_executions(stateMachineArn=arn)["executions"]) and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1.2)  # the next look at the schedules
    found = states.list_executions(stateMachineArn=arn)["executions"]
    told = [states.describe_execution(executionArn=each["executionArn"])["input"] for each in found]
    assert told == ['"ENABLED"']


def a_repeated_creation_is_the_same_schedule(aws: EmbeddedAws) -> None:
    create = aws.client("scheduler").create_schedule
    given = _create(aws, "rate(1 day)", ClientToken="one")
    assert create(**given)["ScheduleArn"] == create(**given)["ScheduleArn"]
    assert refused(create, **{**given, "ClientToken": "other"}) == (409, "ConflictException")
