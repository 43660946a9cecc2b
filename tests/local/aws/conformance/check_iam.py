"""Checks of the table's rows about IAM."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import function_with_role, new_name, role

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

RULES, ALARMS = "events.amazonaws.com", "cloudwatch.amazonaws.com"


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


def _policy(service: str, action: str, when: dict[str, Any] | None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": when} if when else {})]}


def _key(aws: EmbeddedAws, service: str, when: dict[str, Any] | None) -> str:
    """Make a key that a service may use under a condition."""
    return str(aws.client("kms").create_key(Policy=json.dumps(_policy(service, "kms:*", when)))["KeyMetadata"]["Arn"])


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
