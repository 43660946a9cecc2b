"""Limits, waits and orders of Step Functions, asked directly: no server, and a clock that only waits move."""

from __future__ import annotations

import json
import threading
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import stepfunctions as sfn

from local.aws.patching import having
from local.aws.stepfunctions import (
    executions,
    history,
    redrive,
    retries,
    starts,
)
from local.aws.stepfunctions.executions import Ended
from local.aws.stepfunctions.history import Line
from local.aws.stepfunctions.interpreter import Interpreter
from tests.ops.test_waits import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
FULL = "x" * (256 * 1024 - 2)
"""A text that is as long, in quotes, as an input or an output may be."""


class Walk(Interpreter):
    """An execution whose tasks are answered by a function; its waits and its events are noted."""

    calls: Callable[[Any], Any]
    waits: list[float]

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def call(self, resource: str, arguments: Any, seconds: float | None) -> Any:
        return self.calls(arguments)


def _walk(state: dict[str, Any], data: Any = None, calls: Callable[[Any], Any] = lambda given: given) -> Any:
    """Return a state's output, the waits, and how often each event was told."""
    execution: dict[str, Any] = {"status": "RUNNING", "events": [], "executionArn": "e"}
    walk = type("OneWalk", (Walk,), {"calls": staticmethod(calls), "waits": []})(
        {"QueryLanguage": "JSONata"}, Line(execution)
    )
    output = walk.walk({"States": {"S": {"End": True, **state}}}, "S", data)
    return output, walk.waits, Counter(event["type"] for event in execution["events"])


TASK = {"Type": "Task", "Resource": "arn:aws:states:::a:b"}


@pytest.mark.parametrize(
    ("state", "data", "answer"),
    [
        pytest.param({"Type": "Pass"}, FULL, None, id="an output"),
        pytest.param(TASK | {"Output": 1}, FULL, 1, id="arguments"),
        pytest.param(TASK | {"Output": 1}, 1, FULL, id="a result"),
    ],
)
def test_a_state_hands_on_256_kibibytes_and_no_byte_more(state: dict[str, Any], data: Any, answer: Any) -> None:
    _walk(state, data, lambda _: answer)
    larger = (f"{data}x", answer) if data == FULL else (data, f"{answer}x")
    with pytest.raises(sfn._ExecutionError) as failed:
        _walk(state, larger[0], lambda _: larger[1])
    assert failed.value.error == "States.DataLimitExceeded"


@pytest.mark.parametrize(
    ("seconds", "waits"), [(0, [0]), (7, [7]), (-1, "negative"), (0.5, "integer")], ids=["none", "some", "less", "part"]
)
def test_a_wait_takes_whole_seconds_from_none_on(seconds: float, waits: Any) -> None:
    if isinstance(waits, list):
        assert _walk({"Type": "Wait", "Seconds": seconds})[1] == waits
    else:
        with pytest.raises(sfn._ExecutionError) as failed:
            _walk({"Type": "Wait", "Seconds": seconds})
        assert waits in failed.value.cause


def test_a_task_is_tried_again_as_often_as_its_retrier_says() -> None:
    failures: list[int] = []

    def fails(_: Any) -> None:
        failures.append(1)
        raise sfn._ExecutionError("E", "why")

    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 2, "IntervalSeconds": 3}]
    output, waits, told = _walk(TASK | {"Retry": retry, "Catch": [{"ErrorEquals": ["E"], "Next": None}]}, 1, fails)
    assert (len(failures), waits, told["TaskFailed"], output["Error"]) == (3, [3, 6], 3, "E")


@pytest.mark.parametrize(
    ("retrier", "tries", "seconds"),
    [
        ({}, 0, 1), ({}, 3, 8), ({"IntervalSeconds": 5, "BackoffRate": 1}, 9, 5), ({"BackoffRate": 3}, 2, 9),
        ({"MaxDelaySeconds": 7}, 2, 4), ({"MaxDelaySeconds": 7}, 3, 7), ({}, 60, 31_622_400),
    ],
)  # fmt: skip
def test_a_retrier_waits_longer_each_time_up_to_its_bound(retrier: dict[str, Any], tries: int, seconds: float) -> None:
    assert retries.delay(retrier, tries) == seconds
    spread = [retries.delay({**retrier, "JitterStrategy": "FULL"}, tries) for _ in range(20)]
    assert len(set(spread)) > 1
    assert 0 <= min(spread) <= max(spread) <= seconds


