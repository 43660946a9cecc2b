"""Validate definitions of state machines as AWS does; ValidateStateMachineDefinition lists the problems.

Codes and messages are those of LocalStack's snapshot tests, recorded on AWS: test_create_delete_invalid_sm
(2023-08-04), test_validate_state_machine_definition_* (2025-10-19), test_invalid_integration (2025-11-06), and for a
Wait's Timestamp test_wait_timestamp_invalid (2024-12-27). A transition to a state that is not there is refused by
documents only: https://states-language.net/spec.html#transition. JSONata's syntax is checked by ministack.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions as sfn

from local.aws.patching import answered, refused, wrap
from local.aws.stepfunctions.expressions import is_expression
from local.aws.stepfunctions.interpreter import is_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
REQUIRED = {
    "Task": ("Resource",), "Choice": ("Choices",), "Parallel": ("Branches",), "Map": (), "Wait": (), "Pass": (),
}  # fmt: skip
# Optimized integrations by service, from https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html.
OPTIMIZED = {
    "lambda": ("invoke",),
    "dynamodb": ("getItem", "putItem", "updateItem", "deleteItem"),
    "sns": ("publish",),
    "sqs": ("sendMessage",),
    "events": ("putEvents",),
    "states": ("startExecution",),
    "athena": ("startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"),
    "glue": ("startJobRun",),
}
NOT_RECOGNIZED = (
    "The resource provided {} is not recognized. The value is not a valid resource ARN, or the resource is not "
    "available in this region."
)


@dataclass(frozen=True)
class Problem:
    """A reason why AWS refuses a definition: a code, a sentence, and the place as a path."""

    code: str
    message: str
    location: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"


def problems(definition: str) -> list[Problem]:
    """Return the reasons why AWS refuses a definition."""
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [Problem("INVALID_JSON_DESCRIPTION", str(error), "/")]
    if not isinstance(machine, dict):
        return [Problem("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", "/")]
    found = list(_in_machine(machine, "", machine.get("QueryLanguage", "JSONPath")))
    if not found and (said := sfn._validate_definition_jsonata(definition)):
        code, _, message = said.partition(": ")
        found = [Problem(code, message, "/")]
    return found


def _in_machine(machine: dict[str, Any], place: str, language: str) -> Iterator[Problem]:
    """Return the problems of a machine, or of the machine inside a Map or a branch of a Parallel."""
    if missing := [field for field in ("States", "StartAt") if field not in machine]:
        yield _schema(f"These fields are required: [{', '.join(missing)}]", place or "/")
        return
    states = machine["States"]
    if machine["StartAt"] not in states:
        yield _missing("StartAt", machine["StartAt"], place)
    for name, state in states.items():
        yield from _in_state(state, f"{place}/States/{name}", language)
        yield from _ways(state, states, f"{place}/States/{name}")


def _in_state(state: dict[str, Any], place: str, language: str) -> Iterator[Problem]:
    """Return the problems of one state by itself."""
    if state.get("Type") not in TYPES:
        yield _schema(f"The field 'Type' should have one of these values: [{', '.join(TYPES)}]", f"{place}/Type")
        return
    if missing := [field for field in REQUIRED.get(state["Type"], ()) if field not in state]:
        yield _schema(f"These fields are required: [{', '.join(missing)}]", place)
    if language == "JSONata" and state.get("QueryLanguage") == "JSONPath":
        yield _schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", place)
    if state["Type"] == "Task" and not _is_resource(state.get("Resource", "arn:")):
        yield _schema(NOT_RECOGNIZED.format(state["Resource"]), f"{place}/Resource")
    timestamp = state.get("Timestamp", "{%%}") if state["Type"] == "Wait" else "{%%}"
    if not is_expression(timestamp) and not is_instant(timestamp):
        yield _schema("String does not match RFC3339 timestamp", f"{place}/Timestamp")
    for field in ("ItemProcessor", "Iterator"):
        if field in state:
            yield from _in_machine(state[field], f"{place}/{field}", language)
    for index, branch in enumerate(state.get("Branches", [])):
        yield from _in_machine(branch, f"{place}/Branches[{index}]", language)


def _is_resource(resource: str) -> bool:
    """Return whether a task's resource is an SDK integration, a known optimized one, a function or an activity."""
    named = re.fullmatch(r"arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:([\w-]+):([\w.]+)(:\d)?", resource)
    if named is None or named[1] in {"aws-sdk", "activity"}:
        return resource.startswith(("arn:", "${"))
    action = named[2].split(".")[0]
    return named[1] not in OPTIMIZED or action in OPTIMIZED[named[1]]


def _ways(state: dict[str, Any], states: dict[str, Any], place: str) -> Iterator[Problem]:
    """Return each transition that leads to no state."""
    ways = [(place, state)]
    for several in ("Choices", "Catch"):
        ways += [(f"{place}/{several}[{index}]", way) for index, way in enumerate(state.get(several, []))]
    for where, way in ways:
        for field in ("Next", "Default"):
            if field in way and way[field] not in states:
                yield _missing(field, way[field], where)


def _missing(field: str, target: str, place: str) -> Problem:
    return Problem("MISSING_TRANSITION_TARGET", f"Missing '{field}' target: {target}", f"{place}/{field}")


def _schema(message: str, place: str) -> Problem:
    return Problem("SCHEMA_VALIDATION_FAILED", message, place)


@wrap(sfn, "_create_state_machine")
@wrap(sfn, "_update_state_machine")
def _keep(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    found = problems(data["definition"]) if "definition" in data else []
    if found:
        told = ", ".join(str(problem) for problem in found)
        return refused("InvalidDefinition", f"Invalid State Machine Definition: '{told}'")
    return original(data)


@wrap(sfn, "_validate_state_machine_definition")
def _validate(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    found = [
        {"severity": "ERROR", "code": each.code, "message": each.message, "location": each.location}
        for each in problems(data["definition"])
    ]
    return answered({"result": "FAIL" if found else "OK", "diagnostics": found, "truncated": False})


@wrap(sfn, "_delete_state_machine")
def _delete(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Delete a state machine; one that does not exist is deleted already."""
    return original(data) if data["stateMachineArn"] in sfn._state_machines else answered({})
