"""Turn errors of the user, of AWS and of this machine into one sentence each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)

from functions.shared.errors import PipelineError
from local.os_errors import of_this_machine
from ops.errors import FAILED, OpsError
from ops.terminal.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
UNKNOWN_CALLER = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden", "403"})
MISSING = frozenset(
    {
        "NoSuchBucket",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
        "ExecutionDoesNotExist",
        "EntityNotFoundException",
        "404",
    }
)
BUSY = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "RequestLimitExceeded"})


@dataclass
class CommandResult:
    """A command's exit code."""

    exit_code: int = 0


@contextmanager
def told_plainly() -> Iterator[CommandResult]:
    """Turn every failure except a defect of this program into a sentence on standard error and an exit code."""
    outcome = CommandResult()
    try:
        yield outcome
    except OpsError as exc:
        outcome.exit_code = _say(str(exc), exc.exit_code)
    except PipelineError as exc:
        outcome.exit_code = _say(str(exc), FAILED)
    except (ClientError, BotoCoreError) as exc:
        outcome.exit_code = _say(sentence_of(exc), FAILED)
    except OSError as exc:
        outcome.exit_code = _say(of_this_machine(exc), FAILED)


def sentence_of(exc: ClientError | BotoCoreError) -> str:
    """Return a sentence about an error between this machine and AWS, and what to do."""
    if isinstance(exc, ClientError):
        return _refusal(exc)
    if isinstance(exc, NO_CREDENTIALS):
        return f"No AWS credentials that work: {_trimmed(exc)}. Log in to AWS, or set AWS_PROFILE."
    if isinstance(exc, NoRegionError):
        return "No AWS region is set. Set AWS_REGION to the stack's."
    if isinstance(exc, NoConnection | HTTPClientError):
        return f"AWS cannot be reached: {_trimmed(exc)}. Check the network, and AWS_ENDPOINT_URL if it is set."
    return f"The request to AWS could not be sent: {_trimmed(exc)}. Check the arguments and your AWS settings."


def _refusal(exc: ClientError) -> str:
    error = exc.response.get("Error", {})
    code, said = error.get("Code", "?"), _trimmed(error.get("Message") or exc)
    asked = f"AWS refused {exc.operation_name} ({code})"
    if code in EXPIRED:
        return f"{asked}: the credentials have expired. Log in to AWS again."
    if code in UNKNOWN_CALLER:
        return f"{asked}: it does not know these credentials. Log in to AWS, or set AWS_PROFILE."
    if code in DENIED:
        return f"{asked}: {said}. Use credentials with this permission, or ask your AWS administrator for it."
    if code in MISSING:
        return f"{asked}: {said}. Was the stack destroyed, or is this another account? `pulumi up` creates it again."
    if code in BUSY:
        return f"{asked}: too many requests. Try again in a minute."
    return f"{asked}: {said}. Check the arguments; `ops doctor` checks the stack."


def _trimmed(said: object) -> str:
    return " ".join(str(said).split()).rstrip(".")


def _say(text: str, exit_code: int) -> int:
    note(text, style="red")
    return exit_code
