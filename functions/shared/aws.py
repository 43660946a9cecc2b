"""Translate botocore's errors into the pipeline's: transient or permanent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from functions.shared.errors import AccessRefused, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

DENIED = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "KMS.AccessDeniedException", "403", "Forbidden",
        "AuthorizationError", "KMSAccessDenied",  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, Errors
    }
)  # fmt: skip
BUSY = frozenset(
    {
        "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestTimeout", "InternalError",
        "Throttled", "KMSThrottling",  # the same page
    }
)  # fmt: skip


@contextmanager
def aws_errors(what: str) -> Iterator[None]:
    """Turn botocore's errors into `AccessRefused` or `StorageUnavailable`; any other passes unchanged.

    `what` says what was being done, to what: "write s3://lake-raw/raw/snapshot_date=2026-11-23/artists/00000.ndjson.gz".
    """
    try:
        yield
    except ClientError as exc:
        code = exc.response["Error"]["Code"]
        operation = exc.operation_name
        if code in DENIED:
            said = exc.response["Error"].get("Message", "no reason given").rstrip(".")
            raise AccessRefused(
                f"Could not {what}: AWS refused {operation} ({code}): {said}. "
                "Check the function's role, the bucket's policy and the key's policy."
            ) from exc
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in BUSY or status >= 500:
            raise StorageUnavailable(f"Could not {what}: {operation} responded {code}. It is tried again.") from exc
        raise
    except (BotoCoreError, HTTPError, ResponseParserError) as exc:  # the last two: a broken-off body or no XML
        raise StorageUnavailable(f"Could not {what}: {type(exc).__name__}: {exc}. It is tried again.") from exc
