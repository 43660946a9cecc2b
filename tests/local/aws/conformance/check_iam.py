"""Checks of the table's rows about IAM."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.aws.iam.telemetry import DELIVER_LOGS
from tests.local.aws.conformance.calling import allowed, refused
from tests.local.cloud import allow, calls, function, function_with_role, key_table, machine, new_name, role, run, task
from tests.local.lake import Lake, client_of

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

RULES, ALARMS = "events.amazonaws.com", "cloudwatch.amazonaws.com"
STATES, LAMBDA, SCHEDULER = "states.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"
PASSES = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


def rule_sends_no_source_to_a_topic(aws: EmbeddedAws) -> None:
    place = f"arn:aws:events:{aws.region}:{aws.account_id}:rule/*"
    arrives = {
        name: _rule_reaches(aws, _topic(aws, RULES, condition))
        for name, condition in {
            "none": None,
            "account": {"StringEquals": {"aws:SourceAccount": aws.account_id}},
            "rule": {"ArnLike": {"aws:SourceArn": place}},
            "anything": {"StringLikeIfExists": {"aws:SourceAccount": "*"}},
        }.items()
    }
    assert arrives == {"none": True, "account": False, "rule": False, "anything": False}


def rule_sends_no_source_to_the_key_of_a_topic(aws: EmbeddedAws) -> None:
    account = {"StringEquals": {"aws:SourceAccount": aws.account_id}}
    context = {"StringLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:*:{aws.account_id}:*"}}
    keys = {"none": None, "account": account, "topic": context}
    arrives = {
        name: _rule_reaches(aws, _topic(aws, RULES, None, _key(aws, RULES, when))) for name, when in keys.items()
    }
    assert arrives == {"none": True, "account": False, "topic": True}


def rule_needs_both_rights_to_the_key_of_a_topic(aws: EmbeddedAws) -> None:
    both = ["kms:GenerateDataKey*", "kms:Decrypt"]
    arrives = [
        _rule_reaches(aws, _topic(aws, RULES, None, _key(aws, RULES, None, may))) for may in (both, both[:1], both[1:])
    ]
    assert arrives == [True, False, False]


def rule_sends_its_source_to_a_queue(aws: EmbeddedAws) -> None:
    arrives = {}
    for name, rule in {"this rule": "source-*", "another rule": "other-*"}.items():
        arn = f"arn:aws:events:{aws.region}:{aws.account_id}:rule/{rule}"
        when = {"ArnLike": {"aws:SourceArn": arn}, "StringEquals": {"aws:SourceAccount": aws.account_id}}
        url, dead = _queue(aws, RULES, when, _key(aws, RULES, when))
        _send(aws, {"Arn": _topic(aws, "nobody.amazonaws.com", None)[0], "DeadLetterConfig": {"Arn": dead}})
        arrives[name] = _has_a_message(aws, url)
    assert arrives == {"this rule": True, "another rule": False}


def alarm_sends_its_source_to_a_topic(aws: EmbeddedAws) -> None:
    arrives = {}
    for account in (aws.account_id, "999999999999"):
        when = {"StringEquals": {"aws:SourceAccount": account}}
        topic, url = _topic(aws, ALARMS, when, _key(aws, ALARMS, when))
        name, cloudwatch = new_name("alarm"), aws.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name, AlarmActions=[topic], Namespace="n", MetricName="m", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
        arrives[account] = _has_a_message(aws, url)
    assert arrives == {aws.account_id: True, "999999999999": False}


def lambda_sends_no_source_to_a_role(aws: EmbeddedAws) -> None:
    when = {"StringEquals": {"aws:SourceAccount": aws.account_id}}
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        function_with_role(aws, "def handler(event, context): pass", role(aws, "lambda.amazonaws.com", condition=when))
    assert function_with_role(aws, "def handler(event, context): pass", role(aws, "lambda.amazonaws.com"))


# What a policy says.


def policies_decide_by_operator(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    bucket = f"arn:aws:s3:::{lake.bucket}"
    lake.put("runs/1", b"x")

    def lists(condition: dict[str, Any], *more: dict[str, Any], prefix: str = "runs/") -> bool:
        statement = allow("s3:ListBucket", bucket) | {"Condition": condition}
        s3 = client_of(aws, "s3", role(aws, LAMBDA, statement, *more))
        return allowed(s3.list_objects_v2, Bucket=lake.bucket, **({"Prefix": prefix} if prefix else {}))

    prefix = "s3:prefix"
    assert lists({"StringLike": {prefix: "run*"}})
    assert not lists({"StringEquals": {prefix: "run*"}})
    assert lists({"StringEquals": {prefix: ["raw/", "runs/"]}})
    assert not lists({"StringEquals": {prefix: "RUNS/"}})
    assert lists({"StringEqualsIgnoreCase": {prefix: "RUNS/"}})
    assert not lists({"StringLike": {prefix: "run*"}}, prefix="")
    assert lists({"StringLikeIfExists": {prefix: "run*"}}, prefix="")
    assert not lists({"StringLikeIfExists": {prefix: "run*"}}, prefix="raw/")
    assert [lists({"Null": {prefix: "true"}}, prefix=given) for given in ("", "runs/")] == [True, False]
    assert lists({"Bool": {"aws:SecureTransport": "true"}})
    assert not lists({"StringLike": {prefix: "*"}}, allow("s3:*", "*") | {"Effect": "Deny"})
    assert not lists({"StringLike": {prefix: "*"}, "StringNotEquals": {prefix: "runs/"}})


def glue_table_needs_its_database_and_catalog(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    lake.table("albums", {"a": "string"})
    place = f"arn:aws:glue:{aws.region}:{aws.account_id}"
    needed = [f"{place}:catalog", f"{place}:database/{lake.database}", f"{place}:table/{lake.database}/albums"]
    asked = {"DatabaseName": lake.database, "Name": "albums"}
    assert client_of(aws, "glue", role(aws, LAMBDA, allow("glue:GetTable", needed))).get_table(**asked)["Table"]
    for lacks in needed:
        some = allow("glue:GetTable", [arn for arn in needed if arn != lacks])
        get = client_of(aws, "glue", role(aws, LAMBDA, some)).get_table
        assert not allowed(get, **asked)


def query_without_a_right_on_the_database_default(aws: EmbeddedAws) -> None:
    lake, default = Lake(aws), f"arn:aws:glue:{aws.region}:{aws.account_id}:database/default"
    lake.table("albums", {"a": "string"})
    never = [{**allow(*each), "Effect": "Deny"} for each in (("glue:GetDatabases", "*"), ("glue:*", default))]
    asks = client_of(aws, "athena", role(aws, LAMBDA, allow(["athena:*", "s3:*", "glue:*"], "*"), *never))
    assert lake.query("SELECT count(*) FROM albums", client=asks).rows == [["0"]]


def resource_of_a_call(aws: EmbeddedAws) -> None:
    query = {"QueryString": "SELECT 1", "WorkGroup": "w"}
    for call, arguments, resource in (
        ("glue:startCrawler", {"Name": "mine"}, f"glue:{aws.region}:{aws.account_id}:crawler/mine"),
        (
            "glue:getPartitions",
            {"DatabaseName": "d", "TableName": "t"},
            f"glue:{aws.region}:{aws.account_id}:table/d/t",
        ),
        ("athena:startQueryExecution", query, f"athena:{aws.region}:{aws.account_id}:workgroup/w"),
    ):
        nobody = role(aws, STATES)
        run(aws, task(f"aws-sdk:{call}", arguments), role_arn=nobody)
        assert [asked["resource"] for asked in calls(aws, nobody)] == [f"arn:aws:{resource}"]


def leading_keys_of_an_item(aws: EmbeddedAws) -> None:
    table = key_table(aws)
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["date#*"]}}
    may = role(aws, STATES, allow("dynamodb:PutItem", "*") | {"Condition": keys})
    put = {key: {"TableName": table, "Item": {"id": {"S": key}}} for key in ("date#2026-01-01", "spotify")}
    ended = [run(aws, task("dynamodb:putItem", arguments), role_arn=may).get("error") for arguments in put.values()]
    assert ended == [None, "DynamoDB.AmazonDynamoDBException"]


# Services that act with a role.


def state_machine_needs_a_role_that_trusts_it(aws: EmbeddedAws) -> None:
    own, foreign = ({"StringEquals": {"aws:SourceAccount": account}} for account in (aws.account_id, "999999999999"))
    assert machine(aws, PASSES, role(aws, STATES, condition=own))
    for wrong in (role(aws, LAMBDA), role(aws, STATES, condition=foreign)):
        assert refused(machine, aws=aws, definition=PASSES, role_arn=wrong) == (400, "AccessDeniedException")


def schedule_names_its_group(aws: EmbeddedAws) -> None:
    create = aws.client("scheduler").create_schedule
    for group in ("default", "other"):
        source = f"arn:aws:scheduler:{aws.region}:{aws.account_id}:schedule-group/{group}"
        bound = role(aws, SCHEDULER, condition={"ArnEquals": {"aws:SourceArn": source}})
        request = _schedule(machine(aws, PASSES), bound, "rate(9 days)")
        if group == "default":
            assert create(**request)["ScheduleArn"]
        else:
            assert refused(create, **request) == (400, "ValidationException")


def _schedule(target: str, role_arn: str, expression: str, **more: Any) -> dict[str, Any]:
    """Return the arguments of CreateSchedule."""
    aim = {"Arn": target, "RoleArn": role_arn, **more}
    window = {"Mode": "OFF"}
    given = {"Name": new_name("schedule"), "ScheduleExpression": expression, "FlexibleTimeWindow": window}
    return {**given, "Target": aim}


def log_of_a_function_needs_a_right(aws: EmbeddedAws) -> None:
    write = allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/aws/lambda/*:*")
    logs = aws.client("logs")
    for statements, kept in (([write], 1), ([], 0)):
        arn = function(aws, "def handler(event, context): print('said')", *statements)
        assert "FunctionError" not in aws.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
        group = f"/aws/lambda/{arn.rsplit(':', 1)[1]}"
        found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        events = logs.filter_log_events(logGroupName=group)["events"] if found else []
        assert sum("said" in event["message"] for event in events) == kept


def state_machine_that_logs_needs_rights(aws: EmbeddedAws) -> None:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:1:log-group:x:*"}}
    request: dict[str, Any] = {
        "definition": json.dumps(PASSES),
        "loggingConfiguration": {"level": "ERROR", "destinations": [destination]},
    }
    create = aws.client("stepfunctions").create_state_machine
    may = role(aws, STATES, allow(list(DELIVER_LOGS), "*"))
    assert create(name=new_name("machine"), roleArn=may, **request)
    for lacks in ("logs:CreateLogDelivery", "logs:DescribeResourcePolicies"):
        some = role(aws, STATES, allow([action for action in DELIVER_LOGS if action != lacks], "*"))
        assert refused(create, name=new_name("machine"), roleArn=some, **request) == (400, "AccessDeniedException")


def rule_starts_with_the_role_of_its_target(aws: EmbeddedAws) -> None:
    arn = machine(aws, PASSES)
    _send(aws, {"Arn": arn, "RoleArn": role(aws, RULES, allow("states:StartExecution", arn))})
    assert len(_executions(aws, arn)) == 1
    for wrong in (role(aws, RULES), role(aws, SCHEDULER, allow("states:StartExecution", arn))):
        url, dead = _queue(aws, RULES, None)
        _send(aws, {"Arn": arn, "RoleArn": wrong, "DeadLetterConfig": {"Arn": dead}})
        received = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2, MessageAttributeNames=["All"])
        (message,) = received["Messages"]
        told = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
        assert (told["TARGET_ARN"], told["ERROR_CODE"]) == (arn, "NO_PERMISSIONS")
        assert told["RULE_ARN"].startswith("arn:aws:events:")
        assert json.loads(message["Body"])["detail-type"] == "Test"
    assert len(_executions(aws, arn)) == 1


def schedule_that_may_not_start(aws: EmbeddedAws) -> None:
    arn, (url, dead) = machine(aws, PASSES), _queue(aws, "nobody.amazonaws.com", None)
    may = role(aws, SCHEDULER, allow("sqs:SendMessage", dead))
    at = f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})"
    more = {"Input": '{"mode": "daily"}', "DeadLetterConfig": {"Arn": dead}}
    aws.client("scheduler").create_schedule(**_schedule(arn, may, at, **more))
    asked = {"QueueUrl": url, "WaitTimeSeconds": 5, "MessageAttributeNames": ["All"]}
    (message,) = aws.client("sqs").receive_message(**asked)["Messages"]
    assert json.loads(message["Body"]) == {"mode": "daily"}
    told = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert (told["TARGET_ARN"], "RULE_ARN" in told) == (arn, False)
    assert told["SCHEDULE_ARN"].startswith(f"arn:aws:scheduler:{aws.region}:{aws.account_id}:schedule/")


def _executions(aws: EmbeddedAws, arn: str) -> list[Any]:
    """Return the executions of a state machine, of which there is one within two seconds."""
    deadline = time.monotonic() + 2
    while True:
        found: list[Any] = aws.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _policy(service: str, action: str | list[str], when: dict[str, Any] | None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": when} if when else {})]}


def _key(aws: EmbeddedAws, service: str, when: dict[str, Any] | None, action: str | list[str] = "kms:*") -> str:
    """Make a key that a service may use under a condition."""
    return str(aws.client("kms").create_key(Policy=json.dumps(_policy(service, action, when)))["KeyMetadata"]["Arn"])


def _queue(aws: EmbeddedAws, service: str, when: dict[str, Any] | None, key: str = "") -> tuple[str, str]:
    """Make a queue that a service may send to under a condition; return its URL and ARN."""
    name, attributes = new_name("queue"), {"Policy": json.dumps(_policy(service, "sqs:*", when))}
    given = attributes | ({"KmsMasterKeyId": key} if key else {})
    url = aws.client("sqs").create_queue(QueueName=name, Attributes=given)["QueueUrl"]
    return str(url), f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"


def _topic(aws: EmbeddedAws, service: str, when: dict[str, Any] | None, key: str = "") -> tuple[str, str]:
    """Make a topic that a service may publish to under a condition; return its ARN and the URL of its queue."""
    sns = aws.client("sns")
    attributes = {"Policy": json.dumps(_policy(service, "sns:Publish", when))}
    given = attributes | ({"KmsMasterKeyId": key} if key else {})
    topic = str(sns.create_topic(Name=new_name("topic"), Attributes=given)["TopicArn"])
    url, queue = _queue(aws, "sns.amazonaws.com", None)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return topic, url


def _rule_reaches(aws: EmbeddedAws, topic: tuple[str, str]) -> bool:
    """Return whether a rule's event arrives at a topic."""
    _send(aws, {"Arn": topic[0]})
    return _has_a_message(aws, topic[1])


def _send(aws: EmbeddedAws, target: dict[str, Any]) -> None:
    """Send one event to a target through a rule of its own."""
    name, events = new_name("source"), aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "only"} | target])
    events.put_events(Entries=[{"Source": name, "DetailType": "Test", "Detail": "{}"}])


def _has_a_message(aws: EmbeddedAws, url: str) -> bool:
    """Return whether a queue has a message within two seconds."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if "Messages" in aws.client("sqs").receive_message(QueueUrl=url):
            return True
        time.sleep(0.05)
    return False
