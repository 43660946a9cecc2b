"""Deliver as SNS does: email after its owner's confirmation, a mailbox, and the metrics of a topic.

As on AWS:
- An email subscription is pending until its owner confirms it by the token in the mail, and hears nothing before that
  (SNS API reference, Subscribe and ConfirmSubscription). Subscribe returns `pending confirmation`, or the ARN where
  `ReturnSubscriptionArn` is true; the lists of subscriptions show `PendingConfirmation` instead of its ARN.
- SNS counts per topic, in the namespace AWS/SNS, NumberOfMessagesPublished, and for each confirmed subscription
  NumberOfNotificationsDelivered or NumberOfNotificationsFailed (SNS developer guide, "Monitoring Amazon SNS topics
  using CloudWatch": each minute; here at once). Here only a queue can refuse.

Mail goes to the file `EMBEDDED_AWS_MAILBOX`, one JSON line each: to, subject, text, and the token of a confirmation.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.core.responses import new_uuid
from ministack.services import cloudwatch, sns, sqs

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

MAILED = ("email", "email-json")
_lock = threading.Lock()


@wrap(sns, "_subscribe")
def _subscribe(original: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    """Subscribe; an email address is pending and gets a confirmation mail."""
    topic = sns._topic_by_arn_any_scope(sns._p(params, "TopicArn"))
    known = {each["arn"] for each in (topic or {}).get("subscriptions", [])}
    answer = original(params)
    for each in (topic or {}).get("subscriptions", []):
        if each["arn"] not in known and each["protocol"] in MAILED:
            each.update(confirmed=False, token=new_uuid())
            each["attributes"].update(PendingConfirmation="true", ConfirmationWasAuthenticated="false")
            sns._refresh_subscription_counts(topic)
            _mail(each, "AWS Notification - Subscription Confirmation", each["topic_arn"], token=each["token"])
            if sns._p(params, "ReturnSubscriptionArn").lower() != "true":
                return _instead(answer, each["arn"], "pending confirmation")
    return answer


@wrap(sns, "_list_subscriptions")
@wrap(sns, "_list_subscriptions_by_topic")
def _listed(original: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    """List subscriptions; a pending subscription has no ARN yet."""
    answer = original(params)
    for topic in sns._topics.values():
        for each in topic["subscriptions"]:
            if not each.get("confirmed"):
                answer = _instead(answer, each["arn"], "PendingConfirmation")
    return answer


def _instead(answer: Any, arn: str, shown: str) -> Any:
    status, headers, body = answer
    found, wanted = (f"<SubscriptionArn>{each}</SubscriptionArn>".encode() for each in (arn, shown))
    return status, headers, body.replace(found, wanted)


@wrap(sns, "_fanout")
def _deliver(
    original: Callable[..., Any],
    topic_arn: str,
    message_id: str,
    message: str,
    subject: str,
    structure: str = "",
    attributes: dict[str, Any] | None = None,
    **rest: Any,
) -> Any:
    """Deliver a message, put mail into the mailbox, and count both."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return None
    answer = original(topic_arn, message_id, message, subject, structure, attributes, **rest)
    _count(topic_arn, "NumberOfMessagesPublished")
    for each in topic["subscriptions"]:
        text = sns._resolve_message_for_protocol(message, structure, each["protocol"])
        if each.get("confirmed") and sns._matches_filter_policy(each, attributes or {}, text):
            if each["protocol"] in MAILED:
                _mail(each, subject or "AWS Notification Message", text)
            _count(topic_arn, f"NumberOfNotifications{'Delivered' if _takes(each) else 'Failed'}")
    return answer


def _takes(subscription: dict[str, Any]) -> bool:
    """Return whether the endpoint accepts the topic's messages."""
    endpoint, topic_arn = subscription["endpoint"], subscription["topic_arn"]
    if subscription["protocol"] != "sqs":
        return True
    account = topic_arn.split(":")[4]
    return bool(
        sqs._queue_by_arn(endpoint) and sqs.queue_policy_allows(endpoint, "sns.amazonaws.com", topic_arn, account)
    )


def _count(topic_arn: str, metric: str) -> None:
    cloudwatch.record_metric("AWS/SNS", metric, 1, "Count", {"TopicName": topic_arn.rsplit(":", 1)[1]})


def _mail(subscription: dict[str, Any], subject: str, text: str, **more: str) -> None:
    line = {
        "to": subscription["endpoint"],
        "topic_arn": subscription["topic_arn"],
        "subject": subject,
        "text": text,
        **more,
    }
    with _lock, Path(os.environ["EMBEDDED_AWS_MAILBOX"]).open("a", encoding="utf-8") as mailbox:
        mailbox.write(json.dumps(line) + "\n")
