"""Invariant 3: a retry, a redrive or a second delivery of any state changes nothing in the result."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.often import one_in
from tests.statemachine.fake_aws import FakeAws
from tests.statemachine.scenarios import LOCK, OTHER, SCENARIOS
from tests.statemachine.walking import DAILY, ME, Walk, walk

DAY = SCENARIOS["daily"]
ORDER = list(dict.fromkeys(DAY().states))


def _lasting(done: Walk) -> dict[str, Any]:
    """Return the lasting results of an execution, without times."""
    rows = {key: value for key, value in done.aws.objects.items() if isinstance(value, dict)}
    return {
        "published": {key: value for key, value in done.aws.objects.items() if key not in rows},
        "rows": {key: {**row, "finished_at": None} for key, row in rows.items()},
        "partitions": done.aws.partitions,
        "holders": done.holders,
    }


@pytest.mark.parametrize("state", one_in(5, ORDER))
def test_an_execution_stopped_in_a_state_and_redriven_there_ends_as_if_never_stopped(state: str) -> None:
    """The state's call was made and its response lost: the worst moment to stop."""
    stopped = _stopped_after(state)
    entry = next(entry for entry in reversed(stopped.entries) if entry.state == state)
    redriven = walk(DAILY, stopped.aws, resume=entry)
    assert redriven.status == "SUCCEEDED"
    assert _lasting(redriven) == _lasting(DAY())


class _Stop(BaseException):
    """The execution is stopped here."""


def _stopped_after(state: str) -> Walk:
    """Return a walk that was stopped after `state` had done its work, before the next call of another state."""
    aws, told = FakeAws(), list[Walk]()

    def stop() -> None:
        if state in told[0].states and told[0].states[-1] != state:
            raise _Stop

    aws.before = dict.fromkeys(ORDER, stop)
    with suppress(_Stop):
        walk(DAILY, aws, tell=told.append)
    aws.before.clear()
    return told[0]


def test_a_redriven_execution_whose_lock_was_taken_publishes_nothing() -> None:
    stopped = _stopped_after("Judge the gates")
    stopped.aws.hold(LOCK, OTHER)
    stopped.aws.objects["published/2026-11-23.json"] = "the other's run"
    redriven = walk(DAILY, stopped.aws, resume=stopped.entries[-1])
    assert (redriven.status, redriven.error) == ("FAILED", "LockLost")
    assert redriven.aws.objects["published/2026-11-23.json"] == "the other's run"
    assert redriven.holders[LOCK] == OTHER


def test_a_second_execution_of_the_date_starts_over_a_stopped_one() -> None:
    stopped = _stopped_after("Transform")
    stopped.aws.statuses[ME] = "ABORTED"
    second = walk(DAILY, stopped.aws, arn=ME.replace(":me", ":second"))
    assert second.status == "SUCCEEDED"
    assert second.holders == {}
