"""(b) Prove that AWS still has the declared policies that IAM's simulator cannot decide.

The simulator decides for users and roles. AWS's services act under the policies of the key, the topics and the
dead-letter queue, and assume the roles under their trust policies: these are read back and compared with the program's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.doctor.encryption import refusals
from ops.rehearsal.proof import Denial, Proof
from ops.rehearsal.statements import Statement, parsed, roles
from ops.terminal.output import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.declared import Declared
    from ops.stack import Stack

LOST = "its policy lacks a statement that the program declares; `pulumi up` writes it again"


@dataclass(frozen=True)
class Guarded:
    """A resource with a policy of its own: what it is, and its policy as AWS has it and as the program declared it."""

    what: str
    resource: str
    by: str
    found: str
    declared: str | dict[str, Any]


def proofs(stack: Stack) -> Iterator[Proof]:
    """Yield a proof for each policy: of the roles' trust together, the topics, the queue, the buckets and the key."""
    declared = stack.declared()
    yield _trust(stack, declared)
    for guarded in _guarded(stack, declared):
        missing = _missing(parsed(guarded.declared), parsed(guarded.found))
        denied = tuple(_denial(claim, guarded.resource) for claim in missing if claim[0] == "Allow")
        gone = [f"{action} is no longer denied there" for effect, _, action, *_ in missing if effect == "Deny"]
        told = " ".join([*(each.sentence() for each in denied), *(f"{each}: {LOST}." for each in dict.fromkeys(gone))])
        yield _proof(guarded.what, guarded.by, told, denied, len(parsed(guarded.declared)))
    if not any(each.type == "aws:kms/key:Key" for each in declared):
        yield from _existing_key(stack)


def _proof(what: str, by: str, told: str, denied: tuple[Denial, ...], statements: int) -> Proof:
    fine = f"{counted(statements, 'statement')}, as declared."
    return Proof("rights", what, "failed" if told else "proved", by, told or fine, denied)


def _guarded(stack: Stack, declared: Sequence[Declared]) -> Iterator[Guarded]:
    """Yield the resources to which the program gave a policy."""
    sns, sqs, s3, kms = (stack.client(each) for each in ("sns", "sqs", "s3", "kms"))
    for each in declared:
        policy = each.inputs.get("policy", "")
        match each.type:
            case "aws:sns/topicPolicy:TopicPolicy":
                arn = each.inputs["arn"]
                found = _policy_in(sns.get_topic_attributes(TopicArn=arn))
                yield Guarded(
                    f"policy of the topic {arn.rsplit(':', 1)[-1]}", arn, "sns:GetTopicAttributes", found, policy
                )
            case "aws:sqs/queuePolicy:QueuePolicy":
                url = each.inputs["queueUrl"]
                found = _policy_in(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]))
                yield Guarded("policy of the dead-letter queue", url, "sqs:GetQueueAttributes", found, policy)
            case "aws:s3/bucketPolicy:BucketPolicy":
                bucket = each.inputs["bucket"]
                yield Guarded(f"policy of {bucket}", bucket, "s3:GetBucketPolicy", _bucket_policy(s3, bucket), policy)
            case "aws:kms/key:Key":
                arn = each.outputs["arn"]
                found = str(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
                yield Guarded("policy of the key", arn, "kms:GetKeyPolicy", found, policy)


def _policy_in(answer: dict[str, Any]) -> str:
    """Return the policy among the attributes of a topic or queue; if it has none, an empty policy."""
    return str(answer.get("Attributes", {}).get("Policy") or NONE)


def _bucket_policy(s3: Any, bucket: str) -> str:
    try:
        return str(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return NONE


NONE = json.dumps({"Statement": []})


def _trust(stack: Stack, declared: Sequence[Declared]) -> Proof:
    """Return whether each role may still be assumed by its service and nobody else, as declared."""
    iam, found = stack.client("iam"), roles(declared)
    denied: list[Denial] = []
    for role in found:
        document = iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
        missing = _missing(role.trust, parsed(document))
        denied += [_denial(claim, role.arn) for claim in missing]
    told = " ".join(each.sentence() for each in denied)
    return _proof("who may assume the roles", "iam:GetRole", told, tuple(denied), len(found))


def _existing_key(stack: Stack) -> Iterator[Proof]:
    """Yield whether the policy of an existing key allows the services that need it."""
    key = stack.outputs["key"]["arn"]
    if not key:
        return
    what, by = "policy of the existing key", "kms:GetKeyPolicy"
    found = refusals(stack)
    if found is None:
        told = "You may not read the key's policy; docs/deploying.md says what it must allow."
        yield Proof("rights", what, "not proved", by, told)
        return
    lost = [
        Denial(each["Principal"]["Service"], action, key, "the key's policy does not allow it")
        for each in stack.outputs["key"]["must_allow"]
        for action in each["Action"]
        if any(told.startswith(f"{each['Principal']['Service']} ") and action in told for told in found)
    ]
    yield _proof(what, by, " ".join(found), tuple(lost), len(stack.outputs["key"]["must_allow"]))


def _missing(declared: Sequence[Statement], found: Sequence[Statement]) -> list[tuple[str, str, str, str, str]]:
    """Return each claim that the program declared and AWS does not have, in the program's order."""
    there = {claim for statement in found for claim in statement.claims()}
    return [claim for statement in declared for claim in statement.claims() if claim not in there]


def _denial(claim: tuple[str, str, str, str, str], resource: str) -> Denial:
    _, principal, action, _, _ = claim
    return Denial(principal.removeprefix("Service: "), action, resource, LOST)
