"""Describe executions and state machines with the fields that ministack lacks, and with AWS's errors about ARNs.

Sources are LocalStack's snapshot tests, recorded on AWS: test_describe_execution_invalid_arn,
test_describe_invalid_arn_sm, test_get_execution_history_invalid_arn, test_list_execution_invalid_arn and
test_list_execution_no_such_state_machine (2024-03-08), test_stop_execution (2024-05-06: an error and a cause that
nobody gave are not there), test_start_execution (2024-06-30: `redriveCount` in lists), and
test_describe_execution (2024-08-21: `redriveStatusReason`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions as sfn

from local.aws.patching import answered, refused, wrap
from local.aws.stepfunctions.executions import redrives

if TYPE_CHECKING:
    from collections.abc import Callable

REDRIVABLE = frozenset({"FAILED", "ABORTED", "TIMED_OUT"})


def _malformed(arn: object) -> Any:
    """Return the refusal of a malformed ARN, or None."""
    if str(arn).startswith("arn:"):
        return None
    return refused("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")


@wrap(sfn, "_describe_execution")
def _execution(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Describe an execution with its redrives, and without unset fields."""
    if refusal := _malformed(data.get("executionArn")):
        return refusal
    status, headers, body = original(data)
    execution = sfn._executions.get(data.get("executionArn"))
    if status != 200 or not execution:
        return status, headers, body
    can = execution["status"] in REDRIVABLE
    told = {
        **json.loads(body),
        "redriveCount": redrives(execution),
        "redriveDate": execution.get("redriveDate"),
        "redriveStatus": "REDRIVABLE" if can else "NOT_REDRIVABLE",
        "redriveStatusReason": None if can else f"Execution is {execution['status']} and cannot be redriven",
    }
    if execution["status"] != "SUCCEEDED":
        told.pop("output", None)
    return answered({name: value for name, value in told.items() if value is not None})


@wrap(sfn, "_describe_state_machine")
@wrap(sfn, "_get_execution_history")
def _well_formed(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    return _malformed(data.get("stateMachineArn") or data.get("executionArn")) or original(data)


@wrap(sfn, "_list_executions")
def _executions(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """List the executions of a state machine; refuse one that does not exist."""
    arn = data.get("stateMachineArn")
    if arn is not None and (refusal := _malformed(arn)):
        return refusal
    if arn is not None and arn not in sfn._state_machines:
        return refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    status, headers, body = original(data)
    if status != 200:
        return status, headers, body
    listed = json.loads(body)
    for each in listed["executions"]:
        each["redriveCount"] = redrives(sfn._executions[each["executionArn"]])
    return answered(listed)
