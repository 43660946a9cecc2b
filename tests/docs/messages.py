"""The errors a user can meet, read out of the code: their classes, and how each message begins."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from functions.shared import errors

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("functions", "infra", "local", "ops")
ABSTRACT = {"PipelineError", "Transient", "Permanent", "OpsError", "DeploymentError"}
OF_THE_PIPELINE = {name for name, each in vars(errors).items() if isinstance(each, type)} - ABSTRACT
OF_A_DEFECT = {"UnmappedType", "UnmappedInput", "UnmappedInvoke", "WrongInput", "ResourceFailed", "PlaceholderUnknown"}
"""Errors that only a developer of the program meets: the runbook has one row per class."""
OF_THIS_MACHINE = {"SessionError", "SourceError", "StateInUse", "EmbeddedAwsFailed", "ConfigurationError"}
OF_OPS = {"OpsError", "WrongUsage"}
BUILT_ELSEWHERE = {
    (
        "ContractBroken",
        "… of … responses (…) contain records that break the contract, more than max_quarantine_ratio (…) allows",
    ),
    ("SessionError", "The running local stack is …, started by process …"),
    ("SettingsInvalid", "The configuration of stack … cannot be deployed:"),
}
"""Messages that are put together before they are raised."""
RAISED = OF_THE_PIPELINE | OF_THIS_MACHINE | OF_OPS | {"SettingsInvalid"}


def names() -> set[str]:
    """Return every error that a user can meet by name."""
    return RAISED | OF_A_DEFECT | errors.RAISED_BY_THE_STATE_MACHINE


def raised() -> set[tuple[str, str]]:
    """Return the class and the first sentence of each message in the code, … for what varies.

    A message that only passes another on is that other's.
    """
    found = set(BUILT_ELSEWHERE)
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                    name, message = ast.unparse(node.exc.func), _pattern(node.exc.args[0])
                    if name in RAISED - {"SettingsInvalid"} and re.search(r"\w", first_sentence(message)):
                        found.add((name, first_sentence(message)))
    return found


def first_sentence(message: str) -> str:
    """Return a message's first sentence, without its full stop."""
    return re.split(r"\. |\n|\.$", message.strip())[0].strip()


def _pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _pattern(node.left) + _pattern(node.right)
    return "…"
