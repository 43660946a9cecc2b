"""List all SQL of the repository: views and tables, saved queries, audit, report, commands, docs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.audit.query import parameters as audited
from functions.shared.contract import TABLES
from infra.rendering.sql import fill
from infra.rendering.views import all_views

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
STATEMENT = re.compile(r"\s*(WITH|SELECT)\s.*\sFROM\s", re.DOTALL)
SHOWN = re.compile(r'ops sql [^"\n]*"(SELECT [^"]*)"')


@dataclass(frozen=True)
class Statement:
    """A statement: the file (and line) that it is of, the literals of its question marks, and its database."""

    place: str
    sql: str
    database: str
    parameters: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The place, with the parameters that tell its statements apart."""
        return " ".join([self.place, *dict.fromkeys(self.parameters)])[:120]


@dataclass(frozen=True)
class Lake:
    """The lake that the statements run on: its two databases, and the published run of each date."""

    tables: str
    views: str
    published: Mapping[str, str]

    def statements(self) -> Iterator[Statement]:
        """Yield all SQL of the repository."""
        for view in all_views():
            yield Statement(f"view {view.name}", f"SELECT * FROM {view.name}", self.views)  # noqa: S608 - our own name
        for table in (*TABLES, "runs", "published"):
            yield Statement(f"table {table}", f"SELECT * FROM {table}", self.tables)  # noqa: S608 - our own name
        for file in sorted((ROOT / "sql" / "queries").glob("*.sql")):
            yield Statement(_place(file), self._filled(file), self.views)
        yield from self._audits()
        yield from self._questions()
        yield from self._commands()
        for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
            for shown in SHOWN.finditer(file.read_text(encoding="utf-8")):
                yield Statement(_place(file), shown[1], self.views)

    def _filled(self, file: Path) -> str:
        return fill(
            file.read_text(encoding="utf-8"), {"LakeDatabase": self.tables, "ViewsDatabase": self.views}, file.name
        )

    def _audits(self) -> Iterator[Statement]:
        file = ROOT / "statemachine" / "audit.sql"
        for date, run in self.published.items():
            began: Any = {"snapshot_date": date, "run_id": run, "started_at": f"{date}T06:00:00Z"}
            yield Statement(_place(file), self._filled(file), self.tables, tuple(audited(began)))

    def _questions(self) -> Iterator[Statement]:
        for file in sorted((ROOT / "functions").glob("*/questions/*.sql")):
            sql = self._filled(file)
            for date in self.published:
                yield Statement(_place(file), sql, self.views, (f"'{date}'",) * sql.count("?"))

    def _commands(self) -> Iterator[Statement]:
        """Yield the texts of `ops` that are statements; a question mark is a date, or behind `run_id` a run."""
        date, run = next(iter(self.published.items()))
        for file in sorted((ROOT / "ops").rglob("*.py")):
            for line, text in _texts(ast.parse(file.read_text(encoding="utf-8")), self.tables):
                if STATEMENT.match(text := text.replace("{lake}", self.tables)):
                    runs = [re.search(r"run_id\s*(=|<>)\s*$", before) for before in text.split("?")[:-1]]
                    given = tuple(f"'{run if is_run else date}'" for is_run in runs)
                    yield Statement(f"{_place(file)}:{line}", text, self.views, given)


def _place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _texts(node: ast.AST, tables: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of a program with their lines, and f-strings that fill in nothing but the lake's database.

    One that fills in anything else, such as the caller's own statement, is not a statement of ours.
    """
    if isinstance(node, ast.JoinedStr):
        filled = [ast.unparse(each.value) for each in node.values if isinstance(each, ast.FormattedValue)]
        if all(each.endswith("['lake_database']") for each in filled):
            pieces = (str(each.value) if isinstance(each, ast.Constant) else tables for each in node.values)
            yield node.lineno, "".join(pieces)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, tables)
