"""Rules and schedules start a state machine only with a role that may."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import allow, machine, new_name, role, wait

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

PASSES = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


def rule(aws: EmbeddedAws, target: dict[str, Any]) -> str:
    """Make a rule for events of a source of its own, with one target; return the source."""
    name, events = new_name("rule"), aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "only"} | target])
    return name


def send(aws: EmbeddedAws, source: str, detail: dict[str, Any] | None = None) -> None:
    """Send one event."""
    entry = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail or {})}
    aws.client("events").put_events(Entries=[entry])


def started(aws: EmbeddedAws, arn: str, *, within_s: float = 2) -> list[dict[str, Any]]:
    """Return the executions of a state machine, as soon as there is one."""
    deadline = time.monotonic() + within_s
    while True:
        found: list[dict[str, Any]] = aws.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def queue(aws: EmbeddedAws, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    """Make a queue; return its URL and ARN."""
    sqs, name = aws.client("sqs"), new_name("queue")
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)} if policy else {})["QueueUrl"]
    return url, f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"


def test_a_rule_starts_with_a_role_that_may(aws: EmbeddedAws) -> None:
    arn = machine(aws, PASSES)
    may = role(aws, "events.amazonaws.com", allow("states:StartExecution", arn))
    send(aws, rule(aws, {"Arn": arn, "RoleArn": may}))
    assert len(started(aws, arn)) == 1


@pytest.mark.parametrize(
    ("service", "action"),
    [
        pytest.param("scheduler.amazonaws.com", "states:StartExecution", id="trust"),
        pytest.param("events.amazonaws.com", "states:StopExecution", id="rights"),
    ],
)
def test_a_rule_whose_role_may_not_buries_its_event(aws: EmbeddedAws, service: str, action: str) -> None:
    arn = machine(aws, PASSES)
    lets = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    url, dead = queue(aws, {"Version": "2012-10-17", "Statement": [lets]})
    target = {"Arn": arn, "RoleArn": role(aws, service, allow(action, arn)), "DeadLetterConfig": {"Arn": dead}}
    send(aws, rule(aws, target), {"key": "inbox/_READY"})
    (message,) = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert json.loads(message["Body"])["detail"] == {"key": "inbox/_READY"}
    told = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert (told["TARGET_ARN"], told["ERROR_CODE"]) == (arn, "NO_PERMISSIONS")
    assert told["RULE_ARN"].startswith("arn:aws:events:")
    assert started(aws, arn, within_s=0) == []


def test_an_event_for_a_state_machine_that_is_gone_is_buried(aws: EmbeddedAws) -> None:
    lets = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    url, dead = queue(aws, {"Version": "2012-10-17", "Statement": [lets]})
    gone = f"arn:aws:states:{aws.region}:{aws.account_id}:stateMachine:gone"
    may = role(aws, "events.amazonaws.com", allow("states:StartExecution", gone))
    send(aws, rule(aws, {"Arn": gone, "RoleArn": may, "DeadLetterConfig": {"Arn": dead}}))
    assert len(aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]) == 1


def test_a_queue_without_a_policy_takes_no_dead_letter(aws: EmbeddedAws) -> None:
    url, dead = queue(aws)
    arn = machine(aws, PASSES)
    send(aws, rule(aws, {"Arn": arn, "DeadLetterConfig": {"Arn": dead}}))
    time.sleep(0.5)
    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=url)


def test_a_rule_publishes_only_to_a_topic_that_lets_it(aws: EmbeddedAws) -> None:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name=new_name("topic"))["TopicArn"]
    lets = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    url, arn = queue(aws, {"Version": "2012-10-17", "Statement": [lets]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    source = rule(aws, {"Arn": topic})
    send(aws, source)
    time.sleep(0.5)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    publishes = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = {"Version": "2012-10-17", "Statement": [publishes | {"Resource": topic}]}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    send(aws, source)
    assert len(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=3)["Messages"]) == 1


def test_a_schedule_starts_in_its_zone_with_its_context_attributes(aws: EmbeddedAws) -> None:
    arn = machine(aws, PASSES)
    may = role(aws, "scheduler.amazonaws.com", allow("states:StartExecution", arn))
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    told = {"at": "<aws.scheduler.scheduled-time>", "id": "<aws.scheduler.execution-id>"}
    aws.client("scheduler").create_schedule(
        Name=new_name("schedule"),
        ScheduleExpression=f"at({due + timedelta(hours=9):%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="Asia/Tokyo",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": may, "Input": json.dumps(told)},
    )
    (only,) = started(aws, arn, within_s=6)
    given = json.loads(wait(aws, only["executionArn"])["input"])
    assert given["at"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    assert len(given["id"]) == 36


def test_a_schedule_whose_role_may_not_start_buries_its_input(aws: EmbeddedAws) -> None:
    arn = machine(aws, PASSES)
    url, dead = queue(aws)
    aws.client("scheduler").create_schedule(
        Name=new_name("schedule"),
        ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": arn,
            "RoleArn": role(aws, "scheduler.amazonaws.com", allow("sqs:SendMessage", dead)),
            "Input": json.dumps({"mode": "daily"}),
            "DeadLetterConfig": {"Arn": dead},
        },
    )
    messages = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(messages[0]["Body"]) == {"mode": "daily"}
    assert started(aws, arn, within_s=0) == []
