"""Check each call of a state machine against its role, as AWS does; ministack calls as the administrator.

SDK tasks (`aws-sdk:*` and the optimized Athena ones) go through ministack's own front door with a session of the role:
the same actions, resources, condition keys and resource policies as for a call over HTTP. The other optimized tasks
never reach that door: what they need is listed in `OPTIMIZED`. Refusals carry the names that AWS gives them.
A role that does not trust `states.amazonaws.com` runs no task.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import iam_actions
from ministack.services import stepfunctions as sfn

from local.aws.iam import callers, kms, rights
from local.aws.iam.roles import not_assumable
from local.aws.iam.trust import trusts
from local.aws.patching import arn, having, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "states.amazonaws.com"

# Optimized tasks use the SDK for Java 1: its names of a refusal, and of the service in the cause.
REFUSED = {
    "lambda": ("Lambda.AWSLambdaException", "AWSLambda"),
    "dynamodb": ("DynamoDB.AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "sns": ("SNS.AuthorizationErrorException", "AmazonSNS"),
    "sqs": ("SQS.AmazonSQSException", "AmazonSQS"),
    "events": ("EventBridge.AmazonEventBridgeException", "AmazonEventBridge"),
    "states": ("StepFunctions.AWSStepFunctionsException", "AWSStepFunctions"),
}


@dataclass(frozen=True)
class Acting:
    """The role that a state machine acts with, and the session it has of it."""

    role: str
    session: str
    machine: str

    @property
    def key(self) -> str:
        """Return the access key of the session."""
        return callers.role_session(self.role, self.session)


_acting: ContextVar[Acting | None] = ContextVar("embedded_aws_acting", default=None)


def _lambda(arguments: dict[str, Any]) -> tuple[str, str]:
    return "lambda:InvokeFunction", sfn._resolve_lambda_function_ref(arguments.get("FunctionName", ""), optimized=True)


def _table(action: str) -> Callable[[dict[str, Any]], tuple[str, str]]:
    def need(arguments: dict[str, Any]) -> tuple[str, str]:
        table = arguments.get("TableName", "")
        return f"dynamodb:{action}", table if table.startswith("arn:") else arn("dynamodb", f"table/{table}")

    return need


def _queue(arguments: dict[str, Any]) -> tuple[str, str]:
    return "sqs:SendMessage", arn("sqs", arguments.get("QueueUrl", "").rsplit("/", 1)[-1])


def _bus(arguments: dict[str, Any]) -> tuple[str, str]:
    bus = (arguments.get("Entries") or [{}])[0].get("EventBusName", "default")
    return "events:PutEvents", bus if bus.startswith("arn:") else arn("events", f"event-bus/{bus}")


OPTIMIZED: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "lambda:invoke": _lambda,
    "dynamodb:getItem": _table("GetItem"),
    "dynamodb:putItem": _table("PutItem"),
    "dynamodb:updateItem": _table("UpdateItem"),
    "dynamodb:deleteItem": _table("DeleteItem"),
    "sns:publish": lambda arguments: ("sns:Publish", arguments.get("TopicArn", "")),
    "sqs:sendMessage": _queue,
    "events:putEvents": _bus,
    "states:startExecution": lambda arguments: ("states:StartExecution", arguments.get("StateMachineArn", "")),
}


@wrap(sfn, "_invoke_resource")
def _invoke(original: Callable[[str, Any], Any], resource: str, arguments: Any) -> Any:
    """Invoke if the role may; an SDK task is checked by the authorization of its request."""
    acting = _acting.get()
    if acting is None:
        return original(resource, arguments)
    if not trusts(acting.role, SERVICE, acting.machine):
        raise sfn._ExecutionError("States.TaskFailed", not_assumable(acting.role))
    task = resource.removeprefix("arn:aws:states:::").split(".", 1)[0]
    if ":function:" in resource:
        task, arguments_of_need = "lambda:invoke", {"FunctionName": resource}
    else:
        arguments_of_need = arguments if isinstance(arguments, dict) else {}
    if task not in OPTIMIZED:
        with callers.acting_as(acting.key):
            return original(resource, arguments)
    action, target = OPTIMIZED[task](arguments_of_need)
    _require(acting, action, target, arguments_of_need)
    with having((_acting, None)):  # what the service does then it does in its own name
        return original(resource, arguments)


def _require(acting: Acting, action: str, target: str, arguments: dict[str, Any]) -> None:
    """Raise the task's error, as AWS names it, unless the role may."""
    service = action.split(":", 1)[0]
    keys: dict[str, Any] = {}
    if service == "dynamodb":
        keys = iam_actions.dynamodb_service_context(json.dumps(arguments).encode())
    principal = rights.of_role(acting.role, acting.session)
    if kms.may(principal, action, target, **keys):
        return
    name, long_name = REFUSED[service]
    raise sfn._ExecutionError(
        name,
        f"User: {principal.arn} is not authorized to perform: {action} on resource: {target} because no identity-based "
        f"policy allows the {action} action (Service: {long_name}; Status Code: 403; Error Code: AccessDeniedException;"
        f" Request ID: {uuid.uuid4()}; Proxy: null)",
    )


@wrap(app, "call_service_handler_sync")
def _through_the_door(
    original: Callable[..., Any],
    handler: Any,
    method: str,
    path: str,
    headers: dict[str, str],
    *rest: Any,
    **named: Any,
) -> Any:
    """Send an SDK task's request through authorization instead of straight to the service."""
    acting = _acting.get()
    if acting is None:
        return original(handler, method, path, headers, *rest, **named)
    signed = headers["authorization"].replace("Credential=test/", f"Credential={acting.key}/", 1)

    async def door(*request: Any) -> Any:
        return await app._dispatch_service_request(*request, str(uuid.uuid4()))

    with having((_acting, None)):
        return original(door, method, path, {**headers, "authorization": signed}, *rest, **named)


@wrap(sfn, "_prefix_sdk_error")
def _error_name(original: Callable[[str, str], str], service: str, code: str) -> str:
    """Name an SDK task's error: the exception's class where the SDK has one, else the service's own."""
    info = sfn._AWS_SDK_SERVICE_MAP.get(service, {})
    model = sfn._service_model(info.get("service_key", service))
    if code.startswith("States.") or model is None:
        return original(service, code)
    bare = code.rsplit("#", 1)[-1].rsplit(".", 1)[-1]
    for shape in model.error_shapes:
        if bare.removesuffix("Exception") in {shape.name.removesuffix("Exception"), shape.error_code}:
            return original(service, f"{shape.name.removesuffix('Exception')}Exception")
    prefix = sfn._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize())
    return f"{prefix}.{prefix}Exception"


@wrap(sfn, "_run_execution")
def _as_machine(original: Callable[[str], None], exec_arn: str) -> None:
    """Run an execution with its state machine's role."""
    execution = sfn._executions[exec_arn]
    machine = sfn._state_machines.get(execution["stateMachineArn"], {})
    session = hashlib.sha256(exec_arn.encode()).hexdigest()[:32]
    with having((_acting, Acting(machine.get("roleArn", ""), session, execution["stateMachineArn"]))):
        original(exec_arn)
