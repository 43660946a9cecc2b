"""KMS: keys and their names."""

from __future__ import annotations

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import as_json


@maps("aws:kms/key:Key", leaves={"deletionWindowInDays": DESTROYED})
def key(r: Resource) -> Created:
    """Create a key, or bring its policy up to date."""
    policy, rotate, days = r.take("policy"), r.take("enableKeyRotation"), r.take("rotationPeriodInDays")
    document = as_json(policy) if policy is not None else None
    inputs = r.rest()
    found = r.known_id and r.aws.attempt("kms", "DescribeKey", {"keyId": r.known_id}, unless="NotFoundException")
    if not found:
        found = r.aws.call("kms", "CreateKey", {"policy": document, **inputs})
    elif document:
        r.aws.call("kms", "PutKeyPolicy", {"keyId": r.known_id, "policyName": "default", "policy": document})
    id_, arn = found["KeyMetadata"]["KeyId"], found["KeyMetadata"]["Arn"]
    if rotate:
        r.aws.call("kms", "EnableKeyRotation", {"keyId": id_, "rotationPeriodInDays": days})
    return Created(id_, {"keyId": id_, "arn": arn})


@maps("aws:kms/alias:Alias")
def alias(r: Resource) -> Created:
    """Name a key."""
    name, target = r.require("name"), r.require("targetKeyId")
    inputs = {"aliasName": name, "targetKeyId": target}
    if not r.aws.attempt("kms", "CreateAlias", inputs, unless="AlreadyExistsException"):
        r.aws.call("kms", "UpdateAlias", inputs)
    return Created(name, {"name": name, "arn": r.aws.arn("kms", name)})
