"""The entry point of every Lambda: its log context, and bounds on its result and errors."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, TypeVar, cast

from functions.shared.bounds import MESSAGE_BYTES, result, text
from functions.shared.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = TypeVar("Event")
Result = TypeVar("Result")

RUN_KEYS = ("execution_arn", "run_id", "snapshot_date")


def entry(handler: Callable[[Event, LambdaContext], Result]) -> Callable[[Event, LambdaContext], Result]:
    """Return a handler whose log lines carry the request and the run, and whose result and errors are bounded.

    An error keeps its class, since Lambda reports the class's name and the state machine depends on it.
    """

    @wraps(handler)
    def entered(event: Event, context: LambdaContext) -> Result:
        logger.clear_state()  # the environment stays warm: remove what an earlier call appended
        logger.append_keys(function_request_id=context.aws_request_id)
        run = event.get("run") if isinstance(event, dict) else None
        if run:
            logger.append_keys(**{key: run[key] for key in RUN_KEYS})
        try:
            return cast("Result", result(handler(event, context)))
        except Exception as exc:
            _bound(exc)
            raise

    return entered


def _bound(exc: Exception) -> None:
    """Bound an error's message in place.

    Raises:
        Exception: one with the same class name, where the class does not take its message from its arguments.
    """
    found = str(exc)
    said = text(found, MESSAGE_BYTES)
    if said == found:
        return
    exc.args = (said,)
    if str(exc) != said:
        raise type(type(exc).__name__, (Exception,), {})(said).with_traceback(exc.__traceback__) from None
