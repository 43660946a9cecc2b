"""Remove permissions from a running stack, one at a time, and give them back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.rehearsal.statements import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executions.pipeline import Pipeline

Document = dict[str, Any]


@dataclass(frozen=True)
class RolePolicy:
    """The inline policy of one role."""

    role: str
    name: str
    document: Document


def role_policies(pipeline: Pipeline) -> dict[str, RolePolicy]:
    """Return the policies of the stack's roles, by noun: `extract`, `pipeline`, `crawler`."""
    iam, found = pipeline.client("iam"), {}
    for page in iam.get_paginator("list_roles").paginate():
        for name in (each["RoleName"] for each in page["Roles"] if each["RoleName"].startswith("spotify-lake-dev-")):
            (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            found[name.removeprefix("spotify-lake-dev-").rsplit("-", 1)[0]] = RolePolicy(name, policy, document)
    return found


def without(document: Document, action: str) -> Document:
    """Return a policy in which no statement allows the action."""
    statements = []
    for each in document["Statement"]:
        left = [one for one in listed(each["Action"]) if one != action or each["Effect"] == "Deny"]
        if left:
            statements.append({**each, "Action": left})
    assert statements != document["Statement"], f"nothing allows {action}"
    return {**document, "Statement": statements}


@contextmanager
def role_without(pipeline: Pipeline, policy: RolePolicy, action: str) -> Iterator[None]:
    """Remove an action from a role inside the context."""
    with role_with(pipeline, policy, without(policy.document, action)):
        yield


@contextmanager
def role_with(pipeline: Pipeline, policy: RolePolicy, document: Document) -> Iterator[None]:
    """Give a role another policy inside the context."""
    iam, place = pipeline.client("iam"), {"RoleName": policy.role, "PolicyName": policy.name}
    if document["Statement"]:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(**place)
    try:
        yield
    finally:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(policy.document))


class Guarded:
    """A resource with a policy of its own: the alert topic, the dead-letter queue, the key or a bucket."""

    def __init__(self, pipeline: Pipeline, what: str) -> None:
        self._pipeline, self._what = pipeline, what

    def read(self) -> Document:
        """Return its policy."""
        client, outputs = self._pipeline.client, self._pipeline.outputs
        match self._what:
            case "topic":
                text = client("sns").get_topic_attributes(TopicArn=outputs["alert_topic_arn"])["Attributes"]["Policy"]
            case "queue":
                asked = {"QueueUrl": outputs["dlq_url"], "AttributeNames": ["Policy"]}
                text = client("sqs").get_queue_attributes(**asked)["Attributes"]["Policy"]
            case "key":
                text = client("kms").get_key_policy(KeyId=outputs["key"]["arn"], PolicyName="default")["Policy"]
            case zone:
                text = client("s3").get_bucket_policy(Bucket=self._pipeline.bucket(zone))["Policy"]
        document: Document = json.loads(text)
        return document

    def write(self, document: Document) -> None:
        """Put a policy in its place."""
        client, outputs, text = self._pipeline.client, self._pipeline.outputs, json.dumps(document)
        match self._what:
            case "topic":
                asked = {"TopicArn": outputs["alert_topic_arn"], "AttributeName": "Policy", "AttributeValue": text}
                client("sns").set_topic_attributes(**asked)
            case "queue":
                client("sqs").set_queue_attributes(QueueUrl=outputs["dlq_url"], Attributes={"Policy": text})
            case "key":
                client("kms").put_key_policy(KeyId=outputs["key"]["arn"], PolicyName="default", Policy=text)
            case zone:
                client("s3").put_bucket_policy(Bucket=self._pipeline.bucket(zone), Policy=text)

    @contextmanager
    def instead(self, document: Document) -> Iterator[None]:
        """Give it another policy inside the context."""
        before = self.read()
        self.write(document)
        try:
            yield
        finally:
            self.write(before)

    @contextmanager
    def with_more(self, statement: Document) -> Iterator[None]:
        """Add a statement inside the context, as another person would."""
        before = self.read()
        with self.instead({**before, "Statement": [*before["Statement"], statement]}):
            yield
