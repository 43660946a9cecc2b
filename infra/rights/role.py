"""Roles: the service that may assume a role, the resource it acts for, and the role's rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.rights.statements import PolicyStatements, Right, document, written

if TYPE_CHECKING:
    from infra.place import Place


@dataclass(frozen=True)
class ServiceRole:
    """A role and its policy. A resource that uses the role depends on both, so that it never starts without rights.

    Depending on the role alone is not enough: Pulumi does not wait for the children of a custom resource.
    """

    role: aws.iam.Role
    policy: aws.iam.RolePolicy

    @property
    def arn(self) -> pulumi.Output[str]:
        """The role's ARN."""
        arn: pulumi.Output[str] = self.role.arn
        return arn

    @property
    def with_rights(self) -> list[pulumi.Resource]:
        """The resources to depend on: the role and its policy."""
        return [self.role, self.policy]


def service_role(
    name: str,
    service: str,
    may: list[Right],
    place: Place,
    parent: pulumi.Resource,
    *,
    source_arn: pulumi.Input[str] | None,
) -> ServiceRole:
    """Return a role that only `service` may assume, and only for the resource named.

    `source_arn` is the ARN pattern AWS sends as `aws:SourceArn`; None if a service sends none (Lambda) or possibly
    none (Glue: docs/decisions/0182-a-crawlers-role-without-a-source.md): only `iam:PassRole` protects such a role.
    """
    trust: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": pulumi.Output.concat(service, ".amazonaws.com")},
        "Action": "sts:AssumeRole",
    }
    if source_arn is not None:
        trust["Condition"] = {
            "StringEquals": {"aws:SourceAccount": place.account},
            "ArnLike": {"aws:SourceArn": source_arn},
        }
    role = aws.iam.Role(
        name,
        assume_role_policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [trust]}),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    PolicyStatements(name, "role", written(may), role)
    policy = aws.iam.RolePolicy(
        name,
        role=role.name,
        policy=document(may),
        opts=pulumi.ResourceOptions(parent=role),
    )
    return ServiceRole(role, policy)
