"""An address receives a topic's messages after its owner has confirmed, and the topic's metrics count deliveries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import new_name

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture
def topic(aws: EmbeddedAws) -> str:
    """A topic of the test's own."""
    return str(aws.client("sns").create_topic(Name=new_name("topic"))["TopicArn"])


def subscribe(aws: EmbeddedAws, topic: str, address: str, **more: Any) -> str:
    """Subscribe an address; return what Subscribe answers."""
    answer = aws.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=address, **more)
    return str(answer["SubscriptionArn"])


def mails(aws: EmbeddedAws, topic: str) -> list[dict[str, str]]:
    """Return the mails about a topic."""
    lines = map(json.loads, aws.mailbox.read_text().splitlines())
    return [line for line in lines if line["topic_arn"] == topic]


def counted(aws: EmbeddedAws, topic: str, metric: str) -> float:
    """Return the sum of a metric of a topic."""
    now = datetime.now(UTC)
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SNS",
        MetricName=metric,
        Dimensions=[{"Name": "TopicName", "Value": topic.rsplit(":", 1)[1]}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(each["Sum"] for each in answer["Datapoints"]))


def test_an_address_is_pending_until_its_owner_confirms(aws: EmbeddedAws, topic: str) -> None:
    sns = aws.client("sns")
    assert subscribe(aws, topic, "me@example.org") == "pending confirmation"
    sns.publish(TopicArn=topic, Message="early")
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    (asked,) = mails(aws, topic)
    assert (asked["to"], asked["subject"]) == ("me@example.org", "AWS Notification - Subscription Confirmation")
    arn = sns.confirm_subscription(TopicArn=topic, Token=asked["token"])["SubscriptionArn"]
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == arn
    sns.publish(TopicArn=topic, Message="late", Subject="Told")
    assert [(mail["subject"], mail["text"]) for mail in mails(aws, topic)[1:]] == [("Told", "late")]


def test_a_pending_subscriptions_arn_is_given_where_it_is_asked_for(aws: EmbeddedAws, topic: str) -> None:
    arn = subscribe(aws, topic, "me@example.org", ReturnSubscriptionArn=True)
    assert arn.startswith(f"{topic}:")
    attributes = aws.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"


def test_a_topic_counts_what_is_published_and_what_is_delivered(aws: EmbeddedAws, topic: str) -> None:
    sns = aws.client("sns")
    subscribe(aws, topic, "me@example.org")
    sns.publish(TopicArn=topic, Message="to nobody")
    assert counted(aws, topic, "NumberOfMessagesPublished") == 1
    assert counted(aws, topic, "NumberOfNotificationsDelivered") == 0
    sns.confirm_subscription(TopicArn=topic, Token=mails(aws, topic)[0]["token"])
    sns.publish(TopicArn=topic, Message="to me")
    assert counted(aws, topic, "NumberOfMessagesPublished") == 2
    assert counted(aws, topic, "NumberOfNotificationsDelivered") == 1


def test_a_queue_that_refuses_the_topic_counts_as_failed(aws: EmbeddedAws, topic: str) -> None:
    url = aws.client("sqs").create_queue(QueueName=new_name("queue"))["QueueUrl"]
    arn = f"arn:aws:sqs:{aws.region}:{aws.account_id}:{url.rsplit('/', 1)[1]}"
    refuses = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [refuses]})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    aws.client("sns").publish(TopicArn=topic, Message="refused")
    assert counted(aws, topic, "NumberOfNotificationsFailed") == 1
    assert counted(aws, topic, "NumberOfNotificationsDelivered") == 0
