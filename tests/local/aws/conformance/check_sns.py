"""Checks of the table's rows about SNS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import refused, said
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
    for subject in ("two\nlines", "a\ttab", "a\x7f"):
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


def empty_subject(aws: EmbeddedAws) -> None:
    assert _publish(aws, _topic(aws), Subject="")["error"] == "SNS.InvalidParameterException"


def subject_beyond_ascii(aws: EmbeddedAws) -> None:
    assert aws.client("sns").publish(TopicArn=_topic(aws), Message="text", Subject="ä")["MessageId"]


def message_that_is_too_long(aws: EmbeddedAws) -> None:
    publish, topic = aws.client("sns").publish, _topic(aws)
    assert publish(TopicArn=topic, Message="x" * 262_144)["MessageId"]
    assert refused(publish, TopicArn=topic, Message="ä" + "x" * 262_143) == (400, "InvalidParameter")


# Addresses and metrics.


def _subscribe(aws: EmbeddedAws, topic: str, **more: Any) -> str:
    answer = aws.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.org", **more)
    return str(answer["SubscriptionArn"])


def _mails(aws: EmbeddedAws, topic: str) -> list[dict[str, str]]:
    lines = map(json.loads, aws.mailbox.read_text().splitlines())
    return [line for line in lines if line["topic_arn"] == topic]


def _listed(aws: EmbeddedAws, topic: str) -> str:
    (found,) = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return str(found["SubscriptionArn"])


def _confirm(aws: EmbeddedAws, topic: str) -> str:
    token = _mails(aws, topic)[0]["token"]
    return str(aws.client("sns").confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"])


def subscription_of_an_address(aws: EmbeddedAws) -> None:
    assert _subscribe(aws, _topic(aws)) == "pending confirmation"
    topic = _topic(aws)
    arn = _subscribe(aws, topic, ReturnSubscriptionArn=True)
    assert arn.startswith(f"{topic}:")
    attributes = aws.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"


def list_of_a_pending_subscription(aws: EmbeddedAws) -> None:
    topic = _topic(aws)
    _subscribe(aws, topic)
    assert _listed(aws, topic) == "PendingConfirmation"
    assert _confirm(aws, topic) == _listed(aws, topic)
    assert _listed(aws, topic).startswith(f"{topic}:")


def mail_before_the_confirmation(aws: EmbeddedAws) -> None:
    topic, publish = _topic(aws), aws.client("sns").publish
    _subscribe(aws, topic)
    publish(TopicArn=topic, Message="early")
    _confirm(aws, topic)
    publish(TopicArn=topic, Message="late")
    assert [mail["text"] for mail in _mails(aws, topic)[1:]] == ["late"]


def metrics_of_a_topic(aws: EmbeddedAws) -> None:
    topic, publish = _topic(aws), aws.client("sns").publish
    _subscribe(aws, topic)
    publish(TopicArn=topic, Message="for nobody")
    assert _counts(aws, topic) == [1, 0, 0]
    _confirm(aws, topic)
    publish(TopicArn=topic, Message="for one")
    assert _counts(aws, topic) == [2, 1, 0]
    refuses = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    name, policy = new_name("queue"), json.dumps({"Statement": [refuses]})
    aws.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})
    arn = f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    publish(TopicArn=topic, Message="for one of two")
    assert _counts(aws, topic) == [3, 2, 1]


def _counts(aws: EmbeddedAws, topic: str) -> list[float]:
    """Return what was published, delivered and not delivered, as the topic's metrics have it."""
    now, found = datetime.now(UTC), []
    for metric in ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"):
        answer = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SNS", MetricName=metric, Period=60, Statistics=["Sum"],
            Dimensions=[{"Name": "TopicName", "Value": topic.rsplit(":", 1)[1]}],
            StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=1),
        )  # fmt: skip
        found.append(sum(each["Sum"] for each in answer["Datapoints"]))
    return found


# What SNS refuses, and how it lists.

TOO_SHORT = "An ARN must have at least 6 elements, not"


def _topic_arn(aws: EmbeddedAws, name: str) -> str:
    return f"arn:aws:sns:{aws.region}:{aws.account_id}:{name}"


def malformed_topic(aws: EmbeddedAws) -> None:
    sns = aws.client("sns")
    told = f"Invalid parameter: TopicArn Reason: {TOO_SHORT}"
    assert said(sns.publish, TopicArn="word", Message="text") == (400, "InvalidParameter", f"{told} 1")
    assert said(sns.publish, TopicArn="", Message="text") == (400, "InvalidParameter", f"{told} 1")
    address = {"Protocol": "email", "Endpoint": "me@example.org"}
    short = f"arn:aws:sns:{aws.region}:word"
    assert said(sns.subscribe, TopicArn=short, **address) == (400, "InvalidParameter", f"{told} 5")
    assert said(sns.get_topic_attributes, TopicArn="a:b") == (400, "InvalidParameter", f"{told} 2")


def topic_of_another_region(aws: EmbeddedAws) -> None:
    sns, topic = aws.client("sns"), _topic(aws)
    elsewhere, refusal = (
        topic.replace(aws.region, "eu-west-3"),
        (400, "InvalidParameter", "Invalid parameter: TopicArn"),
    )
    assert said(sns.publish, TopicArn=elsewhere, Message="text") == refusal
    assert said(sns.subscribe, TopicArn=elsewhere, Protocol="email", Endpoint="me@example.org") == refusal
    for call in (sns.get_topic_attributes, sns.list_subscriptions_by_topic, sns.delete_topic):
        assert said(call, TopicArn=elsewhere) == refusal
    assert said(sns.set_topic_attributes, TopicArn=elsewhere, AttributeName="DisplayName") == refusal


