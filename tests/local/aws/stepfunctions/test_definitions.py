"""Definitions are refused with each problem and its place, as AWS does; asked directly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.aws.stepfunctions import definitions, history
from local.aws.stepfunctions.definitions import problems
from local.aws.stepfunctions.history import task_names

END: dict[str, Any] = {"Type": "Pass", "End": True}


def _machine(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": state}, **more}


@pytest.mark.parametrize(
    ("machine", "found"),
    [
        pytest.param(_machine(END), [], id="nothing"),
        pytest.param([], ["SCHEMA_VALIDATION_FAILED /"], id="no object"),
        pytest.param({}, ["SCHEMA_VALIDATION_FAILED /"], id="no states"),
        pytest.param(_machine(END, StartAt="X"), ["MISSING_TRANSITION_TARGET /StartAt"], id="no such start"),
        pytest.param(_machine(END | {"Type": "Walk"}), ["SCHEMA_VALIDATION_FAILED /States/S/Type"], id="no such type"),
        pytest.param(_machine({"Type": "Choice"}), ["SCHEMA_VALIDATION_FAILED /States/S"], id="no choices"),
        pytest.param(_machine(END | {"Next": "X"}), ["MISSING_TRANSITION_TARGET /States/S/Next"], id="no such next"),
        pytest.param(
            _machine({"Type": "Choice", "Choices": [{"Next": "S"}, {"Next": "X"}], "Default": "Y"}),
            ["MISSING_TRANSITION_TARGET /States/S/Default", "MISSING_TRANSITION_TARGET /States/S/Choices[1]/Next"],
            id="no such choices",
        ),
        pytest.param(
            _machine(END | {"Catch": [{"Next": "X"}]}),
            ["MISSING_TRANSITION_TARGET /States/S/Catch[0]/Next"], id="catch"
        ),
        pytest.param(
            _machine(END | {"QueryLanguage": "JSONPath"}, QueryLanguage="JSONata"),
            ["SCHEMA_VALIDATION_FAILED /States/S"], id="another language",
        ),
        pytest.param(_machine(END | {"QueryLanguage": "JSONata"}), [], id="a language of its own"),
        pytest.param(
            _machine({"Type": "Wait", "Timestamp": "now"}), ["SCHEMA_VALIDATION_FAILED /States/S/Timestamp"], id="time",
        ),
        pytest.param(_machine({"Type": "Wait", "Timestamp": "2026-11-23T06:00:00Z"}), [], id="an instant"),
        pytest.param(
            _machine({"Type": "Task", "Resource": "x"}),
            ["SCHEMA_VALIDATION_FAILED /States/S/Resource"], id="a resource"
        ),
        pytest.param(
            _machine({"Type": "Map", "ItemProcessor": _machine(END, StartAt="X")}),
            ["MISSING_TRANSITION_TARGET /States/S/ItemProcessor/StartAt"], id="in a map",
        ),
        pytest.param(
            _machine({"Type": "Parallel", "Branches": [_machine(END), _machine(END, StartAt="X")]}),
            ["MISSING_TRANSITION_TARGET /States/S/Branches[1]/StartAt"], id="in a branch",
        ),
    ],
)  # fmt: skip
def test_a_definition_is_refused_with_each_problem_and_its_place(machine: Any, found: list[str]) -> None:
    assert [f"{each.code} {each.location}" for each in problems(json.dumps(machine))] == found


def test_a_definition_that_is_no_json_is_refused() -> None:
    assert [each.code for each in problems("{")] == ["INVALID_JSON_DESCRIPTION"]
    assert definitions._keep(lambda _: "kept", {"definition": "{"})[0] == 400
    assert definitions._keep(lambda _: "kept", {"definition": json.dumps(_machine(END))}) == "kept"
    assert definitions._keep(lambda _: "kept", {}) == "kept"


@pytest.mark.parametrize(
    ("resource", "taken"),
    [
        ("arn:aws:states:::lambda:invoke", True), ("arn:aws:states:::lambda:run", False),
        ("arn:aws:states:::athena:startQueryExecution.sync", True),
        ("arn:aws:states:::states:startExecution.sync:2", True),
        ("arn:aws:states:::aws-sdk:glue:startCrawler", True), ("arn:aws:states:us-east-1:1:activity:a", True),
        ("arn:aws:states:::unknown:call", True), ("arn:aws:lambda:us-east-1:1:function:f", True), ("${Function}", True),
        ("function", False),
    ],
)  # fmt: skip
def test_a_resource_is_one_that_aws_knows(resource: str, taken: bool) -> None:
    assert definitions._is_resource(resource) is taken


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ("arn:aws:states:::aws-sdk:glue:startCrawler", ("startCrawler", "aws-sdk:glue")),
        ("arn:aws:states:::states:startExecution.sync:2", ("startExecution.sync:2", "states")),
        ("arn:aws:lambda:us-east-1:1:function:f", ("arn:aws:lambda:us-east-1:1:function:f", "lambda")),
    ],
    ids=["a call", "a version", "a function"],
)
def test_an_event_shows_a_resource_by_two_names(resource: str, names: tuple[str, str]) -> None:
    assert (task_names(resource)["resource"], task_names(resource)["resourceType"]) == names


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("PassStateEntered", "stateEnteredEventDetails"), ("StateExited", "stateExitedEventDetails"),
        ("TaskFailed", "taskFailedEventDetails"),
    ],
)  # fmt: skip
def test_the_details_of_an_event_have_a_name(kind: str, field: str) -> None:
    assert history._field(kind) == field
