"""How checks make calls that AWS refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    """Return the HTTP status and the error code that a call is refused with; one that is accepted fails the check."""
    try:
        response = call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
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
