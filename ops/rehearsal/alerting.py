"""(d) Prove that the alert about a stopped execution was delivered and the dead-letter queue is empty."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops.rehearsal.denials import Known, denials
from ops.rehearsal.proof import Denial, Proof
from ops.terminal.output import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ops.stack import Stack

DELIVERED = "NumberOfNotificationsDelivered"
WITHIN_S = 6 * 60.0
"""SNS sends its metrics to CloudWatch each minute (SNS developer guide); CloudWatch shows them some minutes later."""


def proofs(stack: Stack, stopped_at: float, poll_s: float) -> Iterator[Proof]:
    """Yield two proofs: the alert was delivered since `stopped_at`, and every dead letter is accounted for."""
    letters = _dead_letters(stack)
    if letters:
        yield _undelivered(letters)
        return
    yield _delivered(stack, stopped_at, poll_s)
    letters = _dead_letters(stack)
    if letters:
        yield _undelivered(letters)
    else:
        yield Proof("alert", "dead-letter queue", "proved", "sqs:GetQueueAttributes", "It is empty.")


def _delivered(stack: Stack, stopped_at: float, poll_s: float) -> Proof:
    """Wait for the topic's metric of the minute of the stop or a later one."""
    what, by = "alert of a stopped execution", f"CloudWatch metric {DELIVERED}"
    if not _has_subscriber(stack):
        told = "Nobody is subscribed to the alerts, so none can be delivered: set `alertEmail`."
        return Proof("alert", what, "not proved", by, told)
    deadline = time.monotonic() + WITHIN_S
    while True:
        delivered, failed = _sum(stack, DELIVERED, stopped_at), _sum(stack, "NumberOfNotificationsFailed", stopped_at)
        if delivered:
            return Proof("alert", what, "proved", by, f"{counted(delivered, 'notification')} delivered.")
        if failed or time.monotonic() > deadline:
            break
        time.sleep(poll_s)
    published = _sum(stack, "NumberOfMessagesPublished", stopped_at)
    told = (
        "It reached the topic but was not delivered: check the subscription in the SNS console."
        if published or failed
        else f"It did not reach the topic within {WITHIN_S / 60:.0f} minutes: the rule, or the policy of the topic "
        "or key, prevents events.amazonaws.com from publishing. Compare them with `pulumi preview --refresh`."
    )
    denied = () if published or failed else (_publish(stack),)
    return Proof("alert", what, "failed", by, told, denied)


def _publish(stack: Stack) -> Denial:
    topic = stack.outputs["alert_topic_arn"]
    return Denial(
        "events.amazonaws.com", "sns:Publish", topic, "no message was published when an execution was stopped"
    )


def _has_subscriber(stack: Stack) -> bool:
    pages = stack.client("sns").get_paginator("list_subscriptions_by_topic")
    found = (
        each for page in pages.paginate(TopicArn=stack.outputs["alert_topic_arn"]) for each in page["Subscriptions"]
    )
    return any(each["SubscriptionArn"].startswith("arn:") for each in found)


def _sum(stack: Stack, metric: str, since: float) -> int:
    """Return the sum of a metric of the alert topic, from the minute of `since` on."""
    began = datetime.fromtimestamp(since, UTC).replace(second=0, microsecond=0)
    answer = stack.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SNS",
        MetricName=metric,
        Dimensions=[{"Name": "TopicName", "Value": stack.outputs["alert_topic_arn"].rsplit(":", 1)[1]}],
        StartTime=began,
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(each["Sum"] for each in answer["Datapoints"]))


def _dead_letters(stack: Stack) -> list[dict[str, Any]]:
    """Return messages in the dead-letter queue, as many as one receive shows; they stay visible in it."""
    sqs, url = stack.client("sqs"), stack.outputs["dlq_url"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    if not any(int(counts[name]) for name in names):
        return []
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=1, MessageAttributeNames=["All"]
    )
    return answer.get("Messages") or [{}]


def _undelivered(letters: list[dict[str, Any]]) -> Proof:
    """Return what could not be delivered, by the attributes that EventBridge gives a dead letter."""
    found = [_of(letter.get("MessageAttributes", {})) for letter in letters]
    denied = tuple(dict.fromkeys(one for _, several in found for one in several))
    said = " ".join(dict.fromkeys(told for told, _ in found if told))
    told = f"{counted(len(letters), 'message')} could not be delivered. {said} Fix the cause, then delete the message."
    return Proof("alert", "dead-letter queue", "failed", "sqs:ReceiveMessage", told, denied)


def _of(attributes: Mapping[str, Any]) -> tuple[str, list[Denial]]:
    """Return a dead letter's attributes as text (EventBridge user guide, "Using dead-letter queues")."""
    named = {name: each.get("StringValue", "") for name, each in attributes.items()}
    rule, target = named.get("RULE_ARN") or named.get("SCHEDULE_ARN", ""), named.get("TARGET_ARN", "")
    if not target:
        return "", []
    message = named.get("ERROR_MESSAGE", "")
    service = target.split(":")[2]
    action = {"sns": "sns:Publish", "states": "states:StartExecution"}.get(service, service)
    known = Known("events.amazonaws.com", target)
    found = denials(message, known, lambda _: "{}") if message else []
    if not found and named.get("ERROR_CODE") == "NO_PERMISSIONS":
        found = [Denial(known.role, action, target, message or "NO_PERMISSIONS")]
    return f"{rule} did not reach {target}: {named.get('ERROR_CODE', '')} {message}".rstrip() + ".", found
