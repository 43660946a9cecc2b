"""Answer a CreateSchedule that is repeated with its ClientToken with the schedule that the first one made.

Source: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html (ClientToken ensures the
idempotency of the request); AWS's SDKs give one by themselves and keep it when they retry.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import scheduler

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

_tokens: dict[str, str] = {}
"""The ClientToken that made each schedule, by its ARN."""


@wrap(scheduler, "_create_schedule")
def create_schedule(original: Callable[..., Any], name: str, body: dict[str, Any]) -> Any:
    """Create a schedule, or answer as before where the same request made it."""
    there = scheduler._schedules.get(f"{body.get('GroupName', 'default')}/{name}")
    token = body.get("ClientToken")
    if there and token and _tokens.get(there["Arn"]) == token:
        return scheduler._json_resp(200, {"ScheduleArn": there["Arn"]})
    reply = original(name, body)
    if reply[0] == 200 and token:
        _tokens[json.loads(reply[2])["ScheduleArn"]] = token
    return reply
