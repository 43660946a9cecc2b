"""Limits on the length of files and functions and on the number of files in a folder: a reader reads them whole."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from tests.test_imports import ROOT, modules

if TYPE_CHECKING:
    from pathlib import Path

LINES_OF_A_FILE = 350
MODULES_OF_A_FOLDER = 20
ENTRIES_OF_THE_EMBEDDED_AWS = 20
LINES_OF_A_LONG_FUNCTION = 30
LONG_FUNCTIONS = 0.015
"""The share of functions that may be long: tables of rules, components' constructors, commands' options."""


@cache
def python_files() -> list[Path]:
    """Return the repository's Python files: the rooms', their tests and the program."""
    return [*modules().values(), *(ROOT / "tests").rglob("*.py"), ROOT / "__main__.py"]


def test_no_file_is_too_long_to_read_at_once() -> None:
    long = {str(file.relative_to(ROOT)): lines for file in python_files() if (lines := _lines(file)) > LINES_OF_A_FILE}
    assert long == {}


def test_no_folder_has_more_modules_than_a_page_lists() -> None:
    full = Counter(str(file.parent.relative_to(ROOT)) for file in python_files() if file.stem != "__init__")
    assert {folder: count for folder, count in full.items() if count > MODULES_OF_A_FOLDER} == {}


def test_no_listing_of_the_embedded_aws_is_longer_than_a_page() -> None:
    top = ROOT / "local" / "aws"
    full = {
        folder: len(names)
        for folder in [top, *top.rglob("*/")]
        if len(names := _names(folder)) > ENTRIES_OF_THE_EMBEDDED_AWS
    }
    assert full == {}


def test_few_functions_are_long() -> None:
    sizes = {f"{name}.{function}": lines for name, file in modules().items() for function, lines in _functions(file)}
    long = {function: lines for function, lines in sizes.items() if lines > LINES_OF_A_LONG_FUNCTION}
    assert len(long) <= LONG_FUNCTIONS * len(sizes), sorted(long.items(), key=lambda each: -each[1])


def _lines(file: Path) -> int:
    """Return how many lines a file has."""
    return len(file.read_text().splitlines())


def _names(folder: Path) -> list[str]:
    """Return what `ls` shows of a folder, but for what each package has and what the tools leave there."""
    return [each.name for each in folder.iterdir() if not each.name.startswith((".", "__pycache__", "__init__"))]


def _functions(file: Path) -> list[tuple[str, int]]:
    """Return the functions and methods of a file, with their lines."""
    defined = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef))
    return [(each.name, (each.end_lineno or 0) - each.lineno + 1) for each in defined]