@pytest.mark.parametrize(("retrier", "tries"), [({}, 3), ({"MaxAttempts": 0}, 0), ({"MaxAttempts": 5}, 5)])
def test_a_retrier_is_used_up_by_its_last_attempt(retrier: dict[str, Any], tries: int) -> None:
    assert retries.used_up(retrier, tries)
    assert not retries.used_up(retrier, tries - 1)


def test_a_map_runs_as_many_items_at_once_as_it_may_and_each_begins_once() -> None:
    """Two meet each time: were fewer at once, the barrier would break; were there more, they would be counted."""
    pair, lock, running, most = threading.Barrier(2), threading.Lock(), [0], [0]

    def meets(given: Any) -> Any:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        pair.wait(10)
        with lock:
            running[0] -= 1
        return given

    inner = {"StartAt": "T", "States": {"T": TASK | {"End": True}}}
    items = {"Type": "Map", "MaxConcurrency": 2, "Items": [1, 2, 3, 4, 5, 6], "ItemProcessor": inner}
    output, _, told = _walk(items, None, meets)
    assert (output, most) == ([1, 2, 3, 4, 5, 6], [2])
    assert (told["MapIterationStarted"], told["MapIterationSucceeded"]) == (6, 6)
    assert _walk(items | {"Items": []})[0] == []
    assert _walk(items | {"MaxConcurrency": 0, "Items": [1, 2]}, None, meets)[0] == [1, 2]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "n"}, ""), ({"name": "n" * 80}, ""), ({}, ""), ({"name": ""}, "InvalidName"),
        ({"name": "n" * 81}, "InvalidName"), ({"name": "a b"}, "InvalidName"),
        ({"input": json.dumps(FULL)}, ""), ({"input": json.dumps(f"{FULL}x")}, "InvalidExecutionInput"),
        ({"input": "{"}, "InvalidExecutionInput"),
    ],
    ids=["short", "longest name", "no name", "empty", "too long", "a blank", "longest input", "too large", "no JSON"],
)  # fmt: skip
def test_an_execution_is_started_with_a_name_and_an_input_within_bounds(given: dict[str, Any], refusal: str) -> None:
    answer = starts._start(lambda _: "started", {"stateMachineArn": MACHINE, **given})
    assert (answer if answer == "started" else json.loads(answer[2])["__type"]) == (refusal or "started")


@pytest.mark.parametrize(
    ("status", "text", "again"),
    [("RUNNING", "{}", True), ("SUCCEEDED", "{}", False), ("RUNNING", "[]", False)],
    ids=["running", "ended", "another input"],
)
def test_a_repeated_start_is_the_running_execution(
    monkeypatch: pytest.MonkeyPatch, status: str, text: str, again: bool
) -> None:
    arn = MACHINE.replace("stateMachine", "execution").replace("123456789012", sfn.get_account_id()) + ":n"
    there = {arn: {"status": status, "input": "{}", "startDate": 1}}
    monkeypatch.setattr(sfn, "_state_machines", {MACHINE: {"name": "m"}})
    monkeypatch.setattr(sfn, "_executions", there)
    answer = starts._start(lambda _: "started", {"stateMachineArn": MACHINE, "name": "n", "input": text})
    assert (answer != "started") is again


@pytest.mark.parametrize(
    ("held", "kind", "taken"),
    [(24_998, "PassStateEntered", True), (24_999, "PassStateEntered", False), (24_999, "ExecutionFailed", True)],
)
def test_a_history_has_25_000_events_the_last_being_the_end(held: int, kind: str, taken: bool) -> None:
    execution = {"status": "RUNNING", "events": [None] * held}
    if taken:
        assert executions._add(lambda *_: {}, execution, kind) == {"previousEventId": 0}
    else:
        with pytest.raises(sfn._ExecutionError, match="maximum number of history events"):
            executions._add(lambda *_: {}, execution, kind)


