"""Whether a role lets a service assume it; ministack evaluates trust for people only."""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

PINS = {
    "ministack.core.iam_evaluator:_service_principal_matches": "(principal, service)",
    "ministack.core.iam_evaluator:_conditions_met": "(conditions, ctx)",
    "ministack.core.iam_evaluator:_action_matches": "(request_action, actions, not_actions)",
}


def trusts(role_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the role exists and lets `service` assume it in the name of the resource `source_arn`.

    A service asks with `aws:SourceArn` and `aws:SourceAccount`; without a `source_arn` those keys are absent.
    """
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()} if source_arn else {}
    question = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=get_account_id(),
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=get_region(),
        secure_transport=True,
        service_context=keys,
    )
    effects = {statement["Effect"] for statement in _listed(statements) if _speaks_of(statement, service, question)}
    return "Allow" in effects and "Deny" not in effects


def _speaks_of(statement: dict[str, Any], service: str, question: Any) -> bool:
    """Return whether a statement of a trust policy is about this service's assuming the role."""
    principal = statement.get("Principal", {})
    named = principal == "*" or iam_evaluator._service_principal_matches(principal, service)
    actions = iam_evaluator._action_matches(question.action, _listed(statement.get("Action", [])), [])
    return bool(named and actions and iam_evaluator._conditions_met(statement.get("Condition", {}), question))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
