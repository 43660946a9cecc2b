"""How an execution runs: ministack's walk through the states, with what AWS does around it.

Added: the execution's own `TimeoutSeconds` (TIMED_OUT), a stop that ends waits and retries and stays ABORTED, going on
where a redrive wants it to, `RoleArn`, `RedriveCount` and `RedriveTime` in the context, and the 256 KiB limit on what a
state hands on. Wall time counts for `TimeoutSeconds` and for a wait until an instant; other waits are shortened.
"""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

import copy
import json
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.additions.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PINS = {
    "ministack.services.stepfunctions:_run_execution": "(exec_arn)",
    "ministack.services.stepfunctions:_scaled_sleep": "(seconds)",
    "ministack.services.stepfunctions:_sleep_until": "(iso_ts)",
    "ministack.services.stepfunctions:_add_event": "(execution, event_type, details=None)",
    "ministack.services.stepfunctions:_invoke_resource": "(resource, input_data)",
    "ministack.services.stepfunctions:_fail_execution": "(execution, error, cause)",
    "ministack.services.stepfunctions:_emit_execution_status_event": "(execution)",
    "ministack.services.stepfunctions:_execute_task": "(state_def, raw_input, execution, ctx)",
    "ministack.services.stepfunctions:_execute_map": "(state_def, raw_input, execution, ctx)",
    "ministack.services.stepfunctions:_execute_parallel": "(state_def, raw_input, execution, ctx)",
    "ministack.services.stepfunctions:_execute_choice": "(state_def, raw_input, ctx=None)",
    "ministack.services.stepfunctions:_execute_wait": "(state_def, raw_input, ctx=None)",
    "ministack.services.stepfunctions:_execute_pass": "(state_def, raw_input, ctx=None)",
    "ministack.services.stepfunctions:_fail_state_error": "(state_def, raw_input, ctx=None)",
}

LIMIT = 262_144

_scale: ContextVar[float | None] = ContextVar("embedded_aws_wait_scale", default=None)
_execution: ContextVar[dict[str, Any] | None] = ContextVar("embedded_aws_execution", default=None)


class Ended(BaseException):
    """The execution was stopped or timed out: leave, past every Retry and Catch."""


def run(exec_arn: str) -> None:
    """Run or resume an execution to its end."""
    execution = sfn._executions.get(exec_arn)
    if "begun" not in execution:
        machine = sfn._state_machines[execution["stateMachineArn"]]
        execution["begun"] = {"definition": machine["definition"], "role": machine["roleArn"]}
    definition = json.loads(execution["begun"]["definition"])
    token = _execution.set(execution)
    timer = threading.Timer(definition.get("TimeoutSeconds", 99_999_999), _time_out, [execution, redrives(execution)])
    timer.daemon = True
    if "TimeoutSeconds" in definition:
        timer.start()
    try:
        output = _walk(definition, execution, _context(definition, execution))
        _close(execution, "SUCCEEDED", output=json.dumps(output))
    except Ended:
        pass
    except sfn._ExecutionError as error:
        if execution["status"] == "RUNNING":
            sfn._fail_execution(execution, error.error, error.cause)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the execution and is told
        sfn.logger.exception("Unexpected error in %s", exec_arn)
        if execution["status"] == "RUNNING":
            sfn._fail_execution(execution, "States.Runtime", f"{type(error).__name__}: {error}")
    finally:
        timer.cancel()
        _execution.reset(token)


def redrives(execution: dict[str, Any]) -> int:
    """Return how often the execution was redriven."""
    return int(execution.get("redriveCount", 0))


def leave_if_ended() -> None:
    """Return if the execution that this thread runs is still running.

    Raises:
        Ended: it was stopped or timed out.
    """
    execution = _execution.get()
    if execution is not None and execution["status"] != "RUNNING":
        raise Ended


def _context(definition: dict[str, Any], execution: dict[str, Any]) -> dict[str, Any]:
    """Return the context object of an execution, with the variables it had where it failed."""
    about = {
        "Id": execution["executionArn"],
        "Input": json.loads(execution["input"]),
        "Name": execution["name"],
        "StartTime": execution["startDate"],
        "RoleArn": execution["begun"]["role"],
        "RedriveCount": redrives(execution),
    }
    if "redriveDate" in execution:
        about["RedriveTime"] = execution["redriveDate"]
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": about,
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": execution["stateMachineArn"].rsplit(":", 1)[-1]},
        "variables": copy.deepcopy(execution.get("resume", {}).get("variables", {})),
    }


