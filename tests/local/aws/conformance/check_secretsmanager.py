"""Checks of the table's rows about Secrets Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import new_name

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

FOUND_NOTHING = "Secrets Manager can't find the specified secret"


def _message(aws: EmbeddedAws, secret: str) -> str:
    """Return the message with which a secret's value is refused."""
    with pytest.raises(ClientError) as refusal:
        aws.client("secretsmanager").get_secret_value(SecretId=secret)
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
    return refusal.value.response["Error"]["Message"]


def secret_without_a_value(aws: EmbeddedAws) -> None:
    arn = aws.client("secretsmanager").create_secret(Name=new_name("secret"))["ARN"]
    assert _message(aws, arn) == f"{FOUND_NOTHING} value for staging label: AWSCURRENT"


def secret_that_is_missing(aws: EmbeddedAws) -> None:
    assert _message(aws, new_name("gone")) == f"{FOUND_NOTHING}."


def newest_value_is_the_current_one(aws: EmbeddedAws) -> None:
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name=new_name("secret"))["ARN"]
    for value in ("first", "second"):
        secrets.put_secret_value(SecretId=arn, SecretString=value)
    found = secrets.get_secret_value(SecretId=arn)
    assert (found["SecretString"], found["VersionStages"]) == ("second", ["AWSCURRENT"])
