"""The embedded AWS is self-contained, and no folder of the code has too many files to read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
AWS = ROOT / "local" / "aws"
ROOMS = ("bench", "conformance", "docs", "functions", "infra", "local", "ops", "policy", "tests")
MOST_ENTRIES = {"local/aws": 20}
MOST_ENTRIES_ELSEWHERE = 24


def imported(file: Path) -> set[str]:
    """Return the modules that a file imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {
        f"{node.module}.{alias.name}" for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def test_the_embedded_aws_imports_nothing_else_of_the_repository() -> None:
    foreign = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in AWS.rglob("*.py")
        for name in imported(file)
        if name.split(".")[0] in ROOMS and not f"{name}.".startswith("local.aws.")
    }
    assert foreign == set()


@pytest.mark.parametrize("room", ["functions", "infra", "local", "ops", "bench"])
def test_no_folder_lists_more_than_a_reader_takes_in(room: str) -> None:
    folders = {file.parent for file in (ROOT / room).rglob("*.py")} | {ROOT / room}
    for folder in folders:
        entries = [each for each in folder.iterdir() if each.name not in ("__pycache__", "__init__.py")]
        place = folder.relative_to(ROOT).as_posix()
        most = next((most for start, most in MOST_ENTRIES.items() if place.startswith(start)), MOST_ENTRIES_ELSEWHERE)
        assert len(entries) <= most, f"{place} has {len(entries)} entries, more than {most}"
