"""Registered resources in other tools' formats: a Terraform plan, and a CloudFormation template."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.infra.recording import given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.recording import Recorded, Registered

POLICIES = {
    "BucketPolicy": "policy",
    "Key": "policy",
    "QueuePolicy": "policy",
    "RolePolicy": "policy",
    "TopicPolicy": "policy",
}
TRUST = {"Role": "assumeRolePolicy"}
TYPES = {  # the provider's own names, where they are not service and noun
    "cloudwatch/eventRule": "cloudwatch_event_rule",
    "cloudwatch/logGroup": "cloudwatch_log_group",
    "iam/rolePolicy": "iam_role_policy",
    "lambda/layerVersion": "lambda_layer_version",
    "s3/bucketObjectv2": "s3_object",
    "sfn/stateMachine": "sfn_state_machine",
}
SINGULAR = {
    "rules": "rule",
    "attributes": "attribute",
    "notifications": "notification",
    "catalog_targets": "catalog_target",
}
MAPS = {"tags", "variables", "parameters", "dimensions"}
AWS = "registry.terraform.io/hashicorp/aws"


def noun(resource: Registered) -> str:
    """Return the last part of a resource's type."""
    return resource.type.rsplit(":", 1)[1]


def policies(recorded: Recorded, kinds: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield each policy of these kinds of resource: the kind, the resource's name, and the text."""
    for each in recorded.resources:
        if each.custom and (key := kinds.get(noun(each))) in each.inputs:
            yield noun(each), each.name, each.inputs[str(key)]


def plan(recorded: Recorded) -> dict[str, Any]:
    """Return the resources as `terraform show -json` writes a plan that creates them.

    The Pulumi provider is made from Terraform's, so each input is an argument of the same name in snake case. A value
    that is another resource's name or ARN stands in the configuration as a reference to it.
    """
    resources = [each for each in recorded.resources if each.custom]
    owners = {name: _address(each) for each in resources for name in _known_by(each)}
    values = [(each, _block(each.inputs)) for each in resources]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [{**_head(each), "values": made} for each, made in values]}},
        "resource_changes": [
            {**_head(each), "change": {"actions": ["create"], "before": None, "after": made, "after_unknown": {}}}
            for each, made in values
        ],
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": AWS}},
            "root_module": {
                "resources": [
                    {**_head(each), "expressions": _expressions(made, owners, _address(each))} for each, made in values
                ]
            },
        },
    }


def template(recorded: Recorded) -> dict[str, Any]:
    """Return the state machine and every policy as a template of CloudFormation."""
    machine = recorded.one("StateMachine")
    resources: dict[str, Any] = {
        "StateMachine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": machine["roleArn"], "DefinitionString": machine["definition"]},
        }
    }
    for number, (kind, name, text) in enumerate(policies(recorded, POLICIES | TRUST)):
        resources[f"P{number}"] = _holder(kind, name, json.loads(text))
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def _holder(kind: str, name: str, document: Any) -> dict[str, Any]:
    """Return the resource that holds a policy of a kind."""
    return {
        "Role": _resource("IAM::Role", AssumeRolePolicyDocument=document),
        "RolePolicy": _resource("IAM::RolePolicy", RoleName=name, PolicyName=name, PolicyDocument=document),
        "BucketPolicy": _resource("S3::BucketPolicy", Bucket=name, PolicyDocument=document),
        "TopicPolicy": _resource("SNS::TopicPolicy", Topics=[name], PolicyDocument=document),
        "QueuePolicy": _resource("SQS::QueuePolicy", Queues=[name], PolicyDocument=document),
        "Key": _resource("KMS::Key", KeyPolicy=document, EnableKeyRotation=True) | _KEPT,
    }[kind]


def _resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_}", "Properties": properties}


def _known_by(resource: Registered) -> list[str]:
    """Return what other resources call one by: a bucket's name, or an ARN."""
    known = given(resource.type, resource.name, resource.inputs)
    return [known["arn"], *([known["bucket"]] if "bucket" in known else [])]


def _head(resource: Registered) -> dict[str, Any]:
    kind, name = _address(resource).split(".", 1)
    head = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
    return {**head, "provider_name": AWS, "provider_config_key": "aws", "schema_version": 0}


def _address(resource: Registered) -> str:
    module = resource.type.split(":")[1]
    called = TYPES.get(module) or f"{module.split('/')[0]}_{_snake(noun(resource))}"
    return f"aws_{called}.{resource.name}"


def _snake(camel: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", camel).lower()


def _block(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return a block's arguments; a block inside it stands in a list, as Terraform's do."""
    named = {_snake(key): value for key, value in inputs.items()}
    return {SINGULAR.get(key, key): value if key in MAPS else _argument(value) for key, value in named.items()}


def _argument(value: Any) -> Any:
    if isinstance(value, dict):
        return [_block(value)]
    if isinstance(value, list):
        return [_block(each) if isinstance(each, dict) else _argument(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _expressions(arguments: dict[str, Any], owners: dict[str, str], own: str) -> dict[str, Any]:
    """Return the arguments as the configuration has them, references where a value is another resource's."""
    return {
        key: {"references": [f"{owners[value]}.id", owners[value]]}
        if isinstance(value, str) and owners.get(value, own) != own
        else {"constant_value": value}
        for key, value in arguments.items()
    }
