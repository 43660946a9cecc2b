"""Log every authorized call as one JSON line: who, what, on what, with which condition keys, allowed or not.

The administrator's calls are not in it: no policy is asked for them. `EMBEDDED_AWS_CALL_LOG` names the file.
"""

from __future__ import annotations

import json
import os
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ministack.core import iam_evaluator

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

_asked: ContextVar[Any] = ContextVar("embedded_aws_asked", default=None)
_lock = threading.Lock()


def record(principal: str, action: str, resource: str, context: dict[str, Any], *, allowed: bool) -> None:
    """Append one call to the log."""
    line = json.dumps(
        {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "principal": principal,
            "action": action,
            "resource": resource,
            "context": context,
            "allowed": allowed,
        }
    )
    with _lock:
        _log().write(line + "\n")


@cache
def _log() -> IO[str]:
    """Return the log, open for the life of the process and flushed after each line."""
    return Path(os.environ["EMBEDDED_AWS_CALL_LOG"]).open("a", buffering=1, encoding="utf-8")


@wrap(iam_evaluator, "evaluate")
def _evaluate(original: Callable[..., Any], ctx: Any, *layers: Any) -> Any:
    _asked.set(ctx)
    return original(ctx, *layers)


@wrap(iam_evaluator, "enforce")
def _enforce(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Log an evaluation once its outcome is known, resource policies included."""
    _asked.set(None)
    denied = original(*args, **kwargs)
    asked = _asked.get()
    if asked is not None:
        keys = {**asked.principal_keys, **asked.service_context, "aws:securetransport": asked.secure_transport}
        known = {key: value for key, value in keys.items() if value is not None}
        record(asked.principal_arn, asked.action, asked.resource_arn, known, allowed=denied is None)
    return denied
