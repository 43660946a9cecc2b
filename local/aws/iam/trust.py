"""Check whether a role or a resource policy allows a service; ministack checks this for people only.

A policy can only test what the service sends: `SOURCE_KEYS` lists who sends `aws:SourceArn` and `aws:SourceAccount`.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from local.aws.iam import call_log

BOTH = ("aws:SourceArn", "aws:SourceAccount")

SOURCE_KEYS: dict[tuple[str, str], tuple[str, ...]] = {
    # (service, what it uses): the keys it sends. A pair that is missing here sends none.
    # A rule's role, and a schedule's, whose source is its group:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    ("events.amazonaws.com", "sts"): BOTH,
    ("scheduler.amazonaws.com", "sts"): BOTH,
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    ("states.amazonaws.com", "sts"): BOTH,
    # A rule's dead-letter queue, and the queue's key:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    ("events.amazonaws.com", "sqs"): BOTH,
    ("events.amazonaws.com", "kms for sqs"): BOTH,
    # An alarm's topic, and the topic's key:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html,
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    ("cloudwatch.amazonaws.com", "sns"): BOTH,
    ("cloudwatch.amazonaws.com", "kms for sns"): BOTH,
    # Missing on purpose: EventBridge to a topic. The EventBridge user guide excludes Condition blocks in topic policies
    # (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions), the SNS
    # guide excludes aws:SourceAccount, aws:SourceArn and aws:SourceOrgID in a topic's key policy for EventBridge
    # (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services).
    # Lambda assuming a function's role: AWS documents no source key for it (a guess). Glue assuming a crawler's role: a
    # guess too, from https://github.com/prowler-cloud/prowler/issues/2810.
}
UNCONDITIONAL = {("events.amazonaws.com", "sns")}
"""Uses of a service in which an Allow statement with any Condition does not count."""

CONTEXT_OF = {"sns": "kms:EncryptionContext:aws:sns:topicArn", "sqs": "kms:EncryptionContext:aws:sqs:arn"}
"""The encryption context of a message (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html)."""


def trusts(role_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the role exists and lets `service` assume it in the name of the resource `source_arn`."""
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    question = _question("sts:AssumeRole", role_arn, sent(service, "sts", source_arn))
    effects = {statement["Effect"] for statement in _listed(statements) if _speaks_of(statement, service, question)}
    return "Allow" in effects and "Deny" not in effects


def lets(resource_arn: str, service: str, action: str, source_arn: str, encrypts: str = "") -> bool:
    """Return whether the policy of a topic, queue or key lets `service` do `action` for the resource `source_arn`.

    Of a key, `encrypts` is the topic or queue whose message the service encrypts with it.
    """
    uses = encrypts.split(":")[2] if encrypts else resource_arn.split(":")[2]
    keys = sent(service, f"kms for {uses}" if encrypts else uses, source_arn)
    if encrypts:
        keys[CONTEXT_OF[uses]] = encrypts
    own = iam_evaluator._resource_policy(resource_arn.split(":")[2], resource_arn)
    question = _question(action, resource_arn, keys)
    allowed = False
    if own is not None:
        policy = _unconditional(own[0]) if (service, uses) in UNCONDITIONAL and not encrypts else own[0]
        allowed = iam_evaluator.evaluate_resource_policy(policy, question, service=service).decision == "Allow"
    call_log.record(service, action, resource_arn, question.service_context, allowed=allowed)
    return allowed


def sent(service: str, uses: str, source_arn: str) -> dict[str, str]:
    """Return the `aws:Source…` keys that a service sends when it uses a resource of this kind."""
    values = dict(zip(BOTH, (source_arn, get_account_id()), strict=True)) if source_arn else {}
    return {key: values[key] for key in SOURCE_KEYS.get((service, uses), ()) if key in values}


def _unconditional(policy: str | dict[str, Any]) -> dict[str, Any]:
    """Return a policy without its Allow statements that have a condition."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    statements = _listed(document.get("Statement", []))
    return {
        **document,
        "Statement": [each for each in statements if each["Effect"] == "Deny" or "Condition" not in each],
    }


def _question(action: str, resource_arn: str, keys: dict[str, str]) -> Any:
    """Return a service's request to the evaluator: it is not a principal of the account, but everybody includes it."""
    return iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        secure_transport=True,
        service_context={key.lower(): value for key, value in keys.items()},
    )


def _speaks_of(statement: dict[str, Any], service: str, question: Any) -> bool:
    """Return whether a statement of a trust policy covers this service."""
    principal = statement.get("Principal", {})
    named = principal == "*" or iam_evaluator._service_principal_matches(principal, service)
    actions = iam_evaluator._action_matches(question.action, _listed(statement.get("Action", [])), [])
    return bool(named and actions and iam_evaluator._conditions_met(statement.get("Condition", {}), question))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
