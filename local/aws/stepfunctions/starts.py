"""Answer StartExecution as AWS does: rules of an execution's name and input, and repeated starts.

A name obeys its rules, an input is JSON of at most 256 KiB, and a start that repeats a running one, with the same
input, returns that one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions as sfn

from local.aws.patching import answered, arn, refused, wrap
from local.aws.stepfunctions.limits import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_IN_A_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")


@wrap(sfn, "_start_execution")
def _start(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Start an execution if AWS would accept its name and input."""
    name, text = data.get("name"), data.get("input", "{}")
    if name is not None and (not 1 <= len(name) <= 80 or NOT_IN_A_NAME.search(name)):
        return refused("InvalidName", f"Invalid Name: '{name}'")
    try:
        json.loads(text)
    except ValueError:
        return refused("InvalidExecutionInput", "Invalid State Machine Execution Input: not JSON")
    if len(text.encode()) > LIMIT:
        return refused("InvalidExecutionInput", "The input is longer than 262144 bytes")
    return _running(data, name, text) or original(data)


def _running(data: dict[str, Any], name: str | None, text: str) -> Any:
    """Return the answer of the same earlier start, if that execution still runs."""
    machine = sfn._state_machines.get(data.get("stateMachineArn"), {}).get("name")
    place = arn("states", f"execution:{machine}:{name}")
    execution = sfn._executions.get(place)
    if not execution or execution["status"] != "RUNNING" or execution["input"] != text:
        return None
    return answered({"executionArn": place, "startDate": execution["startDate"]})
