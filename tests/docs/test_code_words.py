"""The code's docstrings and messages use the glossary's words, and a docstring's first line says what is done."""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.test_glossary import REPLACED

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["bench", "conformance", "docs", "functions", "infra", "local", "ops", "policy"]
WORDS = {
    **REPLACED,
    r"(?<!there )\b(is|are|was|were) no (?!longer|more|less|later|earlier|other|such)": "is not a",
    r"\bwhat came of\b": "result",
    r"\b(anew|lest|whence)\b": "again, so that … not, from where",
    r"\bpeople drop": "the inbox",
    r"\b(entry|file|key|line|module|object|one|page|row) an? (day|line|month|run|service|table)\b": "per",
}
STORED = {"is no id, or holds something that is none"}
"""Reasons in the quarantine of every lake, which queries may name."""
RIDDLES = re.compile(r"(What|Where|Who|Whom|Whose|How|Which|Return if|Return unless)\b")
CLAUSE = re.compile(r'^ *"""(What|Where|Who|Whom|Whose|How|Which|Whether|That) .*', re.MULTILINE)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def code() -> dict[str, ast.Module]:
    """Return the tree of each module, by its path."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def documented(tree: ast.AST) -> Iterator[tuple[Documented, str]]:
    """Yield everything that has a docstring, with it."""
    for node in ast.walk(tree):
        if isinstance(node, Documented) and (docstring := ast.get_docstring(node)):
            yield node, docstring


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of a module that people read: docstrings and messages, which have a blank in them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value


@pytest.mark.parametrize("folder", FOLDERS)
def test_code_says_nothing_in_the_words_that_the_glossary_replaced(folder: str) -> None:
    found = [
        f"{file}: {text[max(0, word.start() - 40) : word.end() + 20]!r}; better: {better}"
        for file, tree in code().items()
        if file.startswith(f"{folder}/")
        for text in texts(tree)
        if text not in STORED
        for said, better in WORDS.items()
        for word in re.finditer(said, text, re.IGNORECASE)
    ]
    assert found == []


def test_the_first_line_of_a_function_says_what_it_returns_or_does() -> None:
    riddles = [
        f"{file}: {docstring.splitlines()[0]}"
        for file, tree in code().items()
        for node, docstring in documented(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any("property" in ast.unparse(each) for each in node.decorator_list)
        and RIDDLES.match(docstring)
    ]
    assert riddles == []


def test_no_docstring_begins_with_a_clause_that_is_not_a_sentence() -> None:
    """Constants, classes, modules and tests too: "What …" makes a reader look for the verb."""
    clauses = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in sorted(ROOT.glob("[a-z]*/**/*.py"))
        for found in CLAUSE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert clauses == []


def test_a_docstring_names_errors_that_exist() -> None:
    classes = {node.name for tree in code().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    named = [
        (file, error)
        for file, tree in code().items()
        for _, docstring in documented(tree)
        for line in re.findall(r"^    (\w+(?:, \w+)*): ", docstring.partition("Raises:")[2], re.MULTILINE)
        for error in line.split(", ")
        if error not in classes and not hasattr(builtins, error) and error not in _imported(tree)
    ]
    assert named == []


def _imported(tree: ast.Module) -> set[str]:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name for node in imports for alias in node.names}
