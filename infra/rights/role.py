"""Roles: which service may take one, on whose behalf, and what it may then do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.rights.statements import PolicyStatements, Right, document, written

if TYPE_CHECKING:
    from infra.place import Place


def service_role(
    name: str,
    service: str,
    may: list[Right],
    place: Place,
    parent: pulumi.Resource,
    *,
    for_the_sake_of: pulumi.Input[str] | None,
) -> aws.iam.Role:
    """Return a role that only `service` may take, and only for the resource named.

    `for_the_sake_of` is the ARN pattern AWS sends as `aws:SourceArn`; None where a service sends none (Lambda), whose
    roles are guarded by who may pass them.
    """
    trust: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": pulumi.Output.concat(service, ".amazonaws.com")},
        "Action": "sts:AssumeRole",
    }
    if for_the_sake_of is not None:
        trust["Condition"] = {
            "StringEquals": {"aws:SourceAccount": place.account},
            "ArnLike": {"aws:SourceArn": for_the_sake_of},
        }
    role = aws.iam.Role(
        name,
        assume_role_policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [trust]}),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    PolicyStatements(name, "role", written(may), role)
    aws.iam.RolePolicy(
        name,
        role=role.name,
        policy=document(may),
        opts=pulumi.ResourceOptions(parent=role),
    )
    return role
