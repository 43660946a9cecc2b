"""The Terraform AWS provider's schema, and Pulumi's names for its parts.

Pulumi's provider is generated from Terraform's: an argument keeps its name in camel case, a list's in the plural, and
a block of which there can be only one is an object instead of a list
(https://www.pulumi.com/docs/iac/guides/building-extending/providers/pulumi-terraform-bridge/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

TYPES = {"aws_s3_bucket_objectv2": "aws_s3_object"}
NAMES = {  # a type's arguments to which Pulumi gives other names
    "aws_lambda_function": {"filename": "code", "function_name": "name"},
    "aws_cloudwatch_metric_alarm": {"alarm_name": "name"},
    "aws_sns_topic_subscription": {"topic_arn": "topic"},
}
ONE_ONLY = {  # blocks that the provider limits to one in its validators, which its schema does not show
    "aws_s3_bucket_lifecycle_configuration": frozenset(
        {"expiration", "filter", "and", "noncurrent_version_expiration", "abort_incomplete_multipart_upload"}
    )
}


@dataclass(frozen=True)
class Argument:
    """One argument of a block, by its Terraform name: a plain value, or a nested block."""

    name: str
    pulumi: str
    computed: bool
    settable: bool
    block: dict[str, Any] | None = None
    one: bool = False


def resource_type(token: str) -> str:
    """Return the Terraform type of a Pulumi type: `aws:s3/bucketPolicy:BucketPolicy` is `aws_s3_bucket_policy`."""
    _, module, noun = token.split(":")
    found = f"aws_{module.split('/')[0]}_{snake(noun)}"
    return TYPES.get(found, found)


def arguments(kind: str, block: dict[str, Any], *, top: bool = True) -> dict[str, Argument]:
    """Return the arguments of a resource's block, or of a block in it, by their Pulumi names."""
    renamed = NAMES.get(kind, {}) if top else {}
    found = []
    for name, attribute in block.get("attributes", {}).items():
        many = isinstance(attribute["type"], list) and attribute["type"][0] in {"list", "set"}
        called = renamed.get(name) or camel(plural(name) if many else name)
        settable = bool(attribute.get("optional") or attribute.get("required"))
        found.append(Argument(name, called, bool(attribute.get("computed")), settable))
    for name, nested in block.get("block_types", {}).items():
        one = nested.get("max_items") == 1 or name in ONE_ONLY.get(kind, ()) or nested["nesting_mode"] == "single"
        called = renamed.get(name) or camel(name if one else plural(name))
        found.append(Argument(name, called, computed=False, settable=True, block=nested["block"], one=one))
    return {each.pulumi: each for each in found}


def snake(name: str) -> str:
    """Return a Pulumi name as Terraform writes it."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def camel(name: str) -> str:
    """Return a Terraform name as Pulumi writes it."""
    head, *rest = name.split("_")
    return head + "".join(each[:1].upper() + each[1:] for each in rest)


def plural(name: str) -> str:
    """Return the plural that Pulumi makes of a list's name."""
    if name.endswith("s"):
        return name
    return name[:-1] + "ies" if name.endswith("y") and name[-2] not in "aeiou" else f"{name}s"
