"""Require of functions, schedules and state machines a role that their service may assume, as on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import lambda_svc, scheduler
from ministack.services import stepfunctions as sfn

from local.aws.iam.trust import trusts
from local.aws.patching import arn, refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


def not_assumable(role: str) -> str:
    """Return Step Functions' error message for a role that it may not assume."""
    return (
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
        f"provided role. ({role})"
    )


@wrap(sfn, "_create_state_machine")
@wrap(sfn, "_update_state_machine")
def _machine(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    role = data.get("roleArn")
    machine = data.get("stateMachineArn") or arn("states", f"stateMachine:{data.get('name')}")
    if role and not trusts(role, "states.amazonaws.com", machine):
        return refused("AccessDeniedException", not_assumable(role))
    return original(data)


@wrap(lambda_svc, "_create_function")
def _function(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    if not trusts(data.get("Role", ""), "lambda.amazonaws.com", arn("lambda", f"function:{data.get('FunctionName')}")):
        message = f"The role defined for the function cannot be assumed by Lambda. ({data.get('Role')})"
        return refused("InvalidParameterValueException", message)
    return original(data)


@wrap(scheduler, "_create_schedule")
@wrap(scheduler, "_update_schedule")
def _schedule(original: Callable[[str, Any], Any], name: str, data: dict[str, Any]) -> Any:
    role, group = data.get("Target", {}).get("RoleArn", ""), data.get("GroupName", "default")
    source = arn("scheduler", f"schedule-group/{group}")  # Scheduler's aws:SourceArn
    if role and not trusts(role, "scheduler.amazonaws.com", source):
        message = f"The execution role you provide must allow AWS EventBridge Scheduler to assume the role. ({role})"
        return scheduler._error(400, "ValidationException", message)
    return original(name, data)
