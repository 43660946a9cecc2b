"""Checks of the table's rows about EventBridge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import refused
from tests.local.cloud import allow, machine, new_name, role, wait

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


# What arrives.


def _heard(aws: EmbeddedAws, pattern: dict[str, Any], **how: Any) -> str:
    """Make a rule with one queue as its target; return the queue's URL."""
    name, (url, arn) = new_name("rule"), _queue(aws)
    aws.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws.client("events").put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, **how}])
    return url


def _bodies(aws: EmbeddedAws, url: str, seconds: int = 2) -> list[str]:
    answer = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=seconds, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def message_of_a_rule_has_no_subject(aws: EmbeddedAws) -> None:
    lets = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Statement": [lets | {"Resource": "*"}]})
    topic = aws.client("sns").create_topic(Name=new_name("topic"), Attributes={"Policy": policy})["TopicArn"]
    sends = json.dumps({"Statement": [allow("sqs:*", "*") | {"Principal": "*"}]})
    queue = new_name("queue")
    url = aws.client("sqs").create_queue(QueueName=queue, Attributes={"Policy": sends})["QueueUrl"]
    arn = f"arn:aws:sqs:{aws.region}:{aws.account_id}:{queue}"
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    source = new_name("source")
    transformer = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '"it is <a>"'}
    target = {"Id": "t", "Arn": topic, "InputTransformer": transformer}
    aws.client("events").put_targets(Rule=_rule(aws, source), Targets=[target])
    aws.client("events").put_events(Entries=[{"Source": source, "DetailType": "T", "Detail": '{"a": 1}'}])
    (body,) = _bodies(aws, url, 3)
    told = json.loads(body)
    assert (told["Type"], told["Message"], "Subject" in told) == ("Notification", '"it is 1"', False)


def event_of_an_object(aws: EmbeddedAws) -> None:
    s3, heard, silent = aws.client("s3"), new_name("bucket"), new_name("bucket")
    for bucket in (heard, silent):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=heard, NotificationConfiguration={"EventBridgeConfiguration": {}})
    url = _heard(aws, {"source": ["aws.s3"], "detail": {"bucket": {"name": [heard, silent]}}})
    for bucket in (silent, heard):
        s3.put_object(Bucket=bucket, Key="inbox/snapshot_date=2026-01-01/_READY", Body=b"test")
    (body,) = _bodies(aws, url)
    event = json.loads(body)
    detail = event["detail"]
    assert (event["source"], event["detail-type"], detail["reason"]) == ("aws.s3", "Object Created", "PutObject")
    assert (detail["bucket"], detail["object"]["key"]) == ({"name": heard}, "inbox/snapshot_date=2026-01-01/_READY")
    assert (detail["object"]["size"], detail["object"]["etag"]) == (4, "098f6bcd4621d373cade4e832627b4f6")
    assert event["resources"] == [f"arn:aws:s3:::{heard}"]


def event_of_an_execution(aws: EmbeddedAws) -> None:
    ends = {
        "SUCCEEDED": {"Type": "Succeed", "Output": 7},
        "FAILED": {"Type": "Fail", "Error": "No"},
        "TIMED_OUT": {"Type": "Wait", "Seconds": 5000, "End": True},
        "ABORTED": {"Type": "Wait", "Seconds": 5000, "End": True},
    }
    states = aws.client("stepfunctions")
    for status, state in ends.items():
        limit = {"TimeoutSeconds": 1} if status == "TIMED_OUT" else {}
        arn = machine(aws, {"StartAt": "Only", "States": {"Only": state}, **limit})
        pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [arn], "status": [status]}}
        url = _heard(aws, pattern)
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        if status == "ABORTED":
            states.stop_execution(executionArn=execution)
        wait(aws, execution)
        (body,) = _bodies(aws, url)
        event = json.loads(body)
        detail = event["detail"]
        assert event["detail-type"] == "Step Functions Execution Status Change"
        assert (detail["executionArn"], detail["name"]) == (execution, execution.rsplit(":", 1)[1])
        assert detail["output"] == ("7" if status == "SUCCEEDED" else None)
        assert detail["stopDate"] - detail["startDate"] < 30_000


def template_of_an_input(aws: EmbeddedAws) -> None:
    source = new_name("source")
    paths = {"bucket": "$.detail.bucket.name", "key": "$.detail.object.key"}
    template = '{"mode": "inbox", "bucket": "<bucket>", "key": "<key>"}'
    url = _heard(aws, {"source": [source]}, InputTransformer={"InputPathsMap": paths, "InputTemplate": template})
    detail = {"bucket": {"name": "raw"}, "object": {"key": "in box"}}
    aws.client("events").put_events(Entries=[{"Source": source, "DetailType": "T", "Detail": json.dumps(detail)}])
    (body,) = _bodies(aws, url)
    assert json.loads(body) == {"mode": "inbox", "bucket": "raw", "key": "in box"}


def target_that_is_gone(aws: EmbeddedAws) -> None:
    source, (url, dead) = new_name("source"), _queue(aws)
    gone = f"arn:aws:states:{aws.region}:{aws.account_id}:stateMachine:gone"
    may = role(aws, "events.amazonaws.com", allow("states:StartExecution", gone))
    target = {"Id": "t", "Arn": gone, "RoleArn": may, "DeadLetterConfig": {"Arn": dead}}
    aws.client("events").put_targets(Rule=_rule(aws, source), Targets=[target])
    aws.client("events").put_events(Entries=[{"Source": source, "DetailType": "T", "Detail": "{}"}])
    assert len(_bodies(aws, url)) == 1
