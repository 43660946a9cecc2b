"""Make calls that AWS refuses, and calls in a protocol that botocore does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws import EmbeddedAws


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    """Return the HTTP status and the error code that a call is refused with; one that is accepted fails the check."""
    return said(call, **arguments)[:2]


def said(call: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
    """Return the status, the code and the message of a refusal; a call that is accepted fails the check."""
    try:
        response = call(**arguments)
    except ClientError as error:
        told = error.response["Error"]
        return error.response["ResponseMetadata"]["HTTPStatusCode"], told["Code"], told["Message"]
    raise AssertionError(f"the call was accepted: {response}")


def allowed(call: Callable[..., Any], **arguments: Any) -> bool:
    """Return whether a call is allowed; one that fails for another reason fails the check."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}:
            return False
        raise
    return True


def by_query(aws: EmbeddedAws, action: str, **parameters: str) -> str:
    """Return CloudWatch's response in the Query protocol, which Go's client speaks: botocore speaks another."""
    form = {"Action": action, "Version": "2010-08-01", **parameters}
    signed = (
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"
    )
    return httpx.post(aws.endpoint, data=form, headers={"Authorization": signed}, trust_env=False).text
