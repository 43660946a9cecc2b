"""(b) Prove by IAM's policy simulator that each role may do what the program declared, and nothing more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from ops.rehearsal.cases import Case, cases
from ops.rehearsal.proof import Denial, Proof
from ops.rehearsal.statements import roles
from ops.terminal.output import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.rehearsal.statements import Role
    from ops.stack import Stack

AT_ONCE = 4
BY = "iam:SimulatePrincipalPolicy"
MEND = "`pulumi up` writes the declared policy again"
DECISIONS = {
    "implicitDeny": f"no policy of the role allows it; {MEND}",
    "explicitDeny": "a policy of the role or its permissions boundary denies it; find that statement and remove it",
    "boundary": "the role's permissions boundary does not allow it; ask the person who set it",
    "organization": "a service control policy of the organization does not allow it; ask its administrator",
}


def proofs(stack: Stack, noun: str = "") -> Iterator[Proof]:
    """Yield a proof for each role that the program declared, or for the one of a noun such as `extract`."""
    iam = stack.client("iam")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for role in roles(stack.declared()):
            if not noun or f"-{noun}-" in role.name:
                of_role = list(cases(role, operations))
                decided = pool.map(lambda case: list(_wrong(iam, case)), of_role)
                yield _proof(role, of_role, [each for wrong in decided for each in wrong])


@cache
def operations(service: str) -> Sequence[str]:
    """Return the names of a service's API operations; the services asked for have the same name in IAM and botocore."""
    names: Sequence[str] = botocore.session.Session().get_service_model(service).operation_names
    return names


def _proof(role: Role, of_role: Sequence[Case], wrong: Sequence[Denial | str]) -> Proof:
    denied = tuple(each for each in wrong if isinstance(each, Denial))
    may = sum(len(case.actions) * len(case.resources) for case in of_role if case.expected == "allowed")
    may_not = sum(len(case.actions) * len(case.resources) for case in of_role) - may
    told = f"{counted(may, 'request')} allowed, {counted(may_not, 'neighbor')} denied, as declared."
    if wrong:
        told = " ".join(dict.fromkeys(each.sentence() if isinstance(each, Denial) else each for each in wrong))
    return Proof("rights", role.name, "failed" if wrong else "proved", BY, told, denied)


def _wrong(iam: Any, case: Case) -> Iterator[Denial | str]:
    """Yield each request of a case for which IAM's decision is not the expected one."""
    for action, resource, decision, detail in _decisions(iam, case):
        if case.expected == "allowed" and decision != "allowed":
            why = DECISIONS[detail or decision]
            yield Denial(case.role.name, action, _told(resource, case), why)
        elif case.expected == "denied" and decision == "allowed":
            yield (
                f"{case.role.name} may also {action} on {_told(resource, case)}, which the program does not declare. "
                "Remove the policy that was attached to the role by hand."
            )
        elif case.expected == "explicitly denied" and decision != "explicitDeny":
            yield (
                f"{case.role.name} has no statement that denies {action} on {resource}, which the program declares: "
                f"{MEND}."
            )


def _told(resource: str, case: Case) -> str:
    """Return a readable name of the resource, with the condition keys of the request."""
    given = ", ".join(f"{key} = {', '.join(values)}" for key, (_, values) in case.context.items())
    return f"{resource} ({given})" if given else resource


def _decisions(iam: Any, case: Case) -> Iterator[tuple[str, str, str, str]]:
    """Yield action, resource, IAM's decision, and the limit that decided if it was not one of the role's policies.

    IAM returns one result per action, with the decision on each resource that was named; what it names above those
    decisions is a template, not a resource (IAM API reference, EvaluationResult).
    """
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=case.role.arn,
        ActionNames=list(case.actions),
        ResourceArns=list(case.resources),
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": list(values)}
            for key, (kind, values) in case.context.items()
        ],
    )
    for result in (each for page in pages for each in page["EvaluationResults"]):
        specific = result.get("ResourceSpecificResults") or [
            {"EvalResourceName": ", ".join(case.resources), "EvalResourceDecision": result["EvalDecision"]}
        ]
        for one in specific:
            limit = _limit(result, one)
            yield result["EvalActionName"], one["EvalResourceName"], one["EvalResourceDecision"], limit


def _limit(result: dict[str, Any], one: dict[str, Any]) -> str:
    """Return which limit on the role denies: `organization`, `boundary`, or none."""
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return "organization"
    boundary = one.get("PermissionsBoundaryDecisionDetail") or result.get("PermissionsBoundaryDecisionDetail") or {}
    return "" if boundary.get("AllowedByPermissionsBoundary", True) else "boundary"
