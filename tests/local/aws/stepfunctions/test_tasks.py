"""Tasks of Step Functions, asked directly: how long they wait, what they take, and when a fault comes."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import dynamodb, sns
from ministack.services import stepfunctions as sfn

from local.aws.stepfunctions import athena_tasks, executions, task_errors, task_faults
from local.aws.stepfunctions.executions import Ended
from tests.ops.test_waits import Clock


def test_a_query_is_looked_at_less_and_less_often_until_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, states = Clock(), iter(["QUEUED"] * 6 + ["SUCCEEDED"])
    monkeypatch.setattr(athena_tasks, "time", clock)
    monkeypatch.setattr(athena_tasks, "_call", lambda *_: {"QueryExecution": {"Status": {"State": next(states)}}})
    athena_tasks._wait("q")
    assert clock.pauses == [0.02, 0.04, 0.08, 0.16, 0.3, 0.3]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_query_that_gave_nothing_fails_its_task(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(athena_tasks, "_call", lambda *_: {"QueryExecution": {"Status": {"State": state}}})
    token = executions._execution.set({"status": "TIMED_OUT"})  # or it would wait without an end
    with pytest.raises(sfn._ExecutionError) as failed:
        athena_tasks._wait("q")
    executions._execution.reset(token)
    assert (failed.value.error, state in failed.value.cause) == ("States.TaskFailed", True)


def test_a_query_of_an_execution_that_ended_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def call(action: str, _: Any) -> Any:
        asked.append(action)
        return {"QueryExecution": {"Status": {"State": "RUNNING"}}}

    monkeypatch.setattr(athena_tasks, "_call", call)
    token = executions._execution.set({"status": "TIMED_OUT"})
    with pytest.raises(Ended):
        athena_tasks._wait("q")
    executions._execution.reset(token)
    assert asked == ["getQueryExecution", "stopQueryExecution"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"Message": "x" * 262_144}, "sent"), ({"Message": "x" * 262_145}, "Message too long"),
        ({"Message": "ä" * 131_073}, "Message too long"), ({"Message": ""}, "Empty message"),
        ({"Subject": "x" * 99}, "sent"), ({"Subject": "x" * 100}, "Subject"), ({"Subject": ""}, "Subject"),
        ({"MessageStructure": "json", "Message": '{"default": "x"}'}, "sent"),
        ({"MessageStructure": "json", "Message": '{"email": "x"}'}, "No default entry"),
        ({"MessageStructure": "json", "Message": "["}, "No default entry"),
    ],
    ids=[
        "longest", "too long", "too many bytes", "empty", "subject", "its bound", "no subject", "json", "no default",
        "no json",
    ],
)  # fmt: skip
def test_a_message_is_published_within_its_bounds(given: dict[str, str], said: str) -> None:
    answer = task_errors._publish(lambda _: "sent", {"TopicArn": "t", "Message": "x", **given})
    assert said in (answer if answer == "sent" else answer[2].decode())


@pytest.mark.parametrize(
    ("rule", "fired"),
    [
        ({}, [1, 2, 3, 4]), ({"nth": [2, 4]}, [2, 4]), ({"probability": 1}, [1, 2, 3, 4]), ({"probability": 0}, []),
        ({"state": "X*"}, []), ({"resource": "*:b"}, [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_a_fault_fires_on_the_calls_that_it_names(rule: dict[str, Any], fired: list[int]) -> None:
    given = task_faults._Plan(0, json.dumps({"rules": [rule]}))
    given.random = SimpleNamespace(random=lambda: 0.999 * rule.get("probability", 1))  # type: ignore[assignment]
    assert [call for call in range(1, 5) if given.chosen("S", "a:b") is not None] == fired


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        ({"delay_s": 2}, ["wait 2", "call"]), ({"error": "E"}, ["wait 0", "E"]),
        ({"error": "E", "after": True}, ["wait 0", "call", "E"]),
        ({"kill_after_s": 3}, ["wait 0", "kill f in 3", "call"]),
    ],
    ids=["a delay", "no call", "a lost answer", "a kill"],
)  # fmt: skip
def test_a_fault_comes_before_the_call_or_after_it(
    monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any], steps: list[str]
) -> None:
    done: list[str] = []

    def timer(seconds: float, _call: object, named: list[str]) -> Any:
        return SimpleNamespace(start=lambda: done.append(f"kill {named[0]} in {seconds}"))

    monkeypatch.setattr(task_faults, "_rule", lambda *_: rule)
    monkeypatch.setattr(task_faults, "_note", lambda *_: None)
    monkeypatch.setattr(task_faults, "time", SimpleNamespace(sleep=lambda seconds: done.append(f"wait {seconds}")))
    monkeypatch.setattr(task_faults, "threading", SimpleNamespace(Timer=timer))
    try:
        task_faults._invoke(lambda *_: done.append("call"), "r", {"FunctionName": "f"})
    except sfn._ExecutionError as error:
        done.append(error.error)
    assert done == steps


@pytest.mark.parametrize(("status", "fails"), [(399, False), (400, True), (500, True)])
def test_a_task_fails_with_its_service(monkeypatch: pytest.MonkeyPatch, status: int, fails: bool) -> None:
    told = b'{"__type": "x#ResourceNotFoundException", "message": "m"}'
    monkeypatch.setattr(dynamodb, "_get_item", lambda _: (status, {}, told))
    monkeypatch.setattr(sns, "_publish", lambda _: (status, {}, b"<Code>NotFound</Code><MessageId>1</MessageId>"))
    for run, resource, given, name in (
        (task_errors.run_dynamodb, "a:getItem", {"TableName": "t", "Key": {}}, "DynamoDB.ResourceNotFoundException"),
        (task_errors.run_sns, "a:publish", {"Message": {}}, "SNS.NotFoundException"),
    ):
        if fails:
            with pytest.raises(sfn._ExecutionError) as failed:
                run(resource, given)
            assert failed.value.error == name
        else:
            assert run(resource, given)


@pytest.mark.parametrize(
    ("name", "in_use", "waited"), [("f", True, 0), ("f", False, 10), ("g", True, 10)], ids=["it", "idle", "another"]
)
def test_a_worker_that_runs_the_function_is_killed_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch, name: str, in_use: bool, waited: float
) -> None:
    clock, killed = Clock(), []
    process = SimpleNamespace(kill=lambda: killed.append(1))
    worker = SimpleNamespace(func_name=name, in_use=in_use, _proc=process)
    monkeypatch.setattr(task_faults, "time", clock)
    monkeypatch.setattr(lambda_runtime, "_workers", {"f": [worker]})
    task_faults._kill("arn:aws:lambda:us-east-1:1:function:f:live")
    assert clock.now == pytest.approx(waited, abs=0.02)
    assert len(killed) == (0 if waited else 1)
