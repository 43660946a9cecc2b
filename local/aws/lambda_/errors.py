"""A failed Python function tells its exception's class, message and stack, as on AWS; ministack the message alone.

    {"errorMessage": "…", "errorType": "CredentialsRejected", "requestId": "…", "stackTrace": ["  File …"]}

The class is the error's name for Step Functions, the JSON its cause. A worker that died is `Runtime.ExitError`,
a module that does not import `Runtime.ImportModuleError`, a throttled call `Lambda.TooManyRequestsException`.
"""

# ruff: noqa: SLF001 - a patch stands on ministack's internals; pins.txt has each
from __future__ import annotations

import json
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from ministack.services import stepfunctions as sfn

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

# In the worker's script: what it says when the handler raised, when the module did not import, and how we say it.
RAISED = """{"status": "error", "error": str(e), "trace": traceback.format_exc()}"""
RAISED_HERE = """{"status": "error", "error": str(e), "trace": traceback.format_exc(), "type": type(e).__name__,
                "stack": traceback.format_list(traceback.extract_tb(e.__traceback__)[1:])}"""
NOT_IMPORTED = """{"status": "error", "error": str(e)}"""
NOT_IMPORTED_HERE = """{"status": "error", "error":
            ("Runtime.ImportModuleError: Unable to import module '%s': %s" % (module_name, e))
            if isinstance(e, ImportError) else "%s: %s" % (type(e).__name__, e)}"""

_answer: ContextVar[dict[str, Any] | None] = ContextVar("embedded_aws_answer", default=None)


class ScriptMoved(RuntimeError):
    """The worker's script is not the one that this patch changes."""


def _patched(script: str) -> str:
    """Return the worker's script, telling more of an exception."""
    for theirs, ours in ((RAISED, RAISED_HERE), (NOT_IMPORTED, NOT_IMPORTED_HERE)):
        if script.count(theirs) != 1:
            raise ScriptMoved(f"ministack's Python worker no longer holds exactly once: {theirs}")
        script = script.replace(theirs, ours)
    return script


def _remember(original: Callable[..., dict[str, Any]], worker: Any, *args: Any, **named: Any) -> dict[str, Any]:
    """Invoke, and keep the worker's whole answer for the one who words the error."""
    answer = original(worker, *args, **named)
    _answer.set(answer)
    return answer


def _execute(
    original: Callable[..., dict[str, Any]], func: dict[str, Any], event: Any, request_id: str
) -> dict[str, Any]:
    """Execute, and word an error as Lambda's Python runtime does."""
    _answer.set(None)
    result = original(func, event, request_id)
    body = result.get("body")
    if not result.get("error") or result.get("throttle") or not isinstance(body, dict):
        return result
    answer = _answer.get() or {}
    kind, message = answer.get("type") or body["errorType"], body["errorMessage"]
    if message.startswith("Worker init failed: "):
        kind, _, message = message.removeprefix("Worker init failed: ").partition(": ")
    elif "type" not in answer and message.startswith("Worker "):
        kind, message = "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited ({message})"
    result["body"] = {"errorMessage": message, "errorType": kind, "requestId": request_id} | (
        {"stackTrace": answer["stack"]} if "stack" in answer else {}
    )
    return result


def _call(original: Callable[[Any, Any], Any], func_ref: Any, event: Any) -> Any:
    """Call a function for a task; name a throttled call as AWS does."""
    try:
        return original(func_ref, event)
    except sfn._ExecutionError as error:
        if error.error == "Lambda.Unknown" and '"TooManyRequestsException"' in error.cause:
            said = json.loads(error.cause)
            raise sfn._ExecutionError("Lambda.TooManyRequestsException", said["message"]) from error
        raise


def install() -> None:
    """Change the script that new workers run, and the wording of what they say."""
    lambda_runtime._PYTHON_WORKER_SCRIPT = _patched(lambda_runtime._PYTHON_WORKER_SCRIPT)
    invoke = lambda_runtime.Worker.invoke
    lambda_runtime.Worker.invoke = lambda worker, *args, **named: _remember(invoke, worker, *args, **named)
    wrap(lambda_svc, "_execute_function_warm", _execute)
    wrap(sfn, "_call_lambda", _call)
