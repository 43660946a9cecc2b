"""Run statelint on the definition in its deployed form, as part of `make check`.

statelint 3.1 takes JSONata in a Wait's `Seconds` and `Timestamp` only where it can evaluate it without an execution,
so these two are given to it as literals; tests/statemachine evaluates the expressions themselves.
"""

from __future__ import annotations

import sys

from statelint.config import Config
from statelint.linter import Linter
from statelint.problem import ProblemType

from tests.statemachine.definition import definition, states

LITERALS = {"Seconds": 1, "Timestamp": "2026-11-23T06:00:00Z"}


def problems() -> list[str]:
    """Return statelint's problems with the definition, a sentence each; BackoffRate may be a whole number."""
    machine = definition()
    for _, state in states(machine):
        if state["Type"] == "Wait":
            state.update({field: value for field, value in LITERALS.items() if field in state})
    found: list[str] = Linter.validate(machine, Config(ignored_problem_types={ProblemType.FLOAT}))
    return found


if __name__ == "__main__":
    said = problems()
    sys.stdout.writelines(f"statemachine/pipeline.asl.json: {problem}\n" for problem in said)
    sys.exit(bool(said))
