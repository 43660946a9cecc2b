"""Checks of the table's rows about SNS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.cloud import new_name, role, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


def _topic(aws: EmbeddedAws) -> str:
    return str(aws.client("sns").create_topic(Name=new_name("topic"))["TopicArn"])


def _publish(aws: EmbeddedAws, topic: str, role_arn: str | None = None, **more: Any) -> dict[str, Any]:
    return run(aws, task("sns:publish", {"TopicArn": topic, "Message": "text", **more}), role_arn=role_arn)


def topic_that_is_missing(aws: EmbeddedAws) -> None:
    ended = _publish(aws, f"arn:aws:sns:{aws.region}:{aws.account_id}:{new_name('gone')}")
    assert ended["error"] == "SNS.NotFoundException"
    said = "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: "
    assert (ended["cause"].startswith(said), ended["cause"].endswith("; Proxy: null)")) == (True, True)


def subject_that_is_too_long(aws: EmbeddedAws) -> None:
    topic = _topic(aws)
    assert _publish(aws, topic, Subject="x" * 99)["status"] == "SUCCEEDED"
    assert _publish(aws, topic, Subject="x" * 100)["error"] == "SNS.InvalidParameterException"


def subject_with_a_line_break(aws: EmbeddedAws) -> None:
    for subject in ("two\nlines", "ä"):
        assert _publish(aws, _topic(aws), Subject=subject)["error"] == "SNS.InvalidParameterException"


def empty_message(aws: EmbeddedAws) -> None:
    assert _publish(aws, _topic(aws), Message="")["error"] == "SNS.InvalidParameterException"


def message_that_is_an_object(aws: EmbeddedAws) -> None:
    topic, queue = _topic(aws), new_name("queue")
    url = aws.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    arn = f"arn:aws:sqs:{aws.region}:{aws.account_id}:{queue}"
    raw = {"RawMessageDelivery": "true"}
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    lets = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [lets]})})
    assert _publish(aws, topic, Message={"a": 1})["status"] == "SUCCEEDED"
    (message,) = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    assert json.loads(message["Body"]) == {"a": 1}


def denied_publish(aws: EmbeddedAws) -> None:
    ended = _publish(aws, _topic(aws), role_arn=role(aws, "states.amazonaws.com"))
    assert ended["error"] == "SNS.AuthorizationErrorException"
