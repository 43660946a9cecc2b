"""Text files and pipes name their encoding: in a locale that is not UTF-8, Python would read and write another one."""

from __future__ import annotations

import ast

import pytest

from tests.test_imports import ROOT, modules

FILES = {"read_text": 0, "write_text": 1, "open": 0}
"""Calls on a path that have text in an encoding, each with the number of its arguments before that."""
BINARY = {"os", "webbrowser", "tarfile", "gzip", "_direct", "archive", "_quota"}
"""Names whose `open` has no text."""


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
    on = ast.unparse(call.func.value).rpartition(".")[2] if isinstance(call.func, ast.Attribute) else ""
    given = {each.arg for each in call.keywords}
    if "text" in given:
        return "encoding" not in given
    if name not in FILES or on in BINARY or "encoding" in given:
        return False
    if name == "open":
        mode = call.args[1 - bool(on) :][:1]
        return not (mode and isinstance(mode[0], ast.Constant) and "b" in str(mode[0].value))
    return len(call.args) <= FILES[name]
