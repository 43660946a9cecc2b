"""Evaluate JSONata in a state, with the place of each expression and AWS's errors.

`NotEvaluated` says which field failed and why, in the words of LocalStack's snapshot tests recorded on AWS:
test_undefined_reference (2024-11-21, undefined), test_map_state_items_eval_jsonata_fail (2024-11-19, a wrong type) and
test_math_random_seeded (2024-11-15, an error of JSONata's own). The places of list elements (`Arguments/Keys[0]`) and
of conditions (`Choices[0]/Condition`) are not in any recording.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonata.parser import Parser  # type: ignore[import-untyped]  # it ships no types
from jsonata.regex_engine import default_regex_engine  # type: ignore[import-untyped]  # it ships no types
from jsonata.timebox import Timebox  # type: ignore[import-untyped]  # it ships no types
from ministack.services import stepfunctions as sfn

from local.aws.patching import instead_of
from local.aws.stepfunctions.history import text

PATIENCE = 20
_writing = threading.Lock()
UNDEFINED = "JSONata expression did not return a result"


class NotEvaluated(Exception):
    """An expression of a state failed; `place` is its field, like `Output/rows`."""

    def __init__(self, place: str | None, cause: str) -> None:
        super().__init__(cause)
        self.place = place


@dataclass(frozen=True)
class Scope:
    """The variables of one state's expressions: its input, the context object, and a result or an error."""

    input: Any
    context: dict[str, Any]
    result: Any = None
    error: Any = None

    def value(self, template: Any, place: str) -> Any:
        """Return a template with every expression in it replaced by its value.

        Raises:
            NotEvaluated: an expression fails, or gives nothing.
        """
        if isinstance(template, dict):
            return {key: self.value(each, f"{place}/{key}") for key, each in template.items()}
        if isinstance(template, list):
            return [self.value(each, f"{place}[{index}]") for index, each in enumerate(template)]
        if is_expression(template):
            return self._evaluated(template[2:-2].strip(), place)
        return template

    def typed(self, template: Any, place: str, expected: str) -> Any:
        """Return the value of a field that has to be of one JSON type, like `boolean`.

        Raises:
            NotEvaluated: the expression fails, or gives another type.
        """
        value = self.value(template, place)
        if (found := sfn._json_type(value)) != expected:
            shown = template[2:-2].strip() if is_expression(template) else template
            raise NotEvaluated(
                place,
                f"The JSONata expression '{shown}' specified for the field '{place}' returned an unexpected result "
                f"type. Expected '{expected}', but was '{found}' for value: {text(value)}",
            )
        return value

    def _evaluated(self, expression: str, place: str) -> Any:
        self._record(expression)
        try:
            return sfn._evaluate_jsonata(expression, self.input, self.context, self.result, self.error)
        except sfn._ExecutionError as error:
            undefined = error.cause.startswith(UNDEFINED)
            why = "returned nothing (undefined)." if undefined else f"threw an error during evaluation. {error.cause}"
            named = f"The JSONata expression '{expression}' specified for the field '{place}' {why}"
            raise NotEvaluated(place, named) from error

    def _record(self, expression: str) -> None:
        """Record an expression's variables, if there is a file for them: see conformance/jsonata."""
        log = Path(os.environ.get("EMBEDDED_AWS_EVALUATIONS", os.devnull))
        if log.is_file():
            line = {"expression": expression, "input": self.input, "context": self.context}
            with _writing, log.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({**line, "result": self.result, "error": self.error}) + "\n")


def is_expression(template: Any) -> bool:
    """Return whether a template is a JSONata expression."""
    return isinstance(template, str) and template.startswith("{%") and template.endswith("%}")


@instead_of(sfn, "_sfn_jsonata_range")
def _one_is_no_list(start: Any, end: Any, step: Any) -> Any:
    """Return `$range`'s sequence; one of a single number is that number (test_array_range, recorded 2024-11-15)."""
    found = _range(start, end, step)
    return found[0] if len(found) == 1 else found


_range = sfn._sfn_jsonata_range
_begin = Timebox.__init__
_parse = Parser.parse


@lru_cache(maxsize=2_048)
def _tree(expression: str, regex_engine: Any) -> Any:
    return _parse(Parser(), expression, regex_engine)


@instead_of(Parser, "parse")
def _parse_once(_self: Parser, expression: str, regex_engine: Any = default_regex_engine) -> Any:
    """Return the tree of an expression, which evaluation only reads."""
    return _tree(expression, regex_engine)


@instead_of(Timebox, "__init__")
def _begin_patiently(self: Timebox, expression: Any, timeout: int | None = None, max_depth: int | None = None) -> None:
    """Give an expression twenty seconds, not one: a thread that waits for its turn uses them up."""
    _begin(self, expression, timeout and PATIENCE * timeout, max_depth)
