"""Create roles, functions and state machines in the embedded AWS, in one line each."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})


def new_name(kind: str) -> str:
    """Return a name that nothing else in the session has."""
    return f"{kind}-{uuid.uuid4().hex[:10]}"


def role(aws: EmbeddedAws, service: str, *statements: dict[str, Any], condition: dict[str, Any] | None = None) -> str:
    """Make a role that `service` may assume (under `condition`), with these statements; return its ARN."""
    name = new_name("role")
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    iam = aws.client("iam")
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)
    return str(made["Role"]["Arn"])


def allow(action: str | list[str], resource: str | list[str]) -> dict[str, Any]:
    """Return a statement that allows `action` on `resource`."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def zipped(code: str, **more: str) -> bytes:
    """Return the zip of a function: `index.py`, and further files by name (with _ for the dot)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
        for name, text in more.items():
            archive.writestr(".".join(name.rsplit("_", 1)), text)
    return packed.getvalue()


def function(
    aws: EmbeddedAws, code: str, *statements: dict[str, Any], timeout: int = 20, lock: str = "", **settings: Any
) -> str:
    """Make a Python function of `code`, which defines `handler(event, context)`, and its lock; return its ARN."""
    made = role(aws, "lambda.amazonaws.com", *statements)
    return function_with_role(aws, code, made, timeout, lock=lock, **settings)


def function_with_role(
    aws: EmbeddedAws, code: str, role_arn: str, timeout: int = 20, *, lock: str = "", **settings: Any
) -> str:
    """Make a Python function of `code` with a role that exists; return its ARN."""
    made = aws.client("lambda").create_function(
        FunctionName=new_name("function"),
        Runtime="python3.13",
        Role=role_arn,
        Handler="index.handler",
        Code={"ZipFile": zipped(code, **({"requirements_txt": lock} if lock else {}))},
        Timeout=timeout,
        **settings,
    )
    return str(made["FunctionArn"])


def key_table(aws: EmbeddedAws, **more: Any) -> str:
    """Make a DynamoDB table with the text key `id`; return its name."""
    name = new_name("table")
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    return name


def machine(aws: EmbeddedAws, definition: dict[str, Any], role_arn: str | None = None) -> str:
    """Make a JSONata state machine, by default one that may do everything; return its ARN."""
    made = aws.client("stepfunctions").create_state_machine(
        name=new_name("machine"),
        definition=json.dumps({"QueryLanguage": "JSONata"} | definition),
        roleArn=role_arn or role(aws, "states.amazonaws.com", EVERYTHING),
    )
    return str(made["stateMachineArn"])


def task(resource: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the definition of a state machine of one task, called Work."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True} | more
    return {"StartAt": "Work", "States": {"Work": state}}


def wait(aws: EmbeddedAws, execution: str, *, seconds: float = 30) -> dict[str, Any]:
    """Return the description of an execution once it ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        described: dict[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=execution)
        if described["status"] in ENDED:
            return described
        time.sleep(0.05)
    raise AssertionError(f"{execution} still runs after {seconds} s")


def run(
    aws: EmbeddedAws, definition: dict[str, Any], data: object = None, role_arn: str | None = None
) -> dict[str, Any]:
    """Make a state machine, run it once and return the execution's description."""
    started = aws.client("stepfunctions").start_execution(
        stateMachineArn=machine(aws, definition, role_arn), input=json.dumps(data or {})
    )
    return wait(aws, started["executionArn"])


def calls(aws: EmbeddedAws, principal: str) -> list[dict[str, Any]]:
    """Return the recorded calls of sessions of a role, given by its ARN."""
    sessions = f":assumed-role/{principal.rsplit('/', 1)[-1]}/"
    lines = aws.call_log.read_text().splitlines() if aws.call_log.exists() else []
    return [line for line in map(json.loads, lines) if sessions in line["principal"]]