def topic_that_is_missing_in_the_api(aws: EmbeddedAws) -> None:
    sns, gone = aws.client("sns"), _topic_arn(aws, new_name("gone"))
    missing = (404, "NotFound", "Topic does not exist")
    assert said(sns.get_topic_attributes, TopicArn=gone) == missing
    assert said(sns.subscribe, TopicArn=gone, Protocol="email", Endpoint="me@example.org") == missing
    asked = said(sns.get_subscription_attributes, SubscriptionArn=f"{gone}:89829b3d-d4e7-47a7-95a2-9889cd90fcd5")
    assert asked == (404, "NotFound", "Subscription does not exist")


def topic_that_exists(aws: EmbeddedAws) -> None:
    create, name = aws.client("sns").create_topic, new_name("topic")
    tags, attributes = [{"Key": "a", "Value": "1"}], {"DisplayName": "one"}
    arn = create(Name=name, Tags=tags, Attributes=attributes)["TopicArn"]
    same: list[dict[str, Any]] = [{}, {"Tags": tags}, {"Tags": []}, {"Attributes": attributes}]
    for more in (*same, {"Attributes": {"FifoTopic": "false"}}):
        assert create(Name=name, **more)["TopicArn"] == arn
    different = "Reason: Topic already exists with different"
    for other in ([{"Key": "a", "Value": "2"}], [{"Key": "b", "Value": "1"}]):
        told = (400, "InvalidParameter", f"Invalid parameter: Tags {different} tags")
        assert said(create, Name=name, Tags=other) == told
    for others in ({"DisplayName": "two"}, {**attributes, "SignatureVersion": "2"}):
        told = (400, "InvalidParameter", f"Invalid parameter: Attributes {different} attributes")
        assert said(create, Name=name, Attributes=others) == told


def name_of_a_topic(aws: EmbeddedAws) -> None:
    create = aws.client("sns").create_topic
    assert create(Name="a" * 256)["TopicArn"]
    for name in ("", "a" * 257, "a b", "a:b", "a.fifo"):
        assert said(create, Name=name) == (400, "InvalidParameter", "Invalid parameter: Topic Name")


def policy_of_a_new_topic(aws: EmbeddedAws) -> None:
    topic = _topic(aws)
    policy = json.loads(aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Action"] == [
        "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
        "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
    ]  # fmt: skip
    assert (policy["Id"], statement["Resource"]) == ("__default_policy_ID", topic)
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceOwner": aws.account_id}}


def unknown_protocol(aws: EmbeddedAws) -> None:
    told = "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol"
    asked = {"TopicArn": _topic(aws), "Protocol": "test-protocol", "Endpoint": "me@example.org"}
    assert said(aws.client("sns").subscribe, **asked) == (400, "InvalidParameter", told)


def token_that_confirms_nothing(aws: EmbeddedAws) -> None:
    topic = _topic(aws)
    _subscribe(aws, topic)
    confirm = aws.client("sns").confirm_subscription
    for token, told in (("5f" * 100, "Invalid parameter: Token"), ("word", "Invalid token")):
        assert said(confirm, TopicArn=topic, Token=token) == (400, "InvalidParameter", told)
    assert _listed(aws, topic) == "PendingConfirmation"


def subscriptions_in_pages(aws: EmbeddedAws) -> None:
    sns, topic = aws.client("sns"), _topic(aws)
    for number in range(101):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{number}@example.org")
    first = sns.list_subscriptions_by_topic(TopicArn=topic)
    second = sns.list_subscriptions_by_topic(TopicArn=topic, NextToken=first["NextToken"])
    assert [len(page["Subscriptions"]) for page in (first, second)] == [100, 1]
    assert "NextToken" not in second
    listed = {each["Endpoint"] for page in (first, second) for each in page["Subscriptions"]}
    assert listed == {f"{number}@example.org" for number in range(101)}


def unsubscribing(aws: EmbeddedAws) -> None:
    sns, topic = aws.client("sns"), _topic(aws)
    arn = _subscribe(aws, topic, ReturnSubscriptionArn=True)
    for _ in range(2):
        sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    told = f"Invalid parameter: SubscriptionArn Reason: {TOO_SHORT} 1"
    assert said(sns.unsubscribe, SubscriptionArn="pending confirmation") == (400, "InvalidParameter", told)
    assert said(sns.unsubscribe, SubscriptionArn=topic) == (
        400,
        "InvalidParameter",
        "Invalid parameter: SubscriptionId",
    )


def _read_by_a_queue(aws: EmbeddedAws, topic: str) -> str:
    """Subscribe a queue to raw messages and return its URL."""
    name = new_name("queue")
    lets = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = {"Policy": json.dumps({"Statement": [lets]})}
    url = str(aws.client("sqs").create_queue(QueueName=name, Attributes=policy)["QueueUrl"])
    arn = f"arn:aws:sqs:{aws.region}:{aws.account_id}:{name}"
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return url


def message_by_protocol(aws: EmbeddedAws) -> None:
    topic = _topic(aws)
    _subscribe(aws, topic)
    _confirm(aws, topic)
    url = _read_by_a_queue(aws, topic)
    forms = json.dumps({"default": "for all others", "email": "for mail"})
    aws.client("sns").publish(TopicArn=topic, Subject="s", Message=forms, MessageStructure="json")
    (message,) = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    assert (_mails(aws, topic)[-1]["text"], message["Body"]) == ("for mail", "for all others")


def message_without_a_default(aws: EmbeddedAws) -> None:
    publish, topic = aws.client("sns").publish, _topic(aws)
    for text in ('{"email": "for mail"}', "no JSON", "[]"):
        assert refused(publish, TopicArn=topic, Message=text, MessageStructure="json") == (400, "InvalidParameter")
