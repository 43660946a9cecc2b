"""SQS and SNS: queues, topics, their policies and subscriptions."""

from __future__ import annotations

from local.deployment.mapping import Created, Resource, maps
from local.deployment.values import as_json

QUEUE_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
TOPIC_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
}


@maps("aws:sqs/queue:Queue")
def queue(r: Resource) -> Created:
    """Create a queue and set its attributes."""
    name = r.physical_name(after="/")
    attributes = _attributes(r, QUEUE_ATTRIBUTES)
    fifo = {"FifoQueue": "true"} if r.take("fifoQueue") else {}
    url = r.aws.call("sqs", "CreateQueue", {"queueName": name, "attributes": fifo, "tags": r.take("tags")})["QueueUrl"]
    if attributes:
        r.aws.call("sqs", "SetQueueAttributes", {"queueUrl": url, "attributes": attributes})
    return Created(url, {"name": name, "url": url, "arn": r.aws.arn("sqs", name)})


@maps("aws:sqs/queuePolicy:QueuePolicy")
def queue_policy(r: Resource) -> Created:
    """Set a queue's policy."""
    url, policy = r.require("queueUrl"), as_json(r.require("policy"))
    r.aws.call("sqs", "SetQueueAttributes", {"queueUrl": url, "attributes": {"Policy": policy}})
    return Created(url)


@maps("aws:sns/topic:Topic")
def topic(r: Resource) -> Created:
    """Create a topic and set its attributes."""
    name = r.physical_name(after=":")
    attributes = _attributes(r, TOPIC_ATTRIBUTES)
    tags = r.take("tags")
    arn = r.aws.call("sns", "CreateTopic", {"name": name})["TopicArn"]
    if tags:
        r.aws.call("sns", "TagResource", {"resourceArn": arn, "tags": tags})
    for attribute, value in attributes.items():
        inputs = {"topicArn": arn, "attributeName": attribute, "attributeValue": value}
        r.aws.call("sns", "SetTopicAttributes", inputs)
    return Created(arn, {"name": name, "arn": arn, "owner": r.aws.account_id})


@maps("aws:sns/topicPolicy:TopicPolicy")
def topic_policy(r: Resource) -> Created:
    """Set a topic's policy."""
    arn, policy = r.require("arn"), as_json(r.require("policy"))
    r.aws.call("sns", "SetTopicAttributes", {"topicArn": arn, "attributeName": "Policy", "attributeValue": policy})
    return Created(arn, {"owner": r.aws.account_id})


@maps(
    "aws:sns/topicSubscription:TopicSubscription",
    leaves={"endpointAutoConfirms": "Pulumi's own waiting", "confirmationTimeoutInMinutes": "Pulumi's own waiting"},
)
def topic_subscription(r: Resource) -> Created:
    """Subscribe an endpoint, once."""
    attributes = _attributes(r, SUBSCRIPTION_ATTRIBUTES)
    inputs = {"topicArn": r.require("topic"), "protocol": r.require("protocol"), "endpoint": r.require("endpoint")}
    existing = r.aws.call("sns", "ListSubscriptionsByTopic", {"topicArn": inputs["topicArn"]})["Subscriptions"]
    for found in existing:
        if (found["Protocol"], found["Endpoint"]) == (inputs["protocol"], inputs["endpoint"]):
            return Created(r.known_id or found["SubscriptionArn"], {"arn": found["SubscriptionArn"]})
    created = r.aws.call("sns", "Subscribe", {**inputs, "attributes": attributes, "returnSubscriptionArn": True})
    return Created(created["SubscriptionArn"], {"arn": created["SubscriptionArn"]})


def _attributes(r: Resource, names: dict[str, str]) -> dict[str, str]:
    """Return the program's values as texts, as both services take them."""
    given = {attribute: r.take(key) for key, attribute in names.items()}
    return {attribute: _text(value) for attribute, value in given.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, int | float) else as_json(value)
