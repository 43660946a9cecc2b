"""Choose the Retry or Catch for an error, and compute how long a Retry waits.

`States.TaskFailed` stands for every error but a time-out, `States.ALL` for every error but `States.Runtime`. A task's
result over 256 KiB is caught by `States.ALL`: AWS's documents say that it is not, the recording
test_service_task_lambada_catch_state_all_data_limit_exceeded_on_large_utf8_response (2024-03-21) says that it is.
"""

from __future__ import annotations

import random
from typing import Any

MOST_SECONDS = 31_622_400


def matches(names: list[str], error: str) -> bool:
    """Return whether a Retry or Catch with these names is about an error."""
    if error == "States.Runtime":
        return False
    return error in names or "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")


def retrier_of(state: dict[str, Any], error: str) -> int | None:
    """Return the index of the first retrier for an error."""
    places = (place for place, each in enumerate(state.get("Retry", [])) if matches(each["ErrorEquals"], error))
    return next(places, None)


def catcher_of(state: dict[str, Any], error: str) -> int | None:
    """Return the index of the first catcher for an error."""
    places = (place for place, each in enumerate(state.get("Catch", [])) if matches(each["ErrorEquals"], error))
    return next(places, None)


def used_up(retrier: dict[str, Any], tries: int) -> bool:
    """Return whether a retrier has no attempt left after `tries` of them."""
    return tries >= int(retrier.get("MaxAttempts", 3))


def delay(retrier: dict[str, Any], tries: int) -> float:
    """Return how many seconds a retrier waits after `tries` attempts."""
    longest = float(retrier.get("MaxDelaySeconds", MOST_SECONDS))
    seconds = min(retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** tries, longest)
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311 - spreads retries, guards nothing
    return float(seconds)
