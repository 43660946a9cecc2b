"""Check a principal's rights for calls that a service makes in somebody's name, inside this process.

ministack checks what arrives over HTTP. Athena's reads for its caller and a crawler's for its role never do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id, get_region

from local.aws.iam import call_log


class AccessDenied(PermissionError):
    """A principal may not do an action that a service would do in its name."""

    def __init__(self, principal: str, action: str, resource: str) -> None:
        super().__init__(f"User: {principal} is not authorized to perform: {action} on resource: {resource}")


@dataclass(frozen=True)
class Principal:
    """The principal: a role, a user, or the account's root, whom no policy limits."""

    arn: str
    policies: Any = None
    limits: tuple[Any, ...] = ()

    def require(self, action: str, resource: str, **context: Any) -> None:
        """Raise AccessDenied unless the principal may do it; `context` holds condition keys, `__` for `:`."""
        if not self.may(action, resource, **context):
            raise AccessDenied(self.arn, action, resource)

    def may(self, action: str, resource: str, **context: Any) -> bool:
        """Return whether the principal may do `action` on `resource`."""
        if self.policies is None:
            return True
        service = action.split(":", 1)[0]
        question = iam.EvalContext(
            principal_arn=self.arn,
            principal_type="AssumedRole" if ":assumed-role/" in self.arn else "User",
            principal_account=get_account_id(),
            action=action,
            resource_arn=resource,
            region=get_region(),
            secure_transport=True,
            service_context={key.replace("__", ":").lower(): value for key, value in context.items()},
        )
        answer = iam.evaluate(question, self.policies, *self.limits)
        own_policy = iam._resource_policy(service, resource)
        if own_policy is not None:
            answer = iam.combine_resource_policy(
                answer, question, *own_policy, required=service == "kms", limits=self.limits
            )
        allowed = bool(answer.decision == "Allow")
        call_log.record(self.arn, action, resource, question.service_context, allowed=allowed)
        return allowed


def of_role(role: str, session: str) -> Principal:
    """Return the principal of a session of a role, named by ARN or by name."""
    from ministack.services import iam as roles

    name = role.rsplit("/", 1)[-1]
    account = get_account_id()
    return Principal(
        f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        iam._gather_role_policies(name, account),
        tuple(iam._permissions_boundary(roles._roles, name, account)),
    )


def of_caller() -> Principal:
    """Return the principal of the current request; root if rights are not checked."""
    from ministack.services import iam as users

    arn = iam.caller_arn()
    if ":assumed-role/" in arn:
        _, name, session = arn.split(":", 5)[5].split("/", 2)
        return of_role(name, session)
    if ":user/" in arn:
        name, account = arn.rsplit("/", 1)[-1], get_account_id()
        boundary = iam._permissions_boundary(users._users, name, account)
        return Principal(arn, iam._gather_user_policies(name, account), tuple(boundary))
    return Principal(arn)
