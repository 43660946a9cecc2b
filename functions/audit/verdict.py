"""The verdict of a check: its gates, and the error and cause with which a refused run fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.shared.events import Gate, Verdict


def gate(name: str, observed: str, expected: str, *, passed: bool, judged: bool = True) -> Gate:
    """Return one gate; a gate that is not judged has passed."""
    return {
        "gate": name,
        "observed": observed,
        "expected": expected,
        "passed": "true" if passed else "false",
        "judged": judged,
    }


def verdict(gates: list[Gate], error: str = "", cause: str = "") -> Verdict:
    """Return the verdict of a check; an error refuses the run."""
    return {"passed": not error, "gates": gates, "error": error, "cause": cause}


def refused(gates: list[Gate]) -> list[Gate]:
    """Return the gates that did not pass."""
    return [each for each in gates if each["passed"] != "true"]
