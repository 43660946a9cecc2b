"""Answer SimulatePrincipalPolicy with the evaluator that decides the calls themselves.

ministack's own reads one resource, no condition keys and no permissions boundary. On AWS (IAM API reference,
SimulatePrincipalPolicy, EvaluationResult and ResourceSpecificResult):

- each action is evaluated on each resource, and one result is returned per action. The decision on each resource that
  is named is in `ResourceSpecificResults`. `EvalResourceName` above them is the template of the type of resource, or
  `*`: here always `*`;
- the decision is `allowed`, `explicitDeny` or `implicitDeny`, by the principal's policies and permissions boundary;
- `AllowedByPermissionsBoundary` says what the boundary alone decides, where there is one;
- condition keys have the values in `ContextEntries` and no others. A key that a policy reads and that is not given is
  in `MissingContextValues`;
- policies of resources are not evaluated for a role.

`MatchedStatements` names the policy only (`role_ROLE_POLICY`), without the position in its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from local.aws.patching import instead_of

DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}
EVALUATED = "SimulatePrincipalPolicy"


@dataclass(frozen=True)
class Subject:
    """The principal whose policies are simulated."""

    arn: str
    policies: Any
    limits: tuple[Any, ...]

    @property
    def condition_keys(self) -> list[str]:
        """Return every condition key that the policies read, as they write it."""
        statements = [each for layer in (self.policies, *self.limits) for policy in layer for each in policy]
        return sorted({key for each in statements for block in each.conditions.values() for key in block})


@instead_of(iam._IAM_HANDLERS, "SimulatePrincipalPolicy")
def _simulate(parameters: dict[str, Any]) -> Any:
    """Return the decision on each action and resource."""
    arn = iam._p(parameters, "PolicySourceArn")
    subject = _subject(arn)
    if subject is None:
        return iam._error(404, "NoSuchEntity", f"{arn} does not exist or cannot be simulated.")
    actions = _listed(parameters, "ActionNames")
    resources = _listed(parameters, "ResourceArns") or ["*"]
    given = _context(parameters)
    members = "".join(_evaluation(subject, action, resources, given) for action in actions)
    result = f"<EvaluationResults>{members}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return iam._xml(200, f"{EVALUATED}Response", f"<{EVALUATED}Result>{result}</{EVALUATED}Result>")


def _subject(arn: str) -> Subject | None:
    """Return the user or role of that ARN."""
    kind, _, path = arn.rsplit(":", 1)[-1].partition("/")
    name, account = path.rsplit("/", 1)[-1], get_account_id()
    store, gather = {
        "role": (iam._roles, iam_evaluator._gather_role_policies),
        "user": (iam._users, iam_evaluator._gather_user_policies),
    }.get(kind, (None, None))
    if store is None or gather is None or (store.get(name) or {}).get("Arn") != arn:
        return None
    return Subject(arn, gather(name, account), tuple(iam_evaluator._permissions_boundary(store, name, account)))


def _evaluation(subject: Subject, action: str, resources: list[str], given: dict[str, Any]) -> str:
    """Return the result of one action, with the decision on each resource where resources are named."""
    decided = {resource: _decision(subject, action, resource, given) for resource in resources}
    keys = "".join(f"<member>{escape(key)}</member>" for key in subject.condition_keys if key.lower() not in given)
    missing = f"<MissingContextValues>{keys}</MissingContextValues>"
    specific = "".join(
        f"<member><EvalResourceName>{escape(each)}</EvalResourceName>"
        f"<EvalResourceDecision>{one}</EvalResourceDecision>{missing}{_boundary(subject, action, each, given)}</member>"
        for each, one in decided.items()
        if each != "*"
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        f"<EvalDecision>{_strictest(list(decided.values()))}</EvalDecision>{missing}"
        f"{_boundary(subject, action, resources[0], given)}"
        f"<ResourceSpecificResults>{specific}</ResourceSpecificResults></member>"
    )


def _decision(subject: Subject, action: str, resource: str, given: dict[str, Any]) -> str:
    question = _question(subject, action, resource, given)
    return DECISIONS[iam_evaluator.evaluate(question, subject.policies, *subject.limits).decision]


def _boundary(subject: Subject, action: str, resource: str, given: dict[str, Any]) -> str:
    """Return the decision of the permissions boundary alone, or nothing without one."""
    if not subject.limits:
        return ""
    question = _question(subject, action, resource, given)
    allowed = all(iam_evaluator.evaluate(question, limit).decision == "Allow" for limit in subject.limits)
    told = f"<AllowedByPermissionsBoundary>{str(allowed).lower()}</AllowedByPermissionsBoundary>"
    return f"<PermissionsBoundaryDecisionDetail>{told}</PermissionsBoundaryDecisionDetail>"


def _question(subject: Subject, action: str, resource: str, given: dict[str, Any]) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=subject.arn,
        principal_type="AssumedRole" if ":role/" in subject.arn else "User",
        principal_account=get_account_id(),
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=given.get("aws:securetransport", ""),
        service_context=given,
    )


def _strictest(decisions: list[str]) -> str:
    return max(decisions, key=["allowed", "implicitDeny", "explicitDeny"].index)


def _context(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the condition keys that are given, in lower case, with their value or values."""
    given: dict[str, Any] = {}
    for number in range(1, 1 + sum(key.endswith(".ContextKeyName") for key in parameters)):
        entry = f"ContextEntries.member.{number}"
        values = _listed(parameters, f"{entry}.ContextKeyValues")
        several = iam._p(parameters, f"{entry}.ContextKeyType").endswith("List")
        given[iam._p(parameters, f"{entry}.ContextKeyName").lower()] = values if several else "".join(values[:1])
    return given


def _listed(parameters: dict[str, Any], name: str) -> list[str]:
    """Return the members of a list parameter, in order."""
    found: list[str] = []
    while f"{name}.member.{len(found) + 1}" in parameters:
        found.append(iam._p(parameters, f"{name}.member.{len(found) + 1}"))
    return found
