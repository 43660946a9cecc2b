"""Answer RedriveExecution, which ministack lacks: a failed, stopped or timed-out execution continues where it ended.

It has the input and variables that it had there, its original definition, and a new time-out. As on AWS, an execution
that ended in a Fail state enters that Fail state again. Other than on AWS, a redriven Map starts all its items again.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from typing import TYPE_CHECKING, Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.aws.patching import action, answered, refused, wrap
from local.aws.stepfunctions import history
from local.aws.stepfunctions.descriptions import REDRIVABLE
from local.aws.stepfunctions.executions import redrives

if TYPE_CHECKING:
    from collections.abc import Callable


def _redrive(data: dict[str, Any]) -> Any:
    """Answer RedriveExecution: the execution continues at the state where it ended, with the same input."""
    execution = sfn._executions.get(data.get("executionArn"))
    if not execution:
        return refused("ExecutionDoesNotExist", "The execution does not exist")
    status = execution["status"]
    if status not in REDRIVABLE:
        return refused("ExecutionNotRedrivable", f"Execution is {status} and cannot be redriven")
    for gone in ("error", "cause"):
        execution.pop(gone, None)
    execution.update(
        status="RUNNING", output=None, stopDate=None, redriveCount=redrives(execution) + 1, redriveDate=now_iso()
    )
    last = execution["events"][-1]["id"]
    history.append(execution, "ExecutionRedriven", last, {"redriveCount": redrives(execution)})
    sfn._emit_execution_status_event(execution)
    run_here = contextvars.copy_context().run
    threading.Thread(target=run_here, args=(sfn._run_execution, execution["executionArn"]), daemon=True).start()
    return answered({"redriveDate": time.time()})


@wrap(sfn, "handle_request")
async def _serve(original: Callable[..., Any], method: str, path: str, headers: dict[str, str], *rest: Any) -> Any:
    """Answer RedriveExecution here and leave the rest to ministack."""
    if action(headers) == "RedriveExecution":
        return _redrive(json.loads(rest[0] or b"{}"))
    return await original(method, path, headers, *rest)
