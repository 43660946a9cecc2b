"""Allowed imports between modules: no cycle, and each folder imports only the folders below it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "functions": set(),
    "infra": {"functions"},
    "local": {"functions"},
    "ops": {"functions", "infra", "local"},
    "docs": {"functions", "infra", "local"},
    "bench": {"functions", "infra", "local", "ops", "conformance"},
    "conformance": {"functions", "infra", "local"},
    "policy": set[str](),
}
COMMAND_LINES = {"local.app"}
"""A command line may start what lies above it: `python -m local demo` is a command of ops on the local stack."""


@cache
def modules() -> dict[str, Path]:
    """Return every module of the repository outside its tests, by name."""
    files = [file for room in MAY_IMPORT for file in (ROOT / room).rglob("*.py")]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def imports(module: str) -> set[str]:
    """Return the repository's modules that a module imports anywhere: at its top, in a function, for its types."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= modules().keys() else names | {str(node.module)}
    return (found & modules().keys()) - {module}


def cycle_through(module: str) -> list[str]:
    """Return the shortest way from a module back to itself, or nothing."""
    ways = [[module]]
    seen = set()
    while ways:
        way = ways.pop(0)
        for following in sorted(imports(way[-1])):
            if following == module:
                return [*way, module]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    cycles = {" → ".join(way) for module in modules() if (way := cycle_through(module))}
    assert cycles == set()


def test_each_room_imports_only_the_rooms_below_it() -> None:
    wrong = {
        f"{module} imports {other}"
        for module in modules().keys() - COMMAND_LINES
        for other in imports(module)
        if other.split(".")[0] not in MAY_IMPORT[module.split(".")[0]] | {module.split(".")[0]}
    }
    assert wrong == set()
