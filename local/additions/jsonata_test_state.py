"""TestState for JSONata states, as AWS answers it; ministack's knows JSONPath only.

`Arguments`, `Output`, `Assign`, `Retry` and `Catch` count, `variables` are given and told, a mock is a result or an
error, and `stateConfiguration.retrierRetryCount` says how often the matching Retry was used. A Wait does not wait.
A Map or Parallel needs a mock, as on AWS.
"""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, now_iso
from ministack.services import stepfunctions as sfn

from local.additions.executions import scaled
from local.additions.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

PINS = {
    "ministack.services.stepfunctions:_test_state": "(data)",
    "ministack.services.stepfunctions:_apply_jsonata_arguments": "(state_def, raw_input, ctx=None)",
    "ministack.services.stepfunctions:_apply_catcher": "(catcher, raw_input, ctx, query_language, error_output)",
    "ministack.services.stepfunctions:_find_matching_catcher": "(catchers, error)",
    "ministack.services.stepfunctions:_next_or_end": "(state_def)",
}

Told = dict[str, Any]


def _test(original: Callable[[Told], Any], data: Told) -> Any:
    """Answer TestState."""
    try:
        definition = json.loads(data["definition"])
        given = json.loads(data.get("input") or "{}")
        variables = json.loads(data.get("variables") or "{}")
        context = json.loads(data.get("context") or "{}")
    except ValueError as error:
        return error_response_json("ValidationException", f"Not JSON: {error}", 400)
    name = data.get("stateName") or definition.get("StartAt") or "TestState"
    state = definition["States"].get(name) if "States" in definition else definition
    if state is None:
        return error_response_json("ValidationException", f"The definition has no state '{name}'", 400)
    language = state.get("QueryLanguage") or definition.get("QueryLanguage", "JSONPath")
    if language != "JSONata":
        return original(data)
    if state["Type"] in {"Map", "Parallel"} and "mock" not in data:
        return error_response_json("ValidationException", f"A {state['Type']} state needs a mock", 400)
    context = _defaults(name) | context | {"QueryLanguage": "JSONata", "variables": variables}
    inspection: Told = {"input": json.dumps(given)}
    told = _answer(state, given, context, data, inspection)
    if data.get("inspectionLevel", "INFO") != "INFO":
        told["inspectionData"] = inspection | {"variables": json.dumps(context["variables"])}
    return json_response(told)


def _defaults(name: str) -> Told:
    """Return the context of a test that gives none."""
    here = f"{get_region()}:{get_account_id()}"
    execution = {"Id": f"arn:aws:states:{here}:execution:test:{uuid.uuid4()}", "Name": "test", "StartTime": now_iso()}
    return {
        "Execution": execution | {"RedriveCount": 0, "Input": {}},
        "StateMachine": {"Id": f"arn:aws:states:{here}:stateMachine:test", "Name": "test"},
        "State": {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0},
    }


def _answer(state: Told, given: Any, context: Told, data: Told, inspection: Told) -> Told:
    """Return the outcome of one state."""
    try:
        output, following = _run(state, given, context, data.get("mock"), inspection)
    except sfn._ExecutionError as error:
        return _failed(state, given, context, error, data, inspection)
    told: Told = {"status": "SUCCEEDED", "output": json.dumps(output)}
    return told | ({"nextState": following} if following else {})


def _run(state: Told, given: Any, context: Told, mock: Told | None, inspection: Told) -> tuple[Any, str | None]:
    """Return the output of a state and the name of the next."""
    kind = state["Type"]
    if kind == "Fail":
        raise sfn._ExecutionError(*sfn._fail_state_error(state, given, context))
    if kind == "Succeed":
        return sfn._apply_output_path(state, given, context), None
    if kind not in {"Task", "Map", "Parallel"}:
        with scaled(0):
            output, following = getattr(sfn, f"_execute_{kind.lower()}")(state, given, context)
        return output, following
    arguments = sfn._apply_jsonata_arguments(state, given, context)
    if "Items" in state:
        inspection["afterItemsPath"] = json.dumps(sfn._jsonata_state_field(state, "Items", "array", given, context))
    inspection["afterArguments"] = json.dumps(arguments)
    result = _mocked(mock) if mock else sfn._invoke_resource(state["Resource"], arguments)
    inspection["result"] = json.dumps(result)
    output = sfn._apply_jsonata_output(state, given, context, result=result, default=result)
    sfn._apply_state_assign(state, given, context, result=result)
    return output, sfn._next_or_end(state)


def _mocked(mock: Told) -> Any:
    """Return the mock's result, or raise its error."""
    if "errorOutput" in mock:
        error = mock["errorOutput"]
        raise sfn._ExecutionError(error.get("error", ""), error.get("cause", ""))
    return json.loads(mock["result"])


def _failed(state: Told, given: Any, context: Told, error: Any, data: Told, inspection: Told) -> Told:
    """Return what becomes of an error: tried again, caught, or the end."""
    told: Told = {"error": error.error, "cause": error.cause}
    used = data.get("stateConfiguration", {}).get("retrierRetryCount", 0)
    retriers, catchers = state.get("Retry", []), state.get("Catch", [])
    retrier, index = sfn._find_matching_retrier(retriers, error.error, dict.fromkeys(range(len(retriers)), used))
    if retrier is not None:
        delay = retrier["IntervalSeconds"]
        inspection["errorDetails"] = {"retryIndex": index, "retryBackoffIntervalSeconds": round(delay)}
        return told | {"status": "RETRIABLE"}
    catcher = sfn._find_matching_catcher(catchers, error.error)
    if catcher is None:
        return told | {"status": "FAILED"}
    inspection["errorDetails"] = {"catchIndex": catchers.index(catcher)}
    output = sfn._apply_catcher(catcher, given, context, "JSONata", {"Error": error.error, "Cause": error.cause})
    return told | {"status": "CAUGHT_ERROR", "output": json.dumps(output), "nextState": catcher["Next"]}


def install() -> None:
    """Answer for JSONata states."""
    wrap(sfn, "_test_state", _test)