def test_nothing_but_its_end_is_told_of_an_execution_that_ended() -> None:
    execution = {"status": "ABORTED", "events": []}
    with pytest.raises(Ended):
        executions._add(lambda *_: {}, execution, "PassStateExited")
    assert executions._add(lambda *_: {"id": 1}, execution, "ExecutionAborted")["id"] == 1


def test_a_sleep_ends_on_time_and_soon_after_its_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, execution = Clock(), {"status": "RUNNING"}
    monkeypatch.setattr(executions, "time", clock)
    token = executions._execution.set(execution)
    with having((executions._scale, 0.5)):
        executions._sleep(lambda _: None, 0.25)
        assert clock.pauses == pytest.approx([0.05, 0.05, 0.025])
        execution["status"] = "ABORTED"
        with pytest.raises(Ended):
            executions._sleep(lambda _: None, 100)
    executions._execution.reset(token)
    assert len(clock.pauses) == 3


@pytest.mark.parametrize(("attempt", "status"), [(1, "TIMED_OUT"), (0, "FAILED")], ids=["this attempt", "the last one"])
def test_a_time_out_ends_only_the_attempt_that_it_is_of_and_an_execution_ends_once(
    monkeypatch: pytest.MonkeyPatch, attempt: int, status: str
) -> None:
    monkeypatch.setattr(history, "append", lambda *_: 1)
    monkeypatch.setattr(sfn, "_emit_execution_status_event", lambda _: None)
    execution = {"status": "RUNNING", "redriveCount": 1}
    executions._time_out(execution, attempt)
    executions.close(execution, "FAILED", 0)
    assert execution["status"] == status


@pytest.mark.parametrize("fails", [True, False], ids=["fails", "does not"])
def test_no_item_of_a_map_begins_after_another_one_failed(fails: bool) -> None:
    called: list[int] = []

    def work(item: int) -> None:
        called.append(item)
        if fails:
            raise sfn._ExecutionError("E", "why")

    inner = {"StartAt": "T", "States": {"T": TASK | {"End": True}}}
    items = {"Type": "Map", "MaxConcurrency": 1, "Items": [1, 2, 3], "ItemProcessor": inner}
    caught = _walk(items | {"Catch": [{"ErrorEquals": ["E"]}]}, None, work)[0]
    assert (called, "Error" in caught) == (([1], True) if fails else ([1, 2, 3], False))


def test_a_choice_without_a_rule_that_holds_needs_a_default() -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": False, "Next": None}]}
    with pytest.raises(sfn._ExecutionError) as failed:
        _walk(choice)
    assert failed.value.error == "States.NoChoiceMatched"
    assert _walk(choice | {"Default": None}, 7)[0] == 7


@pytest.mark.parametrize("status", ["FAILED", "SUCCEEDED", "RUNNING"])
def test_a_failed_execution_is_redriven_and_counted(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    execution = {"executionArn": "e", "status": status, "redriveCount": 1, "events": [{"id": 1}], "error": "E"}
    monkeypatch.setattr(sfn, "_executions", {"e": execution})
    monkeypatch.setattr(sfn, "_emit_execution_status_event", lambda _: None)
    started: list[bool] = []
    monkeypatch.setattr(
        redrive,
        "threading",
        SimpleNamespace(Thread=lambda daemon, **_: SimpleNamespace(start=lambda: started.append(daemon))),
    )
    answer = redrive._redrive({"executionArn": "e"})
    if status == "FAILED":
        assert (answer[0], execution["redriveCount"], execution["status"], started) == (200, 2, "RUNNING", [True])
        assert "error" not in execution
    else:
        assert (answer[0], execution["redriveCount"], started) == (400, 1, [])


@pytest.mark.parametrize(("seconds", "given"), [(7, 7), (None, 99_999_999)], ids=["its own", "that of AWS"])
def test_a_task_has_a_time_out(monkeypatch: pytest.MonkeyPatch, seconds: float | None, given: float) -> None:
    monkeypatch.setattr(sfn, "_invoke_resource_with_timeout", lambda *called: called)
    assert Interpreter({}, Line({})).call("r", 1, seconds) == ("r", 1, given)
