"""Text files and pipes name their encoding: in a locale that is not UTF-8, Python would read and write another one."""

from __future__ import annotations

import ast
import re

import pytest

from tests.test_imports import ROOT, modules

FILES = {"read_text": 0, "write_text": 1, "open": 0}
"""Calls on a path that have text in an encoding, each with the number of its arguments before that."""
MODE = re.compile("'[rwax][t+]*'")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("path.read_text()", False),
        ("path.read_text(errors='replace')", False),
        ("path.read_text('utf-8')", True),
        ("path.read_text(encoding='utf-8')", True),
        ("path.write_text('é')", False),
        ("path.open()", False),
        ("path.open('a')", False),
        ("path.open('rb')", True),
        ("open('x', 'w')", False),
        ("subprocess.run(command, text=True)", False),
        ("subprocess.run(command, encoding='utf-8')", True),
        ("subprocess.run(command)", True),
        ("tarfile.open(fileobj=pipe)", True),
        ("self.open(group)", True),
    ],
)
def test_a_call_without_an_encoding_is_found(line: str, named: bool) -> None:
    assert (_without_encoding(ast.parse(line)) == []) == named


def test_every_text_names_its_encoding() -> None:
    files = [*modules().values(), ROOT / "__main__.py"]
    found = {str(file.relative_to(ROOT)): _without_encoding(ast.parse(file.read_text("utf-8"))) for file in files}
    assert {file: lines for file, lines in found.items() if lines} == {}


def _without_encoding(tree: ast.AST) -> list[str]:
    """Return the calls that read or write text in the locale's encoding."""
    return [ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Call) and _of_the_locale(each)]


def _of_the_locale(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    given = {each.arg for each in call.keywords}
    if "text" in given:
        return "encoding" not in given
    if name not in FILES or given & {"encoding", "fileobj"}:
        return False
    if name == "open":  # of a path, unless its first argument is another thing than a mode
        mode = [ast.unparse(each) for each in call.args[not isinstance(call.func, ast.Attribute) :]]
        return not mode or MODE.fullmatch(mode[0]) is not None
    return len(call.args) <= FILES[name]
