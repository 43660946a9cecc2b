"""Run an execution from its start, or from the state where it failed, to its end.

Added to ministack: the execution's own `TimeoutSeconds` (TIMED_OUT), a stop that ends waits and retries and stays
ABORTED, the end of a history at 25,000 events, going on where a redrive wants it to, and `RoleArn`, `RedriveCount` and
`RedriveTime` in the context.
Wall time counts for `TimeoutSeconds` and for a wait until an instant; other waits are shortened.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.aws.patching import having, instead_of, wrap
from local.aws.stepfunctions import history
from local.aws.stepfunctions.history import Line, text
from local.aws.stepfunctions.interpreter import Interpreter

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_EVENTS = 25_000
"""An execution whose history gets so long without having succeeded fails (bp-history-limit.html)."""
FULL = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
_scale: ContextVar[float | None] = ContextVar("embedded_aws_wait_scale", default=None)
_execution: ContextVar[dict[str, Any] | None] = ContextVar("embedded_aws_execution", default=None)


class Ended(BaseException):
    """The execution was stopped or timed out: it ends without any Retry or Catch."""


class Running(Interpreter):
    """An execution that the API started: it can be stopped, and redriven from where it failed."""

    main = False

    def check(self) -> None:
        """Raise Ended where the execution was stopped or timed out."""
        leave_if_ended()

    def enter(self, name: str, data: Any) -> None:
        """Remember the state at which a redrive continues: one of the execution itself, never inside of a Map."""
        if self.main:
            kept = copy.deepcopy({"state": name, "input": data, "variables": self.context["variables"]})
            self.line.execution["resume"] = kept


@instead_of(sfn, "_run_execution")
def run(exec_arn: str) -> None:
    """Run or resume an execution to its end."""
    execution = sfn._executions.get(exec_arn)
    if "begun" not in execution:
        machine = sfn._state_machines[execution["stateMachineArn"]]
        execution["begun"] = {"definition": machine["definition"], "role": machine["roleArn"]}
    definition = json.loads(execution["begun"]["definition"])
    timer = threading.Timer(definition.get("TimeoutSeconds", 99_999_999), _time_out, [execution, redrives(execution)])
    timer.daemon = True
    if "TimeoutSeconds" in definition:
        timer.start()
    line = Line(execution, execution["events"][-1]["id"] if redrives(execution) else 0)
    with having((_execution, execution)):
        try:
            output = text(_walk(definition, execution, line))
            close(execution, "SUCCEEDED", line.last, output=output)
        except Ended:
            pass
        except sfn._ExecutionError as error:
            close(execution, "FAILED", line.last, error=error.error, cause=error.cause)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends the execution and is told
            sfn.logger.exception("Unexpected error in %s", exec_arn)
            close(execution, "FAILED", line.last, error="States.Runtime", cause=f"{type(error).__name__}: {error}")
        finally:
            timer.cancel()


def _walk(definition: dict[str, Any], execution: dict[str, Any], line: Line) -> Any:
    """Return the output of the last state; where the execution failed before, begin there with what it had."""
    context = _context(definition, execution)
    resume = execution.get("resume") or {"state": definition["StartAt"], "input": context["Execution"]["Input"]}
    walk = Running(context, line)
    walk.main = True
    return walk.walk(definition, resume["state"], copy.deepcopy(resume["input"]))


def redrives(execution: dict[str, Any]) -> int:
    """Return how often the execution was redriven."""
    return int(execution.get("redriveCount", 0))


def leave_if_ended() -> None:
    """Raise Ended if the execution of this thread was stopped or timed out."""
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


def close(execution: dict[str, Any], status: str, previous: int, **told: Any) -> None:
    """End an execution that runs, with its output or its error, and tell EventBridge."""
    if execution["status"] != "RUNNING":
        return
    told = {name: value for name, value in told.items() if value is not None}
    execution.update(status=status, stopDate=now_iso(), **told)
    if status == "SUCCEEDED":
        told["outputDetails"] = {"truncated": False}
    kind = "".join(word.capitalize() for word in status.split("_"))
    history.append(execution, f"Execution{kind}", previous, told)
    sfn._emit_execution_status_event(execution)


def _time_out(execution: dict[str, Any], attempt: int) -> None:
    """End the execution if it is still the attempt that the timer was set for."""
    if redrives(execution) == attempt:
        close(execution, "TIMED_OUT", 0)


@wrap(sfn, "_scaled_sleep")
def _sleep(original: Callable[[float], None], seconds: float) -> None:
    """Sleep as long as ministack would, and raise Ended soon after the execution ended."""
    scale = _scale.get()
    ends = time.monotonic() + seconds * (sfn._SFN_WAIT_SCALE if scale is None else scale)
    while (left := ends - time.monotonic()) > 0:
        leave_if_ended()
        time.sleep(min(left, 0.05))


@wrap(sfn, "_sleep_until")
def _sleep_until(original: Callable[[str], None], instant: str) -> None:
    """Wait for an instant without scaling: the code that named it uses the same clock."""
    scale = _scale.get()
    with having((_scale, 1 if scale is None else scale)):
        original(instant)


@wrap(sfn, "_add_event")
def _add(original: Callable[..., Any], execution: dict[str, Any], kind: str, details: Any = None) -> Any:
    """Add an event to the history, unless the execution ended or the history is full."""
    if execution["status"] != "RUNNING" and not kind.startswith("Execution"):
        raise Ended
    if len(execution["events"]) >= MOST_EVENTS - 1 and not kind.startswith("Execution"):
        raise sfn._ExecutionError("States.Runtime", FULL)
    if kind == "ExecutionAborted" and details:  # ministack's own event, a stop
        details = {name: {key: told for key, told in each.items() if told} for name, each in details.items()}
    added = original(execution, kind, details)
    added.setdefault("previousEventId", 0)
    return added


@wrap(sfn, "_invoke_resource")
def _invoke(original: Callable[[str, Any], Any], resource: str, arguments: Any) -> Any:
    """Invoke, unless the execution ended meanwhile."""
    leave_if_ended()
    return original(resource, arguments)


@wrap(sfn, "_start_execution")
def _complete_start(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Start an execution, whose first event follows none."""
    answer = original(data)
    if answer[0] == 200:
        first = sfn._executions[json.loads(answer[2])["executionArn"]]["events"][0]
        first.setdefault("previousEventId", 0)
        first["executionStartedEventDetails"].setdefault("inputDetails", {"truncated": False})
    return answer
