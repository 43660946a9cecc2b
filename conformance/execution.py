"""A daily execution on a local stack, run for a part that needs its data or its history."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from local.clock import move

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
    states = session.client("stepfunctions")
    asked = json.dumps({"mode": "daily", "snapshot_date": date})
    started = states.start_execution(
        stateMachineArn=session.outputs["state_machine_arn"], name=f"recorded-{uuid.uuid4().hex}", input=asked
    )["executionArn"]
    deadline = time.monotonic() + ENDED_WITHIN_S
    while (found := states.describe_execution(executionArn=started))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise NotSucceeded(f"{started} still runs after {ENDED_WITHIN_S} s")
        time.sleep(0.5)
    if found["status"] != "SUCCEEDED":
        raise NotSucceeded(f"{started} ended {found['status']}: {found.get('error')}: {found.get('cause')}")
    pages = states.get_paginator("get_execution_history").paginate(executionArn=started)
    return [event for page in pages for event in page["events"]]
