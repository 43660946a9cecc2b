"""Secrets Manager: secrets without their values, which a person sets."""

from __future__ import annotations

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import as_json


@maps("aws:secretsmanager/secret:Secret", leaves={"recoveryWindowInDays": DESTROYED})
def secret(r: Resource) -> Created:
    """Create an empty secret, or bring its description and key up to date."""
    if r.known_id:
        asked = {"secretId": r.known_id}
        found = r.aws.attempt("secretsmanager", "DescribeSecret", asked, unless="ResourceNotFoundException")
        r.known_id = found["Name"] if found else None  # lost by a kill
    name, policy = r.physical_name(), r.take("policy")
    settings = {"description": r.take("description"), "kmsKeyId": r.take("kmsKeyId")}
    inputs = {"name": name, **settings, "tags": r.take("tags")}
    if not r.aws.attempt("secretsmanager", "CreateSecret", inputs, unless="ResourceExistsException"):
        r.aws.call("secretsmanager", "UpdateSecret", {"secretId": name, **settings})
    if policy:
        r.aws.call("secretsmanager", "PutResourcePolicy", {"secretId": name, "resourcePolicy": as_json(policy)})
    arn = r.aws.call("secretsmanager", "DescribeSecret", {"secretId": name})["ARN"]
    return Created(arn, {"name": name, "arn": arn})
