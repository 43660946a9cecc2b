"""IAM: roles and what they may do."""

from __future__ import annotations

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import as_json

EXISTS = "EntityAlreadyExists"


@maps("aws:iam/role:Role", leaves={"forceDetachPolicies": DESTROYED})
def role(r: Resource) -> Created:
    """Create a role, or bring its trust and description up to date."""
    name, trust = r.physical_name(), as_json(r.require("assumeRolePolicy"))
    settings = {
        "roleName": name,
        "description": r.take("description"),
        "maxSessionDuration": r.take("maxSessionDuration"),
    }
    if not r.aws.attempt(
        "iam", "CreateRole", {**settings, "assumeRolePolicyDocument": trust, **r.rest()}, unless=EXISTS
    ):
        r.aws.call("iam", "UpdateAssumeRolePolicy", {"roleName": name, "policyDocument": trust})
        r.aws.call("iam", "UpdateRole", settings)
    found = r.aws.call("iam", "GetRole", {"roleName": name})["Role"]
    return Created(name, {"name": name, "arn": found["Arn"], "uniqueId": found["RoleId"]})


@maps("aws:iam/rolePolicy:RolePolicy")
def role_policy(r: Resource) -> Created:
    """Put one inline policy on a role."""
    role_name = r.require("role")
    known = r.known_id.split(":", 1)[1] if r.known_id else r.name
    name = r.take("name") or known
    document = as_json(r.require("policy"))
    r.aws.call("iam", "PutRolePolicy", {"roleName": role_name, "policyName": name, "policyDocument": document})
    return Created(f"{role_name}:{name}", {"name": name})
