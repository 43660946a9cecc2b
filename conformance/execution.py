"""A daily execution on a local stack, run for a part that needs its data or its history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.clock import move
from ops.executions import describe, events, start
from ops.stack import local_stack

if TYPE_CHECKING:
    from local.session import Session

ENDED_WITHIN_S = 300


class NotSucceeded(Exception):
    """The execution failed, or did not end."""


def daily(session: Session, date: str, *, show: bool = True) -> list[dict[str, Any]]:
    """Run the daily execution of a date and return its history; `show` makes that date its today.

    Raises:
        NotSucceeded: the execution failed, or did not end in time.
    """
    if show:
        move(session, date)
    stack = local_stack(session)
    arn = start(stack, {"mode": "daily", "snapshot_date": date})
    deadline = time.monotonic() + ENDED_WITHIN_S
    while not (found := describe(stack, arn)).ended:
        if time.monotonic() > deadline:
            raise NotSucceeded(f"{arn} still runs after {ENDED_WITHIN_S} s")
        time.sleep(0.5)
    if found.status != "SUCCEEDED":
        raise NotSucceeded(f"{arn} ended {found.status}: {found.error}: {found.cause}")
    return events(stack, arn)
