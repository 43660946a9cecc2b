"""Executions time out, stop, and go on where they ended, as on AWS."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import EVERYTHING, function, machine, role, run, wait

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

LONG_WAIT = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 100_000, "End": True}}}


def test_an_execution_past_its_timeout_is_timed_out(aws: EmbeddedAws) -> None:
    ended = run(aws, LONG_WAIT | {"TimeoutSeconds": 1})
    assert ended["status"] == "TIMED_OUT"
    history = aws.client("stepfunctions").get_execution_history(executionArn=ended["executionArn"])
    assert history["events"][-1]["type"] == "ExecutionTimedOut"


def test_a_stopped_execution_stays_stopped_and_goes_no_further(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    waits = {"Rest": {"Type": "Wait", "Seconds": 1000, "Next": "After"}, "After": {"Type": "Pass", "End": True}}
    execution = states.start_execution(stateMachineArn=machine(aws, {"StartAt": "Rest", "States": waits}))
    time.sleep(0.1)
    states.stop_execution(executionArn=execution["executionArn"], error="Stopped", cause="By hand")
    time.sleep(0.6)
    assert wait(aws, execution["executionArn"])["status"] == "ABORTED"
    events = states.get_execution_history(executionArn=execution["executionArn"])["events"]
    assert [event["type"] for event in events][-2:] == ["WaitStateEntered", "ExecutionAborted"]


def test_a_wait_until_an_instant_lasts_until_then(aws: EmbeddedAws) -> None:
    until = datetime.now(UTC) + timedelta(seconds=2)
    rest = {"Type": "Wait", "Timestamp": f"{until:%Y-%m-%dT%H:%M:%SZ}", "End": True}
    ended = run(aws, {"StartAt": "Rest", "States": {"Rest": rest}})
    assert ended["stopDate"] >= until.replace(microsecond=0)


def test_a_stop_is_not_caught(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    slow = function(aws, "import time\ndef handler(event, context): time.sleep(2); raise ValueError()")
    work = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": slow},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": True}  # fmt: skip
    arn = machine(aws, {"StartAt": "Work", "States": {"Work": work, "Caught": {"Type": "Pass", "End": True}}})
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    time.sleep(0.3)
    states.stop_execution(executionArn=execution)
    time.sleep(3.5)
    events = states.get_execution_history(executionArn=execution)["events"]
    assert states.describe_execution(executionArn=execution)["status"] == "ABORTED"
    assert events[-1]["type"] == "ExecutionAborted"


def test_a_redrive_goes_on_at_the_failed_state_with_its_input_and_variables(aws: EmbeddedAws, tmp_path: Path) -> None:
    flag = tmp_path / "mended"
    code = f"""
from pathlib import Path
class NotMended(Exception): pass
def handler(event, context):
    if not Path("{flag}").exists():
        raise NotMended("Mend it first.")
    return event
"""
    definition = {
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Assign": {"kept": "{% $states.context.Execution.RedriveCount %}"},
                      "Output": {"from": "Begin"}, "Next": "Work"},
            "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                     "Arguments": {"FunctionName": function(aws, code),
                                   "Payload": {"input": "{% $states.input %}", "kept": "{% $kept %}",
                                               "redrives": "{% $states.context.Execution.RedriveCount %}"}},
                     "Output": "{% $states.result.Payload %}", "End": True},
        },
    }  # fmt: skip
    failed = run(aws, definition)
    assert (failed["error"], failed["redriveStatus"], "output" in failed) == ("NotMended", "REDRIVABLE", False)
    flag.touch()
    states = aws.client("stepfunctions")
    states.redrive_execution(executionArn=failed["executionArn"])
    ended = wait(aws, failed["executionArn"])
    assert json.loads(ended["output"]) == {"input": {"from": "Begin"}, "kept": 0, "redrives": 1}
    assert ended["redriveCount"] == 1
    types = [event["type"] for event in states.get_execution_history(executionArn=ended["executionArn"])["events"]]
    assert types.count("PassStateEntered") == 1
    assert "ExecutionRedriven" in types


def test_a_redrive_of_an_execution_that_reached_fail_fails_again(aws: EmbeddedAws) -> None:
    fail = {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "GateFailed", "Cause": "No rows"}}}
    failed = run(aws, fail)
    aws.client("stepfunctions").redrive_execution(executionArn=failed["executionArn"])
    again = wait(aws, failed["executionArn"])
    assert (again["status"], again["error"], again["redriveCount"]) == ("FAILED", "GateFailed", 1)


def test_what_succeeded_cannot_be_redriven(aws: EmbeddedAws) -> None:
    done = run(aws, {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        aws.client("stepfunctions").redrive_execution(executionArn=done["executionArn"])


def test_the_context_knows_the_role(aws: EmbeddedAws) -> None:
    role_arn = role(aws, "states.amazonaws.com", EVERYTHING)
    tell = {"Type": "Pass", "Output": "{% $states.context.Execution.RoleArn %}", "End": True}
    assert json.loads(run(aws, {"StartAt": "Tell", "States": {"Tell": tell}}, role_arn=role_arn)["output"]) == role_arn
