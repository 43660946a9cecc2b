"""Check the sender's role for logs and traces, as on AWS; ministack writes logs whatever the role.

A function whose role may not write its log group runs, and its logs are lost. A state machine that logs needs a role
that may set up log deliveries. Who traces asks for the right to: a refusal costs the trace only; the call log has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import lambda_svc
from ministack.services import stepfunctions as sfn

from local.aws.iam import rights
from local.aws.patching import arn, refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
TRACE = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
SAMPLE = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
DELIVER_LOGS = tuple(
    f"logs:{action}"
    for action in (
        "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
        "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups",
    )
)  # fmt: skip


def _may(role: str, session: str, actions: tuple[str, ...], resource: str = "*") -> bool:
    """Return whether a role may do all of the actions; the call log has each of them."""
    principal = rights.of_role(role, session)
    return all([principal.may(action, resource) for action in actions])  # noqa: C419 - every one is to be asked


@wrap(lambda_svc, "_emit_lambda_logs")
def _emit(original: Callable[..., None], func: dict[str, Any], request_id: str, *rest: Any, **named: Any) -> None:
    """Write a call's logs, if the function's role may."""
    config = func.get("config") or func
    role, name = config.get("Role", ""), config.get("FunctionName", "")
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    stream = arn("logs", f"log-group:{group}:log-stream:{request_id}")
    if (config.get("TracingConfig") or {}).get("Mode") == "Active":
        _may(role, name, TRACE)
    if _may(role, name, WRITE_LOGS, stream):
        original(func, request_id, *rest, **named)
    else:
        lambda_svc.logger.warning("The logs of %s are lost: %s may not write to %s", name, role, group)


@wrap(sfn, "_create_state_machine")
@wrap(sfn, "_update_state_machine")
def _keep(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Create or change a state machine if its role has the rights that its telemetry needs."""
    role = data.get("roleArn") or sfn._state_machines.get(data.get("stateMachineArn"), {}).get("roleArn", "")
    if (data.get("tracingConfiguration") or {}).get("enabled"):
        _may(role, "states", TRACE + SAMPLE)
    logs = (data.get("loggingConfiguration") or {}).get("level", "OFF") != "OFF"
    if logs and not _may(role, "states", DELIVER_LOGS):
        message = "The state machine IAM Role is not authorized to access the Log Destination"
        return refused("AccessDeniedException", f"{message} ({role})")
    return original(data)
