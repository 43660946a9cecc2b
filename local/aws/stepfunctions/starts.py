"""Answer StartExecution as AWS does: rules of an execution's name and input, and repeated starts.

A name obeys its rules, an input is JSON of at most 256 KiB, and a start that repeats a running one, with the same
input, returns that one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import stepfunctions as sfn

from local.aws.patching import wrap
from local.aws.stepfunctions.limits import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_IN_A_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")


@wrap(sfn, "_start_execution")
def _start(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Start an execution if AWS would accept its name and input."""
    name, text = data.get("name"), data.get("input", "{}")
    if name is not None and (not 1 <= len(name) <= 80 or NOT_IN_A_NAME.search(name)):
        return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    try:
        json.loads(text)
    except ValueError:
        return error_response_json("InvalidExecutionInput", "Invalid State Machine Execution Input: not JSON", 400)
    if len(text.encode()) > LIMIT:
        return error_response_json("InvalidExecutionInput", "The input is longer than 262144 bytes", 400)
    return _running(data, name, text) or original(data)


def _running(data: dict[str, Any], name: str | None, text: str) -> Any:
    """Return the answer of the same earlier start, if that execution still runs."""
    machine = sfn._state_machines.get(data.get("stateMachineArn"), {}).get("name")
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine}:{name}"
    execution = sfn._executions.get(arn)
    if not execution or execution["status"] != "RUNNING" or execution["input"] != text:
        return None
    return json_response({"executionArn": arn, "startDate": execution["startDate"]})
