"""The topic for alerts, and the queue for events that could not be delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place

FOURTEEN_DAYS = 14 * 24 * 3600


def sender(place: Place, noun: str) -> str:
    """Return a topic's display name: mails have it as their sender's name, with SNS's address.

    A name and its limit for mail: https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html
    """
    return f"{place.settings.name} {noun}"


def read_by_mail(topic: aws.sns.Topic, name: str, address: str, child: pulumi.ResourceOptions) -> None:
    """Subscribe an address to a topic, if one is given."""
    if address:
        aws.sns.TopicSubscription(name, topic=topic.arn, protocol="email", endpoint=address, opts=child)


def only_over_tls(action: str, resource: pulumi.Input[str]) -> dict[str, object]:
    """Return the statement of a resource's policy that denies an action without TLS."""
    return {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


class AlertTopic(pulumi.ComponentResource):
    """An encrypted topic that this account's services publish to, and the address that reads it."""

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        name = place.name("alerts")
        super().__init__("spotify-lake:infra:AlertTopic", name)
        self.key = key
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(
            name, name=name, display_name=sender(place, "alerts"), kms_master_key_id=key.arn, opts=child
        )
        self.arn = self.topic.arn
        self.policy = aws.sns.TopicPolicy(name, arn=self.arn, policy=self._policy(place), opts=child)
        read_by_mail(self.topic, name, place.settings.alert_email, child)
        self.register_outputs({"arn": self.arn})

    def _policy(self, place: Place) -> pulumi.Output[str]:
        """Return the topic's policy. EventBridge's statement has no condition, since it sends no key to test."""
        publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": self.arn}
        statements = [
            {"Sid": "EventBridge", "Principal": {"Service": "events.amazonaws.com"}, **publish},
            {
                "Sid": "AlarmsAndBudgetsOfThisAccount",
                "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
                **publish,
                "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
            },
            only_over_tls("sns:Publish", self.arn),
        ]
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})


class DeadLetters(pulumi.ComponentResource):
    """An encrypted queue that keeps for 14 days every trigger that could not start an execution."""

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        name = place.name("dlq")
        super().__init__("spotify-lake:infra:DeadLetters", name)
        self.key = key
        child = pulumi.ResourceOptions(parent=self)
        self.queue = aws.sqs.Queue(
            name,
            name=name,
            message_retention_seconds=FOURTEEN_DAYS,
            kms_master_key_id=key.arn,
            sqs_managed_sse_enabled=True if key.arn is None else None,
            opts=child,
        )
        self.name, self.arn, self.url = self.queue.name, self.queue.arn, self.queue.url
        rules = place.arn("events", f"rule/{place.settings.name}-*")
        statements = [
            {
                "Sid": "RulesOfThisStack",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": self.arn,
                "Condition": {
                    "ArnLike": {"aws:SourceArn": rules},
                    "StringEquals": {"aws:SourceAccount": place.account},
                },
            },
            only_over_tls("sqs:*", self.arn),
        ]
        self.policy = aws.sqs.QueuePolicy(
            name,
            queue_url=self.url,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
            opts=child,
        )
        self.register_outputs({"arn": self.arn})
