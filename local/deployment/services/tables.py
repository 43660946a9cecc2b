"""DynamoDB: tables."""

from __future__ import annotations

from typing import Any

from local.deployment.mapping import Created, Resource, maps


@maps("aws:dynamodb/table:Table")
def table(r: Resource) -> Created:
    """Create a table, then set its time to live and its backups."""
    name, ttl, recovery = r.physical_name(), r.take("ttl"), r.take("pointInTimeRecovery")
    attributes = [{"attributeName": a["name"], "attributeType": a["type"]} for a in r.require("attributes")]
    inputs = {
        "tableName": name,
        "attributeDefinitions": attributes,
        "keySchema": _key(r),
        "SSESpecification": _encryption(r.take("serverSideEncryption")),
        **r.rest(),
    }
    r.aws.attempt("dynamodb", "CreateTable", inputs, unless="ResourceInUseException")
    if ttl and not _ttl_is_on(r, name):
        specification = {"attributeName": ttl["attributeName"], "enabled": ttl.get("enabled", True)}
        r.aws.call("dynamodb", "UpdateTimeToLive", {"tableName": name, "timeToLiveSpecification": specification})
    if recovery:
        specification = {"pointInTimeRecoveryEnabled": recovery["enabled"]}
        backups = {"tableName": name, "pointInTimeRecoverySpecification": specification}
        r.aws.call("dynamodb", "UpdateContinuousBackups", backups)
    found = r.aws.call("dynamodb", "DescribeTable", {"tableName": name})["Table"]
    return Created(name, {"name": name, "arn": found["TableArn"]})


def _key(r: Resource) -> list[dict[str, str]]:
    key = [{"attributeName": r.require("hashKey"), "keyType": "HASH"}]
    if (range_key := r.take("rangeKey")) is not None:
        key.append({"attributeName": range_key, "keyType": "RANGE"})
    return key


def _encryption(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    key = given.get("kmsKeyArn")
    return {"enabled": given["enabled"], "sseType": "KMS" if given["enabled"] else None, "kmsMasterKeyId": key}


def _ttl_is_on(r: Resource, name: str) -> bool:
    found = r.aws.call("dynamodb", "DescribeTimeToLive", {"tableName": name})["TimeToLiveDescription"]
    return bool(found.get("TimeToLiveStatus") == "ENABLED")
