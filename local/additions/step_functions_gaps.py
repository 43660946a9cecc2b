"""Small differences between ministack's states and Amazon's, each of which would pass here and fail there.

- `Assign` takes all values from the variables as they were, then sets them at once.
- A `Condition` that is no boolean is an error.
- `MaxDelaySeconds` and `JitterStrategy` of a Retry count.
- `States.ALL` does not catch `States.Runtime` or `States.DataLimitExceeded`.
- A task may neither send nor receive more than 256 KiB, and an execution's input may not hold more.
- `Output` of a JSONata Succeed is the output.
- An expression may take twenty seconds, not one: on a busy machine the clock goes on while the thread stands.
- An execution's name obeys its rules; a start that repeats a running one, with the same input, returns that one.
"""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

from jsonata.timebox import Timebox  # type: ignore[import-untyped]  # it ships no types
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import stepfunctions as sfn

from local.additions.executions import LIMIT, too_large
from local.additions.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

PINS = {
    "ministack.services.stepfunctions:_apply_state_assign": (
        "(state_def, raw_input, ctx, result=None, error_output=None)"
    ),
    "ministack.services.stepfunctions:_apply_jsonata_template": (
        "(value, raw_input, ctx=None, result=None, error_output=None)"
    ),
    "ministack.services.stepfunctions:_apply_jsonata_output": (
        "(state_def, raw_input, ctx=None, result=None, error_output=None, default=None)"
    ),
    "ministack.services.stepfunctions:_apply_output_path": "(state_def, data, ctx=None)",
    "ministack.services.stepfunctions:_evaluate_jsonata_choice_rule": "(rule, raw_input, ctx)",
    "ministack.services.stepfunctions:_jsonata_state_field": "(state_def, field, expected, raw_input, ctx)",
    "ministack.services.stepfunctions:_find_matching_retrier": "(retriers, error, retry_counts)",
    "ministack.services.stepfunctions:_error_matches": "(error_equals, error)",
    "ministack.services.stepfunctions:_start_execution": "(data)",
    "jsonata.timebox:Timebox.__init__": None,
}

NOT_IN_A_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
PATIENCE = 20
UNCAUGHT_BY_ALL = frozenset({"States.Runtime", "States.DataLimitExceeded"})


def _assign(
    state: dict[str, Any], data: Any, context: Any = None, result: Any = None, error_output: Any = None
) -> None:
    """Set a state's variables, all from the old values."""
    assign = state.get("Assign")
    if context is None or not isinstance(assign, dict) or sfn._state_query_language(state, context) != "JSONata":
        return
    values = sfn._apply_jsonata_template(assign, data, context, result=result, error_output=error_output)
    context.setdefault("variables", {}).update(values)


def _condition(rule: dict[str, Any], data: Any, context: Any) -> bool:
    """Return whether a rule of a Choice holds."""
    return bool(sfn._jsonata_state_field(rule, "Condition", "boolean", data, context))


def _retrier(
    original: Callable[..., Any], retriers: list[dict[str, Any]], error: str, counts: dict[int, int]
) -> tuple[dict[str, Any] | None, int]:
    """Return the retrier of an error, its interval being the whole delay before this attempt."""
    retrier, index = original(retriers, error, counts)
    if retrier is None:
        return None, index
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    if retrier.get("JitterStrategy") == "FULL":
        delay = random.uniform(0, delay)  # noqa: S311 - spreads retries, guards nothing
    return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1}, index


def _matches(original: Callable[..., bool], names: list[str], error: str) -> bool:
    """Return whether a Retry or Catch is about this error."""
    if error == "States.Runtime" or (error in UNCAUGHT_BY_ALL and error not in names):
        return False
    return original(names, error)


def _output(original: Callable[..., Any], state: dict[str, Any], data: Any, context: Any = None) -> Any:
    """Return what a state puts out."""
    if state.get("Type") == "Succeed" and sfn._state_query_language(state, context) == "JSONata":
        return sfn._apply_jsonata_output(state, data, context, default=data)
    return original(state, data, context)


def _invoke(original: Callable[[str, Any], Any], resource: str, arguments: Any) -> Any:
    """Invoke a task within the limit on both ways."""
    for_whom = resource.rsplit(":", 1)[-1]
    if _size(arguments) > LIMIT:
        raise too_large(for_whom)
    result = original(resource, arguments)
    if _size(result) > LIMIT:
        raise too_large(for_whom)
    return result


def _size(value: Any) -> int:
    return len(json.dumps(value).encode())


def _start(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    """Start an execution whose name and input AWS would take."""
    name, text = data.get("name"), data.get("input", "{}")
    if name is not None and (not 1 <= len(name) <= 80 or NOT_IN_A_NAME.search(name)):
        return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    try:
        json.loads(text)
    except ValueError:
        return error_response_json("InvalidExecutionInput", "Invalid State Machine Execution Input: not JSON", 400)
    if len(text.encode()) > LIMIT:
        return error_response_json("InvalidExecutionInput", "The input is longer than 262144 bytes", 400)
    return _running(data, name, text) or original(data)


def _running(data: dict[str, Any], name: str | None, text: str) -> Any:
    """Return the answer of the same start, if that execution still runs."""
    machine = sfn._state_machines.get(data.get("stateMachineArn"), {}).get("name")
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine}:{name}"
    execution = sfn._executions.get(arn)
    if not execution or execution["status"] != "RUNNING" or execution["input"] != text:
        return None
    return json_response({"executionArn": arn, "startDate": execution["startDate"]})


_begin = Timebox.__init__


def _begin_patiently(self: Timebox, expression: Any, timeout: int | None = None, max_depth: int | None = None) -> None:
    _begin(self, expression, timeout and PATIENCE * timeout, max_depth)


def be_patient() -> None:
    """Give every expression `PATIENCE` times as long as ministack would, however often this is asked for."""
    Timebox.__init__ = _begin_patiently


def install() -> None:
    """Close the gaps."""
    be_patient()
    sfn._apply_state_assign = _assign
    sfn._evaluate_jsonata_choice_rule = _condition
    wrap(sfn, "_find_matching_retrier", _retrier)
    wrap(sfn, "_error_matches", _matches)
    wrap(sfn, "_apply_output_path", _output)
    wrap(sfn, "_invoke_resource", _invoke)
    wrap(sfn, "_start_execution", _start)
