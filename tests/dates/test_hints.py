"""No message, help or guide contains a fixed date: it would soon be out of date, and a command with it would fail."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DAY = re.compile(r"\b20[2-9]\d-[01]\d-[0-3]\d\b")
GUIDES = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{name}.md" for name in ("commands", "deploying", "how-to", "runbook")),
)
HELP = ("ops/commands/", "local/app.py")
"""The modules whose docstrings `--help` prints."""
MODULES = [
    str(path.relative_to(ROOT))
    for room in ("functions", "ops", "infra", "local")
    for path in sorted((ROOT / room).rglob("*.py"))
    if not path.is_relative_to(ROOT / "local" / "aws")  # its strings are AWS's
]


def said(module: str) -> Iterator[str]:
    """Yield the texts of a module that a person may get to read."""
    tree = ast.parse((ROOT / module).read_text())
    help_too = module.startswith(HELP)
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {ast.get_docstring(node, clean=False) for node in documented} if not help_too else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


@pytest.mark.parametrize("guide", GUIDES)
def test_no_guide_names_a_day(guide: str) -> None:
    assert DAY.findall((ROOT / guide).read_text()) == []


def test_no_message_and_no_help_names_a_day() -> None:
    assert len(MODULES) > 100
    assert {module: found for module in MODULES for text in said(module) if (found := DAY.findall(text))} == {}
