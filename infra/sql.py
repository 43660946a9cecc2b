"""The files under `sql/`: their text with placeholders filled, and what each view returns.

Placeholders: `${LakeDatabase}`, `${ViewsDatabase}`; and, so that the contract stays the only list of columns,
`${columns of T}` (`t.a, t.b, …`), `${fields of T}` (`'a', 'b', …` without keys and dates of observation),
`${texts of T as o}` (the same fields of `o` as text) and `${optional of T}` (those that an answer may leave out,
since they depend on the app's profile or on which call was made).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from functions.shared.contract import KEYS, GlueColumn, columns, glue_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

SQL = Path(__file__).resolve().parent.parent / "sql"
OF_TABLE = re.compile(r"\$\{(columns|fields|texts|optional) of (\w+)(?: as (\w+))?\}")
NO_CHANGE = frozenset({"first_seen", "observed_at"})  # what differs between two observations of the same thing


@dataclass(frozen=True)
class View:
    """A view of the database people query."""

    name: str
    description: str
    columns: list[GlueColumn]
    statement: str


@dataclass(frozen=True)
class SavedQuery:
    """A named query: what it answers, and its statement."""

    name: str
    answers: str
    statement: str


def views(lake: str, views_database: str) -> list[View]:
    """Return every view under `sql/views`, by name, over the two databases."""
    return [_view(path, lake, views_database) for path in sorted((SQL / "views").glob("*.sql"))]


def saved_queries(lake: str, views_database: str) -> list[SavedQuery]:
    """Return every saved query under `sql/queries`, by name, over the two databases."""
    queries = []
    for path in sorted((SQL / "queries").glob("*.sql")):
        comments, statement = _parts(path)
        queries.append(SavedQuery(path.stem, " ".join(comments), fill(statement, lake, views_database)))
    return queries


def fill(statement: str, lake: str, views_database: str) -> str:
    """Return the statement with its placeholders filled.

    Raises:
        ValueError: a placeholder is none of those that the module's docstring lists.
    """
    filled = OF_TABLE.sub(lambda found: _of_table(*found.groups()), statement)
    filled = filled.replace("${LakeDatabase}", lake).replace("${ViewsDatabase}", views_database)
    left = re.search(r"\$\{[^}]*\}?", filled)
    if left:
        raise ValueError(f"{left[0]} is no placeholder of an SQL file; see {__name__}.")
    return filled


def _view(path: Path, lake: str, views_database: str) -> View:
    comments, statement = _parts(path)
    returned = [column for comment in comments[1:] for column in _columns(comment)]
    return View(path.stem, comments[0], returned, fill(statement, lake, views_database))


def _parts(path: Path) -> tuple[list[str], str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    return comments, "\n".join(line for line in lines if not line.startswith("-- "))


def _columns(comment: str) -> Iterator[GlueColumn]:
    if comment.startswith("columns of "):
        yield from glue_columns(comment.removeprefix("columns of "))
    elif comment.startswith("column: "):
        name, type_, description = comment.removeprefix("column: ").split(" ", 2)
        yield {"Name": name, "Type": type_, "Comment": description}


def _of_table(what: str, table: str, alias: str | None) -> str:
    if what == "columns":
        return ",\n    ".join(f"t.{column['Name']}" for column in glue_columns(table))
    if what == "optional":
        return ", ".join(f"'{each.name}'" for each in columns(table) if each.extended_only or each.whole_answer_only)
    fields = [column for column in glue_columns(table) if column["Name"] not in {*KEYS[table], *NO_CHANGE}]
    if what == "fields":
        return ", ".join(f"'{column['Name']}'" for column in fields)
    return ", ".join(_as_text(f"{alias}.{column['Name']}", column["Type"]) for column in fields)


def _as_text(expression: str, glue_type: str) -> str:
    if glue_type == "array<string>":
        return f"array_join({expression}, ', ')"
    return expression if glue_type == "string" else f"CAST({expression} AS varchar)"
