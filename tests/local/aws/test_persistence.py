"""A second start in a state directory has everything of the first."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import EmbeddedAws
from tests.local.cloud import allow, function, machine, role, task, wait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

WRITES = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="kept-bucket", Key=event["key"], Body=b"written")
"""


def build(aws: EmbeddedAws) -> dict[str, Any]:
    """Make one of everything that the pipeline uses; return the ARNs."""
    aws.client("s3").create_bucket(Bucket="kept-bucket")
    aws.client("s3").put_bucket_versioning(Bucket="kept-bucket", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        aws.client("s3").put_object(Bucket="kept-bucket", Key="raw/snapshot_date=2026-11-23/ä.ndjson.gz", Body=body)
    notify: dict[str, Any] = {"EventBridgeConfiguration": {}}
    aws.client("s3").put_bucket_notification_configuration(Bucket="kept-bucket", NotificationConfiguration=notify)
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    columns = {"Columns": [{"Name": "id", "Type": "string"}], "Location": "s3://kept-bucket/t/"}
    keys = [{"Name": "snapshot_date", "Type": "string"}]
    glue.create_table(
        DatabaseName="lake", TableInput={"Name": "t", "StorageDescriptor": columns, "PartitionKeys": keys}
    )
    partition = {"Values": ["2026-11-23"], "StorageDescriptor": columns}
    glue.create_partition(DatabaseName="lake", TableName="t", PartitionInput=partition)
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "lock_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "lock_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="locks", Item={"lock_id": {"S": "date#2026-11-23"}})
    secret = aws.client("secretsmanager").create_secret(Name="spotify", SecretString='{"client_id": "a"}')["ARN"]
    aws.client("athena").create_work_group(Name="group")
    writes = function(aws, WRITES, allow("s3:PutObject", "arn:aws:s3:::kept-bucket/*"))
    may = role(aws, "states.amazonaws.com", allow("lambda:InvokeFunction", writes))
    definition = task("lambda:invoke", {"FunctionName": writes, "Payload": {"key": "{% $states.input.key %}"}})
    flow = machine(aws, definition, may)
    starts = role(aws, "events.amazonaws.com", allow("states:StartExecution", flow))
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": [{"suffix": "_READY"}]}}}
    aws.client("events").put_rule(Name="inbox", EventPattern=json.dumps(pattern))
    target = {"Id": "flow", "Arn": flow, "RoleArn": starts, "Input": '{"key": "from-the-rule"}'}
    aws.client("events").put_targets(Rule="inbox", Targets=[target])
    aws.client("scheduler").create_schedule(
        Name="daily",
        ScheduleExpression="cron(0 6 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": flow, "RoleArn": role(aws, "scheduler.amazonaws.com")},
    )
    topic = aws.client("sns").create_topic(Name="alerts")["TopicArn"]
    queue = aws.client("sqs").create_queue(QueueName="dlq")["QueueUrl"]
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody="dead")
    waits = machine(aws, {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9**9, "End": True}}})
    states = aws.client("stepfunctions")
    done = states.start_execution(stateMachineArn=flow, input='{"key": "first"}')["executionArn"]
    wait(aws, done)
    running = states.start_execution(stateMachineArn=waits)["executionArn"]
    return {"secret": secret, "flow": flow, "topic": topic, "queue": queue, "done": done, "running": running}


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedAws, dict[str, Any]]]:
    """The second start, and the ARNs of what the first one made."""
    state: Path = tmp_path_factory.mktemp("kept")
    with EmbeddedAws.start(state) as first:
        made = build(first)
        made["endpoint"] = first.endpoint
    with EmbeddedAws.start(state) as second:
        yield second, made


def test_the_port_is_the_same(again: tuple[EmbeddedAws, dict[str, Any]]) -> None:
    aws, made = again
    assert aws.endpoint == made["endpoint"]


def test_objects_and_their_versions_are_there(again: tuple[EmbeddedAws, dict[str, Any]]) -> None:
    s3, key = again[0].client("s3"), "raw/snapshot_date=2026-11-23/ä.ndjson.gz"
    assert s3.get_object(Bucket="kept-bucket", Key=key)["Body"].read() == b"new"
    versions = s3.list_object_versions(Bucket="kept-bucket", Prefix=key)["Versions"]
    bodies = [s3.get_object(Bucket="kept-bucket", Key=key, VersionId=v["VersionId"])["Body"].read() for v in versions]
    assert bodies == [b"new", b"old"]


def test_tables_partitions_locks_secrets_and_workgroups_are_there(again: tuple[EmbeddedAws, dict[str, Any]]) -> None:
    aws, made = again
    partitions = aws.client("glue").get_partitions(DatabaseName="lake", TableName="t")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [["2026-11-23"]]
    assert aws.client("dynamodb").get_item(TableName="locks", Key={"lock_id": {"S": "date#2026-11-23"}})["Item"]
    assert (
        aws.client("secretsmanager").get_secret_value(SecretId=made["secret"])["SecretString"] == '{"client_id": "a"}'
    )
    assert aws.client("athena").get_work_group(WorkGroup="group")["WorkGroup"]["Name"] == "group"
    assert aws.client("scheduler").get_schedule(Name="daily")["State"] == "ENABLED"
    assert aws.client("sns").get_topic_attributes(TopicArn=made["topic"])
    message = aws.client("sqs").receive_message(QueueUrl=made["queue"])["Messages"][0]
    assert message["Body"] == "dead"


def test_executions_are_there_and_what_ran_is_failed(again: tuple[EmbeddedAws, dict[str, Any]]) -> None:
    states, made = again[0].client("stepfunctions"), again[1]
    assert states.describe_execution(executionArn=made["done"])["status"] == "SUCCEEDED"
    assert states.get_execution_history(executionArn=made["done"])["events"]
    running = states.describe_execution(executionArn=made["running"])
    assert (running["status"], running["error"]) == ("FAILED", "States.ServiceRestart")


def test_the_state_machine_runs_its_function_with_its_role(again: tuple[EmbeddedAws, dict[str, Any]]) -> None:
    aws, made = again
    started = aws.client("stepfunctions").start_execution(stateMachineArn=made["flow"], input='{"key": "second"}')
    assert wait(aws, started["executionArn"])["status"] == "SUCCEEDED"
    assert aws.client("s3").get_object(Bucket="kept-bucket", Key="second")["Body"].read() == b"written"


def test_the_rule_still_starts_it(again: tuple[EmbeddedAws, dict[str, Any]]) -> None:
    s3 = again[0].client("s3")
    s3.put_object(Bucket="kept-bucket", Key="inbox/_READY", Body=b"")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not s3.list_objects_v2(Bucket="kept-bucket", Prefix="from")["KeyCount"]:
        time.sleep(0.1)
    assert s3.list_objects_v2(Bucket="kept-bucket", Prefix="from-the-rule")["KeyCount"] == 1
