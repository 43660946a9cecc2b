"""Lambda: functions and layers."""

from __future__ import annotations

from typing import Any

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import sha256_base64, zipped

EXISTS = "ResourceConflictException"
FIXED_AT_CREATION = {"architectures", "packageType", "tags", "code", "publish"}


@maps(
    "aws:lambda/function:Function",
    leaves={
        "sourceCodeHash": "it tells Pulumi of changes; here the code itself is compared",
        "skipDestroy": DESTROYED,
    },
)
def function(r: Resource) -> Created:
    """Create a function, or bring its code and settings up to date."""
    name, code = r.physical_name(), _code(r)
    reserved = r.take("reservedConcurrentExecutions")
    settings = {"functionName": name, **r.rest()}
    created = r.aws.attempt("lambda", "CreateFunction", {**settings, "code": code}, unless=EXISTS)
    if created is None:
        _update(r, name, code, settings)
    if reserved is not None and reserved >= 0:  # -1 is Pulumi's "no reservation"
        inputs = {"functionName": name, "reservedConcurrentExecutions": reserved}
        r.aws.call("lambda", "PutFunctionConcurrency", inputs)
    found = r.aws.call("lambda", "GetFunctionConfiguration", {"functionName": name})
    arn = found["FunctionArn"]
    invoke = f"arn:aws:apigateway:{r.aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    outputs = {"name": name, "arn": arn, "invokeArn": invoke, "codeSha256": found["CodeSha256"]}
    return Created(name, {**outputs, "version": found["Version"], "qualifiedArn": f"{arn}:{found['Version']}"})


def _code(r: Resource) -> dict[str, Any]:
    if (archive := r.take("code")) is not None:
        return {"zipFile": zipped(archive)}
    return {key: r.take(key) for key in ("s3Bucket", "s3Key", "s3ObjectVersion")}


def _update(r: Resource, name: str, code: dict[str, Any], settings: dict[str, Any]) -> None:
    found = r.aws.call("lambda", "GetFunctionConfiguration", {"functionName": name})
    if "zipFile" not in code or found["CodeSha256"] != sha256_base64(code["zipFile"]):
        architectures = settings.get("architectures")
        r.aws.call("lambda", "UpdateFunctionCode", {"functionName": name, "architectures": architectures, **code})
    changeable = {key: value for key, value in settings.items() if key not in FIXED_AT_CREATION}
    r.aws.call("lambda", "UpdateFunctionConfiguration", changeable)


@maps(
    "aws:lambda/layerVersion:LayerVersion",
    leaves={"sourceCodeHash": "it tells Pulumi of changes", "skipDestroy": DESTROYED},
)
def layer_version(r: Resource) -> Created:
    """Publish a layer; equal content is the version that is there."""
    name, code = r.physical_name("layerName"), _code(r)
    existing = r.aws.call("lambda", "ListLayerVersions", {"layerName": name}).get("LayerVersions", [])
    for version in existing:
        found = r.aws.call("lambda", "GetLayerVersion", {"layerName": name, "versionNumber": version["Version"]})
        if "zipFile" in code and found["Content"]["CodeSha256"] == sha256_base64(code["zipFile"]):
            r.rest()
            return _layer(found)
    return _layer(r.aws.call("lambda", "PublishLayerVersion", {"layerName": name, "content": code, **r.rest()}))


def _layer(version: dict[str, Any]) -> Created:
    arn = version["LayerVersionArn"]
    return Created(arn, {"arn": arn, "layerArn": version["LayerArn"], "version": str(version["Version"])})
