"""The Lambda part replays the calls of an execution, and reports a different result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.lambda_emulator import differences, replayed
from conformance.lambda_emulator.emulator import Emulated
from conformance.lambda_emulator.failures import difference
from conformance.lambda_emulator.recording import Called, calls

ARN = "arn:aws:lambda:us-east-1:123456789012:function:spotify-lake-dev-{}"


def visit(first: int, function: str, event: object, result: object) -> list[dict[str, Any]]:
    """Return the events of a task, as a history has them."""
    given = {"FunctionName": ARN.format(function), "Payload": event}
    return [
        {"id": first, "type": "TaskScheduled", "previousEventId": first - 1,
         "taskScheduledEventDetails": {"parameters": json.dumps(given)}},
        {"id": first + 1, "type": "TaskStarted", "previousEventId": first},
        {"id": first + 2, "type": "TaskSucceeded", "previousEventId": first + 1,
         "taskSucceededEventDetails": {"output": json.dumps({"StatusCode": 200, "Payload": result})}},
    ]  # fmt: skip


class Fake(Emulated):
    """A function that gives one response."""

    def invoke(self, event: bytes) -> bytes:
        return json.dumps(self.config).encode()


def told(function: str, recorded: dict[str, Any], response: dict[str, Any]) -> list[str]:
    return replayed(Fake(function, response, {}), Called(function, ARN.format(function), {}, recorded))


def test_the_last_call_of_each_function_is_recorded() -> None:
    history = [
        *visit(1, "extract", {"slice": 1}, {"status": "MORE"}),
        *visit(4, "extract", {"slice": 2}, {"status": "DONE"}),
        *visit(7, "freeze", {}, {"key": "x"}),
    ]
    found = calls(history)
    assert {name: (call.event, call.result) for name, call in found.items()} == {
        "extract": ({"slice": 2}, {"status": "DONE"}),
        "freeze": ({}, {"key": "x"}),
    }


@pytest.mark.parametrize(
    ("function", "response", "lines"),
    [
        ("freeze", {"key": "x", "already_published": "y"}, []),
        ("sweep", {"key": "x", "already_published": "y"}, ["sweep.already_published: None embedded, y here"]),
        ("freeze", {"key": "z"}, ["freeze.key: x embedded, z here"]),
        ("freeze", {}, ["freeze.key: x embedded, None here"]),
        ("freeze", {"errorType": "Runtime.ExitError", "errorMessage": "no"}, ["freeze: Runtime.ExitError: no"]),
    ],
    ids=["what a repeat changes", "of another function", "another value", "no value", "an error"],
)
def test_a_result_that_differs_is_told(function: str, response: dict[str, Any], lines: list[str]) -> None:
    assert told(function, {"key": "x"}, response) == lines


def test_a_difference_is_named_by_its_place() -> None:
    there, here = (
        {"tables": {"albums": {"sha256": "a"}}, "rows": [1]},
        {"tables": {"albums": {"sha256": "b"}}, "rows": [1]},
    )
    assert list(differences(there, here)) == [".tables.albums.sha256: a embedded, b here"]


ID, OTHER = "0b1c2d3e-0000-4000-8000-000000000001", "0b1c2d3e-0000-4000-8000-000000000002"
LATE = "Task timed out after 3.00 seconds"


def refusal(kind: str, **more: str) -> str:
    """Return the payload of a call that failed."""
    return json.dumps({"errorType": kind, **more})


@pytest.mark.parametrize(
    ("embedded", "emulated", "agrees"),
    [
        (refusal("Refused", requestId=ID), refusal("Refused", requestId=OTHER), True),
        (refusal("Refused"), refusal("Runtime.ExitError"), False),
        ("NaN", "NaN", True),
        (f'"{"x" * 6000}"', f'"{"x" * 6001}"', False),
        (refusal("Sandbox.Timedout", errorMessage=f"RequestId: {ID} Error: {LATE}"), LATE, True),
    ],
    ids=["ids", "another error", "no number", "another length", "a time-out"],
)
def test_two_responses_to_a_failing_call_are_compared(embedded: str, emulated: str, agrees: bool) -> None:
    told = difference({"do": "x"}, lambda _: embedded.encode(), lambda _: emulated.encode())
    assert (told == []) is agrees
