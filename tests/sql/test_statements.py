"""Athena engine 3 can parse every statement of the repository."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp
from trino_query_parser import parse_statement

from infra.rendering.sql import fill
from infra.rendering.views import all_views
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("sql", "statemachine", "functions")
NAMES = {"LakeDatabase": "spotify_dev_lake", "ViewsDatabase": "spotify_dev"}
STATEMENT = re.compile(r"\s*(WITH|SELECT)\s.*\sFROM\s", re.DOTALL)


def statements() -> Iterator[tuple[str, str]]:
    """Yield every statement with the place it stands in: the files of the rooms, and the texts of the command line."""
    for path in sorted(found for room in ROOMS for found in (ROOT / room).rglob("*.sql")):
        if path.parent.name != "views":  # a view is read as Athena is given it, below
            yield path.relative_to(ROOT).as_posix(), fill(path.read_text(), NAMES, path.name)
    for view in all_views():
        yield f"view {view.name}", f"CREATE OR REPLACE VIEW {view.name} AS {view.sql(*NAMES.values())}"
    for path in sorted((ROOT / "ops").rglob("*.py")):
        for line, text in texts(ast.parse(path.read_text())):
            if STATEMENT.match(text):
                yield f"{path.relative_to(ROOT)}:{line}", text


def texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the texts of a program with their lines; a name stands where an f-string has an expression."""
    if isinstance(node, ast.JoinedStr):
        yield node.lineno, "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


ALL = dict(statements())


@pytest.mark.parametrize("statement", one_in(3, ALL.values()), ids=ALL)
def test_a_statement_is_one_in_the_grammar_of_trino_itself_and_in_athena_s_dialect(statement: str) -> None:
    parse_statement(statement)
    assert isinstance(sqlglot.parse_one(statement, read="athena"), exp.Query | exp.Create)


@pytest.mark.parametrize("broken", ["SELECT a FORM t", "SELECT a, FROM t", "SELECT ~a FROM t", "SELECT 1; SELECT 2"])
def test_what_is_no_statement_of_trino_s_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match="input"):
        parse_statement(broken)