def _walk(definition: dict[str, Any], execution: dict[str, Any], context: dict[str, Any]) -> Any:
    """Return the output of the last state; where the execution failed before, begin there with what it had."""
    resume = execution.get("resume") or {"state": definition["StartAt"], "input": context["Execution"]["Input"]}
    name, data = resume["state"], copy.deepcopy(resume["input"])
    while name:
        leave_if_ended()
        state = definition["States"][name]
        execution["resume"] = {"state": name, "input": data, "variables": copy.deepcopy(context["variables"])}
        context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        event(execution, f"{state['Type']}StateEntered", "stateEntered", name=name, input=json.dumps(data))
        data, following = _enter(state, data, execution, context)
        leave_if_ended()
        text = json.dumps(data)
        if len(text.encode()) > LIMIT:
            raise too_large(name)
        event(execution, f"{state['Type']}StateExited", "stateExited", name=name, output=text)
        name = following
    return data


def too_large(state: str) -> Exception:
    """Return the error of a state that handed on more than 256 KiB."""
    error: Exception = sfn._ExecutionError(
        "States.DataLimitExceeded",
        f"The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )
    return error


def _enter(
    state: dict[str, Any], data: Any, execution: dict[str, Any], context: dict[str, Any]
) -> tuple[Any, str | None]:
    """Return the output of one state and the name of the next."""
    kind = state["Type"]
    if kind == "Succeed":
        return sfn._apply_output_path(state, sfn._apply_input_path(state, data, context), context), None
    if kind == "Fail":
        raise sfn._ExecutionError(*sfn._fail_state_error(state, data, context))
    if kind in {"Task", "Map", "Parallel"}:
        output, following = getattr(sfn, f"_execute_{kind.lower()}")(state, data, execution, context)
    else:
        output, following = getattr(sfn, f"_execute_{kind.lower()}")(state, data, context)
    return output, following


def event(execution: dict[str, Any], kind: str, details: str, **values: Any) -> None:
    """Append one event to the history."""
    sfn._add_event(execution, kind, {f"{details}EventDetails": values})


def _close(execution: dict[str, Any], status: str, *, output: str | None = None) -> None:
    """End a running execution with a status that is no failure of a state, and tell EventBridge."""
    if execution["status"] != "RUNNING":
        return
    execution.update(status=status, output=output, stopDate=now_iso())
    if status == "SUCCEEDED":
        event(execution, "ExecutionSucceeded", "executionSucceeded", output=output)
    else:
        event(execution, "ExecutionTimedOut", "executionTimedOut")
    sfn._emit_execution_status_event(execution)


def _time_out(execution: dict[str, Any], attempt: int) -> None:
    """End the execution if it is still the attempt that the timer was set for."""
    if redrives(execution) == attempt:
        _close(execution, "TIMED_OUT")


@contextmanager
def scaled(scale: float) -> Iterator[None]:
    """Let waits inside take `scale` of their time."""
    token = _scale.set(scale)
    try:
        yield
    finally:
        _scale.reset(token)


def _sleep(original: Callable[[float], None], seconds: float) -> None:
    """Sleep as long as ministack would, and leave soon after the execution ended."""
    scale = _scale.get()
    ends = time.monotonic() + seconds * (sfn._SFN_WAIT_SCALE if scale is None else scale)
    while (left := ends - time.monotonic()) > 0:
        leave_if_ended()
        time.sleep(min(left, 0.05))


def _sleep_until(original: Callable[[str], None], instant: str) -> None:
    """Wait for an instant in full: who named it goes by the same clock, and would only name it again."""
    scale = _scale.get()
    with scaled(1 if scale is None else scale):
        original(instant)


def _add(original: Callable[..., Any], execution: dict[str, Any], kind: str, details: Any = None) -> Any:
    """Add an event to the history; nothing happens in an execution that ended."""
    if execution["status"] != "RUNNING" and not kind.startswith("Execution"):
        raise Ended
    return original(execution, kind, details)


def _invoke(original: Callable[[str, Any], Any], resource: str, arguments: Any) -> Any:
    """Invoke, unless the execution ended meanwhile."""
    leave_if_ended()
    return original(resource, arguments)


def install() -> None:
    """Put this run in the place of ministack's."""
    sfn._run_execution = run
    wrap(sfn, "_scaled_sleep", _sleep)
    wrap(sfn, "_sleep_until", _sleep_until)
    wrap(sfn, "_add_event", _add)
    wrap(sfn, "_invoke_resource", _invoke)
