"""Definitions that would pass in ministack and fail on AWS fail here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from jsonata.jsonata import Jsonata  # type: ignore[import-untyped]  # it ships no types
from jsonata.parser import Parser  # type: ignore[import-untyped]  # it ships no types
from jsonata.timebox import Timebox  # type: ignore[import-untyped]  # it ships no types
from ministack.services import stepfunctions as sfn

from local.aws import patching
from local.aws.stepfunctions import expressions, retries
from local.aws.stepfunctions.expressions import NotEvaluated, Scope
from tests.local.cloud import function, machine, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


def test_assign_sets_all_variables_at_once_from_the_old_values(aws: EmbeddedAws) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Swap"},
        "Swap": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": {"a": "{% $a %}", "b": "{% $b %}"}, "End": True},
    }
    assert json.loads(run(aws, {"StartAt": "Set", "States": states})["output"]) == {"a": 2, "b": 1}


def test_a_condition_that_is_no_boolean_fails_the_execution(aws: EmbeddedAws) -> None:
    states = {
        "Judge": {"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "Done"}], "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }
    ended = run(aws, {"StartAt": "Judge", "States": states})
    assert ended["error"] == "States.QueryEvaluationError"
    assert "Expected 'boolean', but was 'string'" in ended["cause"]


def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the patches twice; they are put back in the end."""
    for owner, name in ((Timebox, "__init__"), (Parser, "parse"), (sfn, "_sfn_jsonata_range")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    patching.install(expressions)
    patching.install(expressions)


def test_an_expression_is_parsed_once_and_each_evaluation_has_its_own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch)
    names = "{% ($states.input.names[$ != 'b'] ~> $map(function($each) { $replace($each, /a/, $x) })) %}"
    before = expressions._tree.cache_info().misses
    seen = [
        Scope({"names": names_of}, {"variables": {"x": x}}).value(names, "Output")
        for names_of, x in ((["a", "b", "ca"], "1"), (["aa", "d"], "2"), (["a", "b", "ca"], "3"))
    ]
    assert seen == [["1", "c1"], ["22", "d"], ["3", "c3"]]
    assert expressions._tree.cache_info().misses == before + 1
    for _ in range(2):
        with pytest.raises(NotEvaluated, match="S0"):
            Scope({}, {}).value("{% $states. %}", "Output")


def test_an_expression_has_the_time_that_a_busy_machine_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch)
    frame = Jsonata.Frame(None)
    assert (Timebox(frame, 1000).timeout, Timebox(frame).timeout) == (20_000, None)


def test_succeed_puts_out_its_output(aws: EmbeddedAws) -> None:
    done = {"Type": "Succeed", "Output": {"seen": "{% $states.input.x %}"}}
    assert json.loads(run(aws, {"StartAt": "Done", "States": {"Done": done}}, {"x": 5})["output"]) == {"seen": 5}


@pytest.mark.parametrize(
    ("tries", "expected"),
    [pytest.param(0, 2, id="first"), pytest.param(1, 6, id="grown"), pytest.param(5, 20, id="longest")],
)
def test_a_retry_waits_no_longer_than_its_longest_delay(tries: int, expected: int) -> None:
    retrier = {"ErrorEquals": ["X"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 20}
    assert retries.delay(retrier, tries) == expected


def test_full_jitter_waits_between_nothing_and_the_delay() -> None:
    retrier = {"ErrorEquals": ["X"], "IntervalSeconds": 10, "JitterStrategy": "FULL"}
    delays = [retries.delay(retrier, 0) for _ in range(200)]
    assert 0 <= min(delays) < 3 < 7 < max(delays) <= 10


def test_a_task_s_result_over_256_kib_is_caught_and_a_state_s_is_not(aws: EmbeddedAws) -> None:
    long = function(aws, "def handler(event, context): return 'x' * 262_200")
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    definition = task("lambda:invoke", {"FunctionName": long, "Payload": {}}, Catch=caught)
    definition["States"]["Caught"] = {"Type": "Succeed"}
    assert json.loads(run(aws, definition)["output"])["Error"] == "States.DataLimitExceeded"
    long_pass = {"Type": "Pass", "Output": "{% $pad('', 262200, 'x') %}", "End": True}
    ended = run(aws, {"StartAt": "Long", "States": {"Long": long_pass}})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param({"name": "daily-2026-11-23T06:00:00Z"}, "InvalidName", id="a colon in the name"),
        pytest.param({"name": "x" * 81}, "InvalidName", id="a long name"),
        pytest.param({"input": "{"}, "InvalidExecutionInput", id="no JSON"),
        pytest.param({"input": json.dumps("x" * 262_144)}, "InvalidExecutionInput", id="a long input"),
    ],
)
def test_a_start_that_aws_would_refuse_is_refused(aws: EmbeddedAws, request_: dict[str, Any], error: str) -> None:
    arn = machine(aws, {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    with pytest.raises(ClientError, match=error):
        aws.client("stepfunctions").start_execution(stateMachineArn=arn, **request_)


def test_the_same_start_twice_is_one_execution(aws: EmbeddedAws) -> None:
    arn = machine(aws, {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 50, "End": True}}})
    states = aws.client("stepfunctions")
    first, second = (states.start_execution(stateMachineArn=arn, name="once", input='{"a":1}') for _ in range(2))
    assert first["executionArn"] == second["executionArn"]
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=arn, name="once", input='{"a":2}')
