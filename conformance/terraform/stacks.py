"""The stacks that are tried: the two examples, and two whose configuration turns everything the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws import EmbeddedAws

LOG_BUCKET = "the-accounts-logs"
KEY_ALIAS = "alias/the-accounts-key"


def prerequisites(aws: EmbeddedAws) -> None:
    """Create the existing resources that a configuration names: a key and a bucket for access logs."""
    key = aws.client("kms").create_key(Description="a key of the account")["KeyMetadata"]["KeyId"]
    aws.client("kms").create_alias(AliasName=KEY_ALIAS, TargetKeyId=key)
    aws.client("s3").create_bucket(Bucket=LOG_BUCKET)


def _as_written(_aws: EmbeddedAws) -> dict[str, str]:
    return {}


def _with_the_accounts_own(aws: EmbeddedAws) -> dict[str, str]:
    """Return a configuration with what exists already, the other processor, and no layers."""
    return {
        "kmsKeyArn": aws.client("kms").describe_key(KeyId=KEY_ALIAS)["KeyMetadata"]["Arn"],
        "logBucket": LOG_BUCKET,
        "alertEmail": "me@example.org",
        "digestEmail": "you@example.org",
        "scheduleEnabled": "false",
        "reserveConcurrency": "true",
        "architecture": "x86_64",
        "dependencyLayers": "false",
    }


def _at_the_limits(_aws: EmbeddedAws) -> dict[str, str]:
    """Return a configuration with AWS's own keys and the smallest numbers that the program accepts."""
    return {
        "customerManagedKey": "false",
        "schedule": "rate(12 hours)",
        "retentionDays": "2",
        "refreshDays": "1",
        "logRetentionDays": "1",
        "queryScanLimitMb": "11",
        "monthlyBudgetUsd": "1",
        "supersededGraceMinutes": "0",
        "dependencyLayers": "false",
    }


STACKS: dict[str, tuple[str, Callable[[EmbeddedAws], dict[str, str]]]] = {
    "dev": ("dev", _as_written),
    "prod": ("prod", _as_written),
    "given": ("dev", _with_the_accounts_own),
    "least": ("dev", _at_the_limits),
}
"""By stack name: the stack whose file is read, and what differs from it."""
