"""The person who runs `ops`: the policy of docs/permissions/operator.json, and nothing else."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from conformance.terraform.deployer import policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.session import Session

NAME = "operator"


def operator(session: Session) -> Callable[[str], Any]:
    """Create the operator in a stack's account; return its clients."""
    iam = session.client("iam")
    document = {"Version": "2012-10-17", "Statement": policy(NAME, session.outputs["state_machine_arn"].split(":")[4])}
    iam.create_user(UserName=NAME)
    iam.put_user_policy(UserName=NAME, PolicyName=NAME, PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    person = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=iam.meta.region_name)

    @cache
    def client(service: str) -> Any:
        return person.client(
            service,  # type: ignore[call-overload]  # the stubs want a literal
            endpoint_url=session.endpoint,
            config=Config(retries={"mode": "standard", "max_attempts": 1}, proxies={}),
        )

    return client
