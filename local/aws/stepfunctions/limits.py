"""The limit of a state's output and an execution's input: 256 KiB of JSON."""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions as sfn

from local.aws.stepfunctions.history import text

LIMIT = 262_144


def size(value: Any) -> int:
    """Return how many bytes a value has as JSON."""
    return len(text(value).encode(errors="surrogatepass"))


def too_large(what: str) -> Any:
    """Return the error of a state or task whose output is more than 256 KiB."""
    return sfn._ExecutionError(
        "States.DataLimitExceeded",
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )
