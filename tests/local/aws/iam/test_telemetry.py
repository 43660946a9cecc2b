"""Writing logs and traces requires the rights of the sender."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.aws.iam.telemetry import DELIVER_LOGS
from tests.local.cloud import allow, calls, function, new_name, role

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

SAYS = "def handler(event, context): print('said')"


def logged(aws: EmbeddedAws, arn: str) -> bool:
    """Return whether a function's log group has what its handler said."""
    logs, group = aws.client("logs"), f"/aws/lambda/{arn.rsplit(':', 1)[1]}"
    try:
        events = logs.filter_log_events(logGroupName=group)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return False
    return any("said" in event["message"] for event in events)


def test_a_function_that_may_not_write_logs_runs_without_them(aws: EmbeddedAws) -> None:
    write = allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/aws/lambda/*:*")
    for statements, kept in (([write], True), ([], False)):
        arn = function(aws, SAYS, *statements)
        assert "FunctionError" not in aws.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
        assert logged(aws, arn) is kept


def test_a_function_that_traces_asks_for_it(aws: EmbeddedAws) -> None:
    arn = function(aws, SAYS)
    aws.client("lambda").update_function_configuration(FunctionName=arn, TracingConfig={"Mode": "Active"})
    aws.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
    used = aws.client("lambda").get_function_configuration(FunctionName=arn)["Role"]
    assert "xray:PutTraceSegments" in {call["action"] for call in calls(aws, used)}


def test_a_state_machine_that_logs_needs_the_right_to_deliver(aws: EmbeddedAws) -> None:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:1:log-group:x:*"}}
    request: dict[str, Any] = {
        "definition": json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        "loggingConfiguration": {"level": "ERROR", "destinations": [destination]},
    }
    may = role(aws, "states.amazonaws.com", allow(list(DELIVER_LOGS), "*"))
    states = aws.client("stepfunctions")
    assert states.create_state_machine(name=new_name("machine"), roleArn=may, **request)
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        states.create_state_machine(name=new_name("machine"), roleArn=role(aws, "states.amazonaws.com"), **request)
