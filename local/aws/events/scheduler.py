"""Fire schedules as EventBridge Scheduler does: in their time zone, with the context attributes filled in.

`<aws.scheduler.scheduled-time>` is the logical time (ISO 8601, UTC), `<aws.scheduler.execution-id>` is new for each
attempt. ministack passes both on as that text, and reads cron and at expressions as UTC. Looked at each second.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ministack.core.responses import request_scope
from ministack.services import eventbridge, scheduler

from local.aws.patching import instead_of

_fired: dict[tuple[str, str, str, float], datetime] = {}


@instead_of(scheduler, "_tick_schedules")
def tick(now: datetime | None = None) -> None:
    """Fire each enabled schedule that became due since the last check."""
    now = now or datetime.now(UTC)
    for place, schedule in list(scheduler._schedules._data.items()):
        key = (*place, schedule["LastModificationDate"])
        due = next_time(schedule, _fired.setdefault(key, _first_look(schedule, now)))
        if due is None or due > now or schedule.get("Done") or not _is_on(schedule, due):
            continue
        _fired[key] = due
        schedule["Done"] = schedule["ScheduleExpression"].startswith("at(")
        with request_scope(place[0], place[1]):
            fire(schedule, due)
        if schedule["Done"] and schedule.get("ActionAfterCompletion") == "DELETE":
            scheduler._schedules._data.pop(place, None)


def _first_look(schedule: dict[str, Any], now: datetime) -> datetime:
    """Return the time after which a schedule that is seen for the first time may fire; earlier times are skipped.

    A rate counts from when it was made; a one-time schedule may be for the minute in which it was made.
    """
    made = datetime.fromtimestamp(schedule["LastModificationDate"], UTC)
    if schedule["ScheduleExpression"].startswith("at("):
        return made - timedelta(minutes=1)
    seconds = eventbridge._parse_rate_seconds(schedule["ScheduleExpression"])
    return now - ((now - made) % timedelta(seconds=seconds) if seconds else timedelta(seconds=1))


def next_time(schedule: dict[str, Any], after: datetime) -> datetime | None:
    """Return when a schedule fires next after `after`, in UTC; None if never."""
    expression = schedule["ScheduleExpression"]
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if expression.startswith("at("):
        at = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone).astimezone(UTC)
        return at if at > after else None
    seconds = eventbridge._parse_rate_seconds(expression)
    if seconds is not None:
        return after + timedelta(seconds=seconds)
    return _next_by_the_wall_clock(eventbridge._parse_cron_fields(expression), zone, after)


def _next_by_the_wall_clock(fields: Any, zone: ZoneInfo, after: datetime) -> datetime | None:
    """Return when a cron expression is due next: a skipped time is left out, a repeated time counts once.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
    """
    wall = after.astimezone(zone).replace(tzinfo=UTC)  # ministack's cron knows one zone: give it this one's wall clock
    while found := eventbridge._cron_next_fire(fields, wall):
        due: datetime = found.replace(tzinfo=zone).astimezone(UTC)
        if due > after and due.astimezone(zone).replace(tzinfo=UTC) == found:
            return due
        wall = found
    return None


def _is_on(schedule: dict[str, Any], due: datetime) -> bool:
    """Return whether a schedule is enabled and within its dates."""
    start, end = (scheduler._to_epoch(schedule.get(name)) for name in ("StartDate", "EndDate"))
    begun, over = start is not None and due.timestamp() < start, end is not None and due.timestamp() > end
    return schedule.get("State") == "ENABLED" and not begun and not over


def fire(schedule: dict[str, Any], due: datetime) -> None:
    """Invoke a schedule's target for the logical time `due`."""
    told = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    target = dict(schedule["Target"])
    for name, value in told.items():
        target["Input"] = target.get("Input", "").replace(f"<aws.scheduler.{name}>", value)
    event = {
        "EventId": told["execution-id"],
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": time.time(),
        "Resources": [schedule["Arn"]],
        "Account": schedule["Arn"].split(":")[4],
        "Region": schedule["Arn"].split(":")[3],
    }
    try:
        eventbridge._invoke_target(target, event, schedule)
    except Exception:  # noqa: BLE001 - one schedule's failure must not stop the others
        scheduler.logger.exception("Schedule %s failed", schedule["Arn"])


def install() -> None:
    """Look at the schedules each second."""
    scheduler._SCHEDULE_TICK_INTERVAL = 1
