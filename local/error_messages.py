"""Turn errors that a user can cause into one sentence without a traceback."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from rich.text import Text

from local.aws.process import EmbeddedAwsFailed, StateInUse
from local.deployment.errors import DeploymentError
from local.os_errors import of_this_machine
from local.session import SessionError
from local.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

DONE, FAILED, USAGE = 0, 1, 2
SERVERS_FAULT = 500
GONE = "The local stack no longer responds: its process may have been stopped. Run the command again."


@dataclass
class CommandResult:
    """A command's exit code."""

    exit_code: int = DONE


@contextmanager
def told_plainly(console: Console) -> Iterator[CommandResult]:
    """Turn an error that a user can cause into a sentence and an exit code: 2 for wrong usage, else 1."""
    outcome = CommandResult()
    try:
        yield outcome
    except SourceError as exc:
        outcome.exit_code = _say(console, exc, USAGE)
    except (SessionError, StateInUse, EmbeddedAwsFailed, DeploymentError) as exc:
        outcome.exit_code = _say(console, exc, FAILED)
    except (NoConnection, HTTPClientError) as exc:
        outcome.exit_code = _say(console, f"{GONE} ({' '.join(str(exc).split()).rstrip('.')})", FAILED)
    except ClientError as exc:
        if exc.response["ResponseMetadata"]["HTTPStatusCode"] < SERVERS_FAULT:
            raise  # a defect of this program
        outcome.exit_code = _say(console, of_embedded_aws(exc), FAILED)
    except OSError as exc:
        outcome.exit_code = _say(console, of_this_machine(exc), FAILED)


def of_embedded_aws(exc: ClientError) -> str:
    """Return which call the embedded AWS could not answer, and what to check."""
    said = exc.response["Error"]["Message"].rstrip(".")
    return (
        f"The embedded AWS failed at {exc.operation_name}: {said}. Check the free space of its state; server.log there "
        "says more."
    )


def _say(console: Console, exc: Exception | str, exit_code: int) -> int:
    console.print(Text(str(exc), style="red"))
    return exit_code
