"""Refuse requests about topics and subscriptions as SNS does, and list subscriptions in pages.

As recorded on AWS (LocalStack's tests/aws/services/sns/test_sns.py; each row of the conformance table names its test):
- an ARN with fewer than six parts is an invalid parameter, and so is a topic of another region; a topic that is missing
  is not repeated in the message;
- a topic that exists may be created again, but not with a tag or an attribute that it does not have;
- a page of subscriptions has a hundred.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_region
from ministack.services import sns

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    Response = tuple[int, dict[str, str], bytes]
    Handler = Callable[[dict[str, Any]], Response]

ARN_PARTS = 6
PAGE = 100
NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")
TOKEN = re.compile(r"[0-9a-f]{64,}")
MEMBER = re.compile(rb"<member>.*?</member>", re.DOTALL)
PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
"""https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html (Protocol)."""
OWNERS_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
    "ListSubscriptionsByTopic", "Publish",
)  # fmt: skip
"""The actions that the policy of a new topic allows its owner's account."""


def _invalid(told: str) -> Response:
    answer: Response = sns._error("InvalidParameter", f"Invalid parameter: {told}", 400)
    return answer


def _too_short(parameter: str, arn: str) -> Response | None:
    """Return the refusal of an ARN with too few parts, or None."""
    parts = len(arn.split(":"))
    return (
        _invalid(f"{parameter} Reason: An ARN must have at least 6 elements, not {parts}")
        if parts < ARN_PARTS
        else None
    )


@wrap(sns, "_get_topic")
def _found(original: Callable[..., Any], topic_arn: str, action: str | None = None) -> Any:
    """Return a topic, or the refusal of an ARN that names none here."""
    if refused := _too_short("TopicArn", topic_arn):
        return None, refused
    topic, refused = original(topic_arn, action)
    if refused is None or refused[0] != 404:
        return topic, refused
    if topic_arn.split(":")[3] != get_region():
        return None, _invalid("TopicArn")
    return None, sns._error("NotFound", "Topic does not exist", 404)


@wrap(sns, "_create_topic")
def _create(original: Handler, params: dict[str, Any]) -> Response:
    """Create a topic, or return the existing one if its attributes are the requested ones."""
    given = {key: value for key, value in _attributes(params).items() if (key, value) != ("FifoTopic", "false")}
    name = sns._p(params, "Name")
    if not (FIFO_NAME if given.get("FifoTopic") == "true" else NAME).fullmatch(name):
        return _invalid("Topic Name")
    arn = f"arn:aws:sns:{get_region()}:{sns.get_account_id()}:{name}"
    if (there := sns._topics.get(arn)) is None:
        answer = original(params)
        _set_owners_policy(sns._topics[arn], given)
        return answer
    for what, asked, held in (
        ("Tags", sns._param_tags(params), there["tags"]),
        ("Attributes", given, there["attributes"]),
    ):
        if any(held.get(key) != value for key, value in asked.items()):
            return _invalid(f"{what} Reason: Topic already exists with different {what.lower()}")
    return original(params)


@wrap(sns, "_delete_topic")
def _delete(original: Handler, params: dict[str, Any]) -> Response:
    arn = sns._p(params, "TopicArn")
    if refused := _too_short("TopicArn", arn):
        return refused
    return original(params) if arn.split(":")[3] == get_region() else _invalid("TopicArn")


def _attributes(params: dict[str, Any]) -> dict[str, str]:
    found, number = {}, 1
    while key := sns._p(params, f"Attributes.entry.{number}.key"):
        found[key] = sns._p(params, f"Attributes.entry.{number}.value")
        number += 1
    return found


def _set_owners_policy(topic: dict[str, Any], given: dict[str, str]) -> None:
    if "Policy" not in given:
        policy = json.loads(topic["attributes"]["Policy"])
        policy["Statement"][0]["Action"] = [f"SNS:{action}" for action in OWNERS_ACTIONS]
        topic["attributes"]["Policy"] = json.dumps(policy)


@wrap(sns, "_subscribe")
def _subscribe(original: Handler, params: dict[str, Any]) -> Response:
    protocol = sns._p(params, "Protocol")
    if protocol not in PROTOCOLS:
        return _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    return original(params)


@wrap(sns, "_confirm_subscription")
def _confirm(original: Handler, params: dict[str, Any]) -> Response:
    answer = original(params)
    if answer[0] < 400:
        return answer
    like_one = TOKEN.fullmatch(sns._p(params, "Token"))
    return _invalid("Token") if like_one else sns._error("InvalidParameter", "Invalid token", 400)


@wrap(sns, "_unsubscribe")
def _unsubscribe(original: Handler, params: dict[str, Any]) -> Response:
    arn = sns._p(params, "SubscriptionArn")
    if refused := _too_short("SubscriptionArn", arn):
        return refused
    return _invalid("SubscriptionId") if len(arn.split(":")) == ARN_PARTS else original(params)


@wrap(sns, "_get_subscription_attributes")
@wrap(sns, "_set_subscription_attributes")
def _of_a_subscription(original: Handler, params: dict[str, Any]) -> Response:
    answer = original(params)
    return sns._error("NotFound", "Subscription does not exist", 404) if answer[0] == 404 else answer


@wrap(sns, "_list_subscriptions_by_topic")
def _page(original: Handler, params: dict[str, Any]) -> Response:
    """List the subscriptions to a topic, a hundred at a time."""
    status, headers, body = original(params)
    members = MEMBER.findall(body)
    start = int(base64.b64decode(sns._p(params, "NextToken")) or 0)
    if status != 200 or (not start and len(members) <= PAGE):
        return status, headers, body
    more = start + PAGE < len(members)
    token = b"<NextToken>%s</NextToken>" % base64.b64encode(b"%d" % (start + PAGE)) if more else b""
    shown = b"<Subscriptions>%s</Subscriptions>%s" % (b"".join(members[start : start + PAGE]), token)
    return status, headers, re.sub(rb"<Subscriptions>.*</Subscriptions>", lambda _: shown, body, flags=re.DOTALL)
