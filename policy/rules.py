"""The policy pack's rules, as functions from plain dicts to sentences.

A resource's properties are as Pulumi hands them to a policy, in camel case; a value that a preview does not know
yet is `UNKNOWN`. The whole text of a policy is unknown while one ARN in it is: then the statements declared beside it
are validated, and the rest is reported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

NO_RESOURCE = frozenset({"xray", "logs"})  # services with actions for which AWS has no resource but *
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
STATEMENTS = "spotify-lake:infra:PolicyStatements"
MARKER = "inbox/snapshot_date=2000-01-01/_READY"  # an object that the inbox rule matches
SIDE_RESOURCES = (
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketVersioning:BucketVersioning",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketPolicy:BucketPolicy",
)


class Unknown(Enum):
    """A value that is known only after another resource is created."""

    VALUE = "unknown"


UNKNOWN = Unknown.VALUE


@dataclass(frozen=True)
class Resource:
    """A resource as a policy receives it."""

    type: str
    name: str
    props: dict[str, Any]


def known(value: Any, unknown: type[Exception]) -> Any:
    """Return a Pulumi value as plain dicts and lists; a part that raises `unknown` is `UNKNOWN`."""
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


ResourceRule = Callable[[Resource], Iterator[str]]
"""Check one resource: Pulumi calls it before the resource is created or changed, and names the resource."""

StackRule = Callable[[Sequence[Resource]], Iterator[str]]
"""Check all resources: Pulumi calls it after all of them are registered."""


def buckets_are_closed(resource: Resource) -> Iterator[str]:
    """Yield buckets that allow public access or unencrypted transport."""
    if resource.type == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
        names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        open_ = [name for name in names if resource.props.get(name) is not True]
        if open_:
            yield f"bucket {resource.name} does not set {', '.join(open_)}"
    if resource.type == BUCKET_POLICY or _declares(resource, "bucket"):
        statements = _statements(resource)
        if statements is not None and not any(_refuses_clear_text(each) for each in statements):
            yield f"the policy of bucket {resource.name} allows requests without TLS"


def roles_do_not_hold_everything(resource: Resource) -> Iterator[str]:
    """Yield the statements that allow `*` actions, or `*` resources where AWS knows narrower ones."""
    if resource.type != ROLE_POLICY and not _declares(resource, "role"):
        return
    for statement in _statements(resource) or []:
        actions, on = _listed(statement.get("Action")), _listed(statement.get("Resource"))
        if statement["Effect"] != "Allow":
            continue
        if any("*" in action for action in actions):
            yield f"role policy {resource.name} allows {', '.join(actions)}"
        if "*" in on and {action.split(":")[0] for action in actions} - NO_RESOURCE:
            yield f"role policy {resource.name} allows {', '.join(actions)} on every resource"


def no_role_may_write_the_marker(resource: Resource) -> Iterator[str]:
    """Yield the role that may put the marker that starts the pipeline into a bucket (invariant 7)."""
    if resource.type != ROLE_POLICY:
        return
    statements = _statements(resource) or []
    buckets = {
        arn.split("/")[0] for each in statements for arn in _listed(each.get("Resource")) if isinstance(arn, str)
    }
    for bucket in sorted(buckets):
        example = f"{bucket}/{MARKER}"
        if _decides(statements, "Allow", example) and not _decides(statements, "Deny", example):
            yield f"role policy {resource.name} may write {MARKER} in {bucket}, which starts the pipeline"


def everything_kept_is_encrypted(resource: Resource) -> Iterator[str]:
    """Yield topics and queues without encryption, and keys that do not rotate."""
    encrypted = "kmsMasterKeyId" in resource.props
    if resource.type == "aws:sns/topic:Topic" and not encrypted:
        yield f"topic {resource.name} is not encrypted"
    if resource.type == "aws:sqs/queue:Queue" and not encrypted and not resource.props.get("sqsManagedSseEnabled"):
        yield f"queue {resource.name} is not encrypted"
    if resource.type == "aws:kms/key:Key" and resource.props.get("enableKeyRotation") is not True:
        yield f"key {resource.name} does not rotate"


def logs_are_forgotten(resource: Resource) -> Iterator[str]:
    """Yield a log group without a retention."""
    if resource.type == "aws:cloudwatch/logGroup:LogGroup" and not resource.props.get("retentionInDays"):
        yield f"log group {resource.name} keeps logs without a limit"


def buckets_have_all_their_side_resources(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the buckets that lack a public access block, an owner, encryption, versions, a lifecycle or a policy."""
    for bucket in _of(resources, "aws:s3/bucket:Bucket"):
        for side in SIDE_RESOURCES:
            if not any(each.name == bucket.name for each in _of(resources, f"aws:s3/{side}")):
                yield f"bucket {bucket.name} has no {side.split(':')[1]} with the same name"


def nothing_starts_itself(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the roles that may write a key for which a rule on that bucket listens (invariant 7)."""
    for bucket, pattern in _listened_for(resources):
        example = f"arn:aws:s3:::{bucket}/{pattern.replace('*', 'x')}"
        for policy in _of(resources, ROLE_POLICY):
            statements = _statements(policy) or []
            if _decides(statements, "Allow", example) and not _decides(statements, "Deny", example):
                yield f"role policy {policy.name} may write {pattern} in {bucket}, which starts the pipeline"


def every_policy_says_what_it_will_say(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the policies whose text is not known yet and that have no declared statements beside them."""
    declared = {each.name for each in _of(resources, STATEMENTS)}
    for policy in (*_of(resources, ROLE_POLICY), *_of(resources, BUCKET_POLICY)):
        if policy.props.get("policy") is UNKNOWN and policy.name not in declared:
            yield (
                f"the policy {policy.name} is not known yet, and cannot be validated before it is created: "
                "declare its statements too, as infra's PolicyStatements of the same name"
            )


def what_is_validated_later(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the policies that a preview cannot validate, since they depend on names that AWS has not given yet."""
    unknown = [each.name for each in _of(resources, ROLE_POLICY) if each.props.get("policy") is UNKNOWN]
    if unknown:
        yield (
            f"the ARNs in {len(unknown)} role policies are not known before the first `pulumi up`, which validates "
            f"each policy before it creates it: {', '.join(sorted(unknown))}"
        )


RESOURCE_RULES: tuple[ResourceRule, ...] = (
    buckets_are_closed,
    roles_do_not_hold_everything,
    no_role_may_write_the_marker,
    everything_kept_is_encrypted,
    logs_are_forgotten,
)
STACK_RULES: tuple[StackRule, ...] = (
    buckets_have_all_their_side_resources,
    nothing_starts_itself,
    every_policy_says_what_it_will_say,
)
NOTICES: tuple[StackRule, ...] = (what_is_validated_later,)
"""Rules that refuse nothing: they report what was not validated."""


def _of(resources: Sequence[Resource], type_: str) -> list[Resource]:
    return [each for each in resources if each.type == type_]


def _declares(resource: Resource, of: str) -> bool:
    """Return whether a resource declares the statements of a policy of a role or of a bucket."""
    return resource.type == STATEMENTS and resource.props["of"] == of


def _statements(policy: Resource) -> list[dict[str, Any]] | None:
    """Return a policy's statements, or None if a preview does not know them yet; ARNs in them may be unknown."""
    if policy.type == STATEMENTS:
        declared: list[dict[str, Any]] = policy.props["statements"]
        return declared
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
        and any(fnmatchcase(arn, on) for on in _listed(each.get("Resource")) if isinstance(on, str))
        for each in statements
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
