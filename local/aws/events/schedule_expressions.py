"""Validate the expression and time zone of schedules and rules, as AWS does.

What is taken and refused follows LocalStack's snapshot tests, recorded on AWS:
tests_create_schedule_with_invalid_schedule_expression (2025-01-26), test_create_schedule_with_valid_cron_expressions
(2026-01-17), tests_put_rule_with_invalid_schedule_cron and tests_put_rule_with_schedule_cron (2025-01-22). The fields
of a cron expression: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from ministack.services import eventbridge, scheduler

from local.aws.patching import refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, MONTHS),
    (1, 7, DAYS),
    (1970, 2199, ()),
)
"""Of each field of a cron expression: the least and the greatest number, and the names."""
RATE = re.compile(r"rate\(([1-9]\d*) (minute|minutes|hour|hours|day|days)\)")
CRON = re.compile(r"cron\(([^)]*)\)")
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


def is_expression(text: str, *, once: bool) -> bool:
    """Return whether AWS takes a schedule expression; `once` allows `at(…)`."""
    if rate := RATE.fullmatch(text):
        return (rate[1] == "1") != rate[2].endswith("s")
    if cron := CRON.fullmatch(text):
        return _is_cron(cron[1].split(" "))
    at = AT.fullmatch(text)
    return once and at is not None and _is_time(at[1])


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_cron(fields: list[str]) -> bool:
    """Return whether six fields are a cron expression: one of day of month and day of week is `?`, the other not."""
    if len(fields) != len(FIELDS) or (fields[2] == "?") == (fields[4] == "?"):
        return False
    return all(_is_field(text, place) for place, text in enumerate(fields))


def _is_field(text: str, place: int) -> bool:
    if text == "?":
        return place in {2, 4}
    return all(_is_part(part, place) for part in text.split(","))


def _is_part(text: str, place: int) -> bool:
    """Return whether one part of a field, between commas, is taken."""
    if (place == 2 and re.fullmatch(r"L(-\d+)?|LW|[1-9]\d?W", text)) or (place == 4 and text == "L"):
        return True
    if place == 4 and (special := re.fullmatch(r"(\w+)(L|#[1-5])", text)):
        return _in_range(special[1], place)
    span, _, step = text.partition("/")
    if "/" in text and not (step.isdigit() and int(step) > 0):
        return False
    first, dash, last = span.partition("-")
    return span == "*" or (_in_range(first, place) and (not dash or _in_range(last, place)))


def _in_range(text: str, place: int) -> bool:
    least, most, names = FIELDS[place]
    return text in names or (text.isdigit() and least <= int(text) <= most)


@wrap(scheduler, "_create_schedule")
@wrap(scheduler, "_update_schedule")
def _schedule(original: Callable[[str, Any], Any], name: str, data: dict[str, Any]) -> Any:
    expression, zone = data.get("ScheduleExpression", ""), data.get("ScheduleExpressionTimezone", "UTC")
    if expression and not is_expression(expression, once=True):
        return scheduler._error(400, "ValidationException", f"Invalid Schedule Expression {expression}.")
    if zone not in available_timezones():
        message = f"The ScheduleExpressionTimezone {zone} is not valid: it is not a name in the time zone database."
        return scheduler._error(400, "ValidationException", message)
    return original(name, data)


@wrap(eventbridge, "_put_rule")
def _rule(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    if data.get("ScheduleExpression") and not is_expression(data["ScheduleExpression"], once=False):
        return refused("ValidationException", "Parameter ScheduleExpression is not valid.")
    return original(data)
