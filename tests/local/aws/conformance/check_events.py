"""Checks of the table's rows about EventBridge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import refused
from tests.local.cloud import new_name

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

MARKER = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": ["raw"]}, "object": {"key": [{"wildcard": "inbox/snapshot_date=*/_READY"}]}},
}


def _queue(aws: EmbeddedAws) -> tuple[str, str]:
    """Make a queue that EventBridge may write to; return its URL and ARN."""
    name, sqs = new_name("queue"), aws.client("sqs")
    lets = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps({"Statement": [lets]})})["QueueUrl"]
    return url, f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"


def _rule(aws: EmbeddedAws, source: str) -> str:
    name = new_name("rule")
    aws.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
    return name


def _matches(aws: EmbeddedAws, key: str, bucket: str = "raw") -> bool:
    event = {"id": "1", "account": aws.account_id, "region": aws.region, "time": "2026-11-23T06:00:00Z",
             "resources": [], "source": "aws.s3", "detail-type": "Object Created",
             "detail": {"bucket": {"name": bucket}, "object": {"key": key}}}  # fmt: skip
    answer = aws.client("events").test_event_pattern(EventPattern=json.dumps(MARKER), Event=json.dumps(event))
    return bool(answer["Result"])


def malformed_schedule_of_a_rule(aws: EmbeddedAws) -> None:
    put = aws.client("events").put_rule
    for text in ("cron(71 8 1 * ? *)", "cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)"):
        assert refused(put, Name=new_name("rule"), ScheduleExpression=text) == (400, "ValidationException")
    for text in ("cron(0/5 8-17 ? * MON-FRI *)", "cron(15 10 ? * 6L 2002-2005)", "cron(0 2 ? * SAT#3 *)"):
        assert put(Name=new_name("rule"), ScheduleExpression=text, State="DISABLED")["RuleArn"]


def _target(aws: EmbeddedAws, **how: Any) -> tuple[int, str]:
    target = {"Id": "t", "Arn": _queue(aws)[1], **how}
    return refused(aws.client("events").put_targets, Rule=_rule(aws, new_name("source")), Targets=[target])


def template_with_an_unknown_name(aws: EmbeddedAws) -> None:
    transformer = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '"<a> and <b>"'}
    assert _target(aws, InputTransformer=transformer) == (400, "ValidationException")


def two_kinds_of_input(aws: EmbeddedAws) -> None:
    transformer = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '"<a>"'}
    assert _target(aws, InputPath="$.detail", InputTransformer=transformer) == (400, "ValidationException")


def objects_in_a_string_template(aws: EmbeddedAws) -> None:
    source, (url, arn) = new_name("source"), _queue(aws)
    paths = {"object": "$.detail.object", "list": "$.detail.list", "name": "$.detail.name"}
    transformer = {"InputPathsMap": paths, "InputTemplate": '"<name>: <object> <list>"'}
    target = {"Id": "t", "Arn": arn, "InputTransformer": transformer}
    aws.client("events").put_targets(Rule=_rule(aws, source), Targets=[target])
    detail = {"object": {"acc_id": "x", "n": 1}, "list": ["A", "B"], "name": "it"}
    aws.client("events").put_events(Entries=[{"Source": source, "DetailType": "T", "Detail": json.dumps(detail)}])
    (message,) = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    assert message["Body"] == '"it: {acc_id:x,n:1} [A,B]"'


def wildcard_spans_slashes(aws: EmbeddedAws) -> None:
    assert _matches(aws, "inbox/snapshot_date=2026-11-23/_READY")
    assert _matches(aws, "inbox/snapshot_date=2026-11-23/more/_READY")


def near_misses_of_the_marker(aws: EmbeddedAws) -> None:
    keys = (
        "inbox/snapshot_date=2026-11-23/_READY.txt", "inbox/snapshot_date=2026-11-23/_ready", "_READY",
        "raw/snapshot_date=2026-11-23/_READY", "x/inbox/snapshot_date=2026-11-23/_READY", "inbox/2026-11-23/_READY",
    )  # fmt: skip
    assert [key for key in keys if _matches(aws, key)] == []
    assert not _matches(aws, "inbox/snapshot_date=2026-11-23/_READY", bucket="curated")
