"""After a kill, the embedded AWS has lost what its services knew and kept the objects: each resource is made again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

import local.deployment.deploy  # noqa: F401  # it registers the mappers
from local.aws.process import administrator
from local.deployment.calls import Calls
from local.deployment.mapping import Resource, create

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


@pytest.mark.embedded
@pytest.mark.xdist_group("deployment")
def test_a_secret_that_was_lost_is_made_again(embedded: EmbeddedAws) -> None:
    lost = "arn:aws:secretsmanager:us-east-1:123456789012:secret:lost-1234567-AbCdEf"
    made = create(Resource("aws:secretsmanager/secret:Secret", "lost", {}, Calls(embedded), lost))
    assert made.id != lost
    assert embedded.client("secretsmanager").describe_secret(SecretId=made.id)["Name"].startswith("lost-")


def test_a_bucket_that_was_kept_is_taken_over() -> None:
    client = administrator("http://127.0.0.1:9", "s3")
    cloud: Any = SimpleNamespace(region="us-east-1", account_id="123456789012", client=lambda _: client)
    with Stubber(client) as answers:
        answers.add_client_error("create_bucket", "BucketAlreadyOwnedByYou")
        made = create(Resource("aws:s3/bucket:Bucket", "raw", {}, Calls(cloud), "raw-1234567"))
    assert made.id == "raw-1234567"
