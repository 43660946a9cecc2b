"""Declare log groups, so that they have a retention and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place


def log_group(path: str, place: Place, key: EncryptionKey, parent: pulumi.Resource) -> aws.cloudwatch.LogGroup:
    """Return a log group with the configured retention, encrypted with the stack's key."""
    return aws.cloudwatch.LogGroup(
        path.strip("/").replace("/", "-"),
        name=path,
        retention_in_days=place.settings.log_retention_days,
        kms_key_id=key.arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )
