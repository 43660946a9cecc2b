"""Whether a role lets a service assume it, or a resource lets a service use it; ministack asks this for people only."""

# ruff: noqa: SLF001 - a patch stands on ministack's internals; pins.txt has each
from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from local.aws import call_log


def trusts(role_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the role exists and lets `service` assume it in the name of the resource `source_arn`.

    A service asks with `aws:SourceArn` and `aws:SourceAccount`; without a `source_arn` those keys are absent.
    """
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    question = _question("sts:AssumeRole", role_arn, source_arn)
    effects = {statement["Effect"] for statement in _listed(statements) if _speaks_of(statement, service, question)}
    return "Allow" in effects and "Deny" not in effects


def lets(resource_arn: str, service: str, action: str, source_arn: str) -> bool:
    """Return whether the policy of a topic, queue or key lets `service` do `action` for the resource `source_arn`."""
    own = iam_evaluator._resource_policy(resource_arn.split(":")[2], resource_arn)
    question = _question(action, resource_arn, source_arn)
    allowed = own is not None and (
        iam_evaluator.evaluate_resource_policy(own[0], question, service=service).decision == "Allow"
    )
    call_log.record(service, action, resource_arn, question.service_context, allowed=allowed)
    return allowed


def _question(action: str, resource_arn: str, source_arn: str) -> Any:
    """Return what a service asks; it is no principal of the account, but everybody includes it."""
    return iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        secure_transport=True,
        service_context=({"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()} if source_arn else {}),
    )


def _speaks_of(statement: dict[str, Any], service: str, question: Any) -> bool:
    """Return whether a statement of a trust policy is about this service's assuming the role."""
    principal = statement.get("Principal", {})
    named = principal == "*" or iam_evaluator._service_principal_matches(principal, service)
    actions = iam_evaluator._action_matches(question.action, _listed(statement.get("Action", [])), [])
    return bool(named and actions and iam_evaluator._conditions_met(statement.get("Condition", {}), question))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
