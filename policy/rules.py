"""What must hold of the resources of a stack, as functions from plain dicts to sentences.

A resource's properties are as Pulumi hands them to a policy, in camel case; what a preview does not know yet is
`UNKNOWN`, and no rule complains of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

NO_RESOURCE = frozenset({"xray", "logs"})  # services with actions for which AWS knows no resource but *
SIDE_RESOURCES = (
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketVersioning:BucketVersioning",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketPolicy:BucketPolicy",
)


UNKNOWN = object()
"""Stands for a value that is known only once something else is created."""


@dataclass(frozen=True)
class Resource:
    """A resource as a policy sees it."""

    type: str
    name: str
    props: dict[str, Any]


def known(value: Any, unknown: type[Exception]) -> Any:
    """Return a value of Pulumi's as plain dicts and lists, `UNKNOWN` where looking at a part of it raises `unknown`."""
    if isinstance(value, Mapping):
        return {key: _part(value, key, unknown) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_part(value, place, unknown) for place in range(len(value))]
    return value


def _part(whole: Any, place: Any, unknown: type[Exception]) -> Any:
    try:
        part = whole[place]
    except unknown:
        return UNKNOWN
    return known(part, unknown)


Rule = Callable[[Sequence[Resource]], Iterator[str]]


def buckets_have_all_their_side_resources(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the buckets that lack a public access block, an owner, encryption, versions, a lifecycle or a policy."""
    for bucket in _of(resources, "aws:s3/bucket:Bucket"):
        for side in SIDE_RESOURCES:
            if not any(each.name == bucket.name for each in _of(resources, f"aws:s3/{side}")):
                yield f"bucket {bucket.name} has no {side.split(':')[1]} of its name"


def buckets_are_closed(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield what lets the public in, or clear text through."""
    for block in _of(resources, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"):
        names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        open_ = [name for name in names if block.props.get(name) is not True]
        if open_:
            yield f"bucket {block.name} does not set {', '.join(open_)}"
    for policy in _of(resources, "aws:s3/bucketPolicy:BucketPolicy"):
        statements = _statements(policy)
        if statements is not None and not any(_refuses_clear_text(each) for each in statements):
            yield f"the policy of bucket {policy.name} lets clear text through"


def roles_do_not_hold_everything(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the statements that allow `*` actions, or `*` resources where AWS knows narrower ones."""
    for policy in _of(resources, "aws:iam/rolePolicy:RolePolicy"):
        for statement in _statements(policy) or []:
            actions, on = _listed(statement.get("Action")), _listed(statement.get("Resource"))
            if statement["Effect"] != "Allow":
                continue
            if any("*" in action for action in actions):
                yield f"role policy {policy.name} allows {', '.join(actions)}"
            if "*" in on and {action.split(":")[0] for action in actions} - NO_RESOURCE:
                yield f"role policy {policy.name} allows {', '.join(actions)} on every resource"


def everything_kept_is_encrypted(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield topics, queues and buckets whose content no key protects."""
    for topic in _of(resources, "aws:sns/topic:Topic"):
        if "kmsMasterKeyId" not in topic.props:
            yield f"topic {topic.name} is not encrypted"
    for queue in _of(resources, "aws:sqs/queue:Queue"):
        if "kmsMasterKeyId" not in queue.props and not queue.props.get("sqsManagedSseEnabled"):
            yield f"queue {queue.name} is not encrypted"
    for key in _of(resources, "aws:kms/key:Key"):
        if key.props.get("enableKeyRotation") is not True:
            yield f"key {key.name} does not rotate"


def logs_are_forgotten(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield log groups without a retention."""
    for group in _of(resources, "aws:cloudwatch/logGroup:LogGroup"):
        if not group.props.get("retentionInDays"):
            yield f"log group {group.name} keeps logs for ever"


def nothing_starts_itself(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the roles that may write a key which a rule on that bucket listens for (invariant 7)."""
    for bucket, pattern in _listened_for(resources):
        example = f"arn:aws:s3:::{bucket}/{pattern.replace('*', 'x')}"
        for policy in _of(resources, "aws:iam/rolePolicy:RolePolicy"):
            statements = _statements(policy) or []
            if _decides(statements, "Allow", example) and not _decides(statements, "Deny", example):
                yield f"role policy {policy.name} may write {pattern} in {bucket}, which starts the pipeline"


RULES: tuple[Rule, ...] = (
    buckets_have_all_their_side_resources,
    buckets_are_closed,
    roles_do_not_hold_everything,
    everything_kept_is_encrypted,
    logs_are_forgotten,
    nothing_starts_itself,
)


def _of(resources: Sequence[Resource], type_: str) -> list[Resource]:
    return [each for each in resources if each.type == type_]


def _statements(policy: Resource) -> list[dict[str, Any]] | None:
    """Return a policy's statements, or None where a preview does not know them yet."""
    text = policy.props.get("policy")
    if not isinstance(text, str):
        return None
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def _refuses_clear_text(statement: dict[str, Any]) -> bool:
    clear = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return bool(statement["Effect"] == "Deny" and clear == "false")


def _listened_for(resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    for rule in _of(resources, "aws:cloudwatch/eventRule:EventRule"):
        text = rule.props.get("eventPattern")
        detail = json.loads(text).get("detail", {}) if isinstance(text, str) else {}
        for key in detail.get("object", {}).get("key", []):
            pattern = key if isinstance(key, str) else key.get("wildcard") or f"{key.get('prefix', '')}*"
            yield from ((bucket, pattern) for bucket in detail["bucket"]["name"])


def _decides(statements: Sequence[dict[str, Any]], effect: str, arn: str) -> bool:
    return any(
        each["Effect"] == effect
        and any(fnmatchcase("s3:PutObject", action) for action in _listed(each.get("Action")))
        and any(fnmatchcase(arn, on) for on in _listed(each.get("Resource")))
        for each in statements
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
