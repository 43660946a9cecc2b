"""The optimized Athena tasks of Step Functions, over ministack's Athena; `.sync` waits for the query's end.

Each is the same call as its SDK task, with the same rights asked; `.sync` asks for `athena:GetQueryExecution` as well.
A query that failed or was cancelled fails the task with `States.TaskFailed`, the query execution being the cause.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.services import stepfunctions as sfn

from local.aws.patching import instead_of
from local.aws.stepfunctions.executions import Ended, leave_if_ended
from local.aws.stepfunctions.interpreter import submitted

LONGEST_PAUSE_S = 0.3


def _call(action: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call Athena and return its answer."""
    try:
        answer: dict[str, Any] = sfn._dispatch_aws_sdk_json(
            sfn._AWS_SDK_SERVICE_MAP["athena"], "athena", action, arguments
        )
    except sfn._ExecutionError as error:
        if error.error == "Athena.AthenaException":  # the SDK for Java 1 calls it so
            raise sfn._ExecutionError("Athena.AmazonAthenaException", error.cause) from error
        raise
    return answer


@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::athena:startQueryExecution")
@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::athena:stopQueryExecution")
@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::athena:getQueryExecution")
@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::athena:getQueryResults")
def run(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run one Athena task and return its result."""
    action, _, pattern = resource.rsplit(":", 1)[-1].partition(".")
    answer = _call(action, arguments)
    if pattern != "sync":
        return answer
    submitted.get()(answer)
    return _wait(answer["QueryExecutionId"])


def _wait(query: str) -> dict[str, Any]:
    """Return the query's execution once it succeeded; stop the query when the state machine's execution ends first."""
    pause = 0.02
    while True:
        answer = _call("getQueryExecution", {"QueryExecutionId": query})
        state = answer["QueryExecution"]["Status"]["State"]
        if state == "SUCCEEDED":
            return answer
        if state in {"FAILED", "CANCELLED"}:
            raise sfn._ExecutionError("States.TaskFailed", json.dumps(answer))
        try:
            leave_if_ended()
        except Ended:
            _call("stopQueryExecution", {"QueryExecutionId": query})
            raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
