"""Each call of a state machine needs a right of its role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import EVERYTHING, allow, calls, function, key_table, machine, role, run, task, wait

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

STATES = "states.amazonaws.com"
OK = "def handler(event, context): return {'ok': True}"


def test_a_function_that_the_role_does_not_allow_is_not_called(aws: EmbeddedAws) -> None:
    mine, other = function(aws, OK), function(aws, OK)
    may = role(aws, STATES, allow("lambda:InvokeFunction", mine))
    allowed = run(aws, task("lambda:invoke", {"FunctionName": mine, "Payload": {}}), role_arn=may)
    refused = run(aws, task("lambda:invoke", {"FunctionName": other, "Payload": {}}), role_arn=may)
    assert allowed["status"] == "SUCCEEDED"
    assert (refused["status"], refused["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert f"not authorized to perform: lambda:InvokeFunction on resource: {other}" in refused["cause"]


def test_every_call_of_a_task_is_in_the_log_allowed_or_not(aws: EmbeddedAws) -> None:
    mine = function(aws, OK)
    may = role(aws, STATES, allow("lambda:InvokeFunction", mine))
    run(aws, task("lambda:invoke", {"FunctionName": mine, "Payload": {}}), role_arn=may)
    run(aws, task("aws-sdk:glue:getDatabase", {"Name": "nowhere"}), role_arn=may)
    assert [(call["action"], call["allowed"]) for call in calls(aws, may)] == [
        ("lambda:InvokeFunction", True),
        ("glue:GetDatabase", False),
    ]


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        pytest.param("aws-sdk:glue:startCrawler", {"Name": "c"}, "Glue.AccessDeniedException", id="modelled"),
        pytest.param("aws-sdk:dynamodb:getItem", {"TableName": "t", "Key": {}}, "DynamoDb.DynamoDbException", id="not"),
        pytest.param("aws-sdk:sfn:describeExecution", {"ExecutionArn": "arn:x"}, "Sfn.SfnException", id="sfn"),
        pytest.param("aws-sdk:s3:headBucket", {"Bucket": "some-bucket"}, "S3.AccessDeniedException", id="s3"),
        pytest.param(
            "dynamodb:putItem", {"TableName": "t", "Item": {}}, "DynamoDB.AmazonDynamoDBException", id="optimized"
        ),
        pytest.param("sns:publish", {"TopicArn": "arn:t"}, "SNS.AuthorizationErrorException", id="topic"),
        pytest.param(
            "athena:startQueryExecution", {"QueryString": "SELECT 1"}, "Athena.AmazonAthenaException", id="athena"
        ),
    ],
)
def test_a_refusal_is_named_as_aws_names_it(
    aws: EmbeddedAws, resource: str, arguments: dict[str, Any], error: str
) -> None:
    ended = run(aws, task(resource, arguments), role_arn=role(aws, STATES))
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert "not authorized" in ended["cause"]


def test_an_error_that_the_sdk_models_keeps_its_name(aws: EmbeddedAws) -> None:
    gone = run(aws, task("aws-sdk:sfn:describeExecution", {"ExecutionArn": "arn:aws:states:x:1:execution:a:b"}))
    assert gone["error"] == "Sfn.ExecutionDoesNotExistException"
    assert run(aws, task("aws-sdk:glue:getCrawler", {"Name": "nobody"}))["error"] == "Glue.EntityNotFoundException"


def test_a_condition_of_the_policy_counts(aws: EmbeddedAws) -> None:
    table = key_table(aws)
    leading = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["date#*"]}}
    may = role(aws, STATES, allow("dynamodb:PutItem", "*") | {"Condition": leading})
    for key, status in (("date#2026-11-23", "SUCCEEDED"), ("spotify", "FAILED")):
        put = task("dynamodb:putItem", {"TableName": table, "Item": {"id": {"S": key}}})
        assert run(aws, put, role_arn=may)["status"] == status


def test_a_role_that_stops_trusting_stops_the_tasks(aws: EmbeddedAws) -> None:
    role_arn = role(aws, STATES, EVERYTHING)
    arn = machine(aws, task("lambda:invoke", {"FunctionName": function(aws, OK), "Payload": {}}), role_arn)
    nobody = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "*"}]}
    aws.client("iam").update_assume_role_policy(RoleName=role_arn.rsplit("/", 1)[-1], PolicyDocument=json.dumps(nobody))
    ended = wait(aws, aws.client("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"])
    assert (ended["error"], "assume the provided role" in ended["cause"]) == ("States.TaskFailed", True)
