"""AWS's errors become the pipeline's errors."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import ProtocolError

from functions.shared.aws import aws_errors
from functions.shared.errors import AccessRefused, StorageUnavailable

THROTTLED = [
    "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestTimeout", "InternalError",
    "Throttled", "KMSThrottling",
]  # fmt: skip
REFUSED = [
    "AccessDenied", "AccessDeniedException", "KMS.AccessDeniedException", "403", "Forbidden", "AuthorizationError",
    "KMSAccessDenied",
]  # fmt: skip


def failing(code: str, status: int | None = 400) -> None:
    """Do something to which AWS responds with an error."""
    response = {"Error": {"Code": code, "Message": "x"}}
    if status is not None:
        response["ResponseMetadata"] = {"HTTPStatusCode": status}  # type: ignore[dict-item]
    with aws_errors("read s3://lake/x"):
        raise ClientError(response, "GetObject")  # type: ignore[arg-type]  # all that is read


@pytest.mark.parametrize("code", THROTTLED)
def test_aws_that_is_busy_is_worth_another_try(code: str) -> None:
    with pytest.raises(StorageUnavailable, match=f"read s3://lake/x: GetObject responded {code}. It is tried again"):
        failing(code)


@pytest.mark.parametrize("status", [500, 503, 599])
def test_aws_that_fails_is_worth_another_try_whatever_it_calls_it(status: int) -> None:
    with pytest.raises(StorageUnavailable):
        failing("Whatever", status)


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_is_for_a_person_whatever_its_status(code: str) -> None:
    for status in (403, 500):
        with pytest.raises(AccessRefused, match=f"AWS refused GetObject \\({code}\\).*role.*policy.*key"):
            failing(code, status)


@pytest.mark.parametrize("status", [400, 404, 412, 499, None])
def test_any_other_error_is_the_callers_to_understand(status: int | None) -> None:
    with pytest.raises(ClientError):
        failing("NoSuchKey", status)


@pytest.mark.parametrize(
    "broken",
    [
        EndpointConnectionError(endpoint_url="https://s3.test"),
        ConnectionClosedError(endpoint_url="https://s3.test"),
        NoCredentialsError(),
    ],
    ids=lambda each: type(each).__name__,
)
def test_no_answer_is_worth_another_try(broken: Exception) -> None:
    with pytest.raises(StorageUnavailable, match=type(broken).__name__), aws_errors("read s3://lake/x"):
        raise broken


@pytest.mark.parametrize(
    "broken",
    [ProtocolError("Connection broken: 12 more expected"), ResponseParserError("Unable to parse response")],
    ids=lambda each: type(each).__name__,
)
def test_an_answer_that_breaks_off_is_worth_another_try(broken: Exception) -> None:
    """The SDK does not wrap urllib3's errors while an error's body is read, nor those of its own parser."""
    with (
        pytest.raises(StorageUnavailable, match=f"read s3://lake/x: {type(broken).__name__}"),
        aws_errors("read s3://lake/x"),
    ):
        raise broken


def test_an_error_of_our_own_passes() -> None:
    with pytest.raises(KeyError), aws_errors("read s3://lake/x"):
        raise KeyError("ours")
