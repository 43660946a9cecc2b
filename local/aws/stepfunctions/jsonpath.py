"""States in JSONPath, by ministack's own functions. The project's definition has none of them."""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions as sfn


def arguments(state: dict[str, Any], data: Any, context: dict[str, Any]) -> tuple[Any, float | None]:
    """Return a task's arguments and its TimeoutSeconds."""
    seconds = state.get("TimeoutSeconds")
    if "TimeoutSecondsPath" in state:
        seconds = sfn._resolve_path_or_ctx(state["TimeoutSecondsPath"], data, context)
    return sfn._apply_parameters(state, sfn._apply_input_path(state, data, context), context), seconds


def items(state: dict[str, Any], data: Any, context: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return each item of a Map with the input of its iteration."""
    effective = sfn._apply_input_path(state, data, context)
    found = sfn._resolve_path_or_ctx(state.get("ItemsPath", "$"), effective, context)
    selector = state.get("ItemSelector") or state.get("Parameters")
    if not selector:
        return [(item, item) for item in found]
    return [
        (item, sfn._resolve_params_obj(selector, effective, {**context, "Map": {"Item": {"Index": at, "Value": item}}}))
        for at, item in enumerate(found)
    ]


def holds(choice: dict[str, Any], rule: dict[str, Any], data: Any, context: dict[str, Any]) -> bool:
    """Return whether a rule of a Choice holds."""
    return bool(sfn._evaluate_rule(rule, sfn._apply_input_path(choice, data, context), context))


def wait(state: dict[str, Any], data: Any, context: dict[str, Any]) -> dict[str, Any]:
    """Return a Wait with its Seconds or Timestamp read from the input."""
    effective = sfn._apply_input_path(state, data, context)
    for field in ("Seconds", "Timestamp"):
        if f"{field}Path" in state:
            return {**state, field: sfn._resolve_path_or_ctx(state[f"{field}Path"], effective, context)}
    return state


def failure(state: dict[str, Any], data: Any, context: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the error and the cause of a Fail."""
    error, cause = (sfn._fail_state_field(state, field, None, data, context) for field in ("Error", "Cause"))
    return error, cause


def output(
    state: dict[str, Any], way: dict[str, Any], data: Any, result: Any, error: Any, context: dict[str, Any]
) -> Any:
    """Return the output by one way out of a state."""
    if error is not None:
        return sfn._apply_result_path_raw(way.get("ResultPath", "$"), data, error)
    effective = sfn._apply_input_path(state, data, context)
    if state["Type"] in {"Task", "Map", "Parallel"}:
        selected = sfn._apply_result_selector(state, result)
    elif state["Type"] == "Pass":
        selected = state.get("Result", sfn._apply_parameters(state, effective, context))
    else:
        return sfn._apply_output_path(state, effective, context)
    return sfn._apply_output_path(state, sfn._apply_result_path(state, data, selected), context)
