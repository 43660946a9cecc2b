"""Read the views of `sql/views` and render them in Glue's form for Athena: base64 JSON inside a comment."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from functions.shared.contract import GlueColumn, glue_columns
from infra.rendering.sql import SQL, SqlInvalid, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS_OF = re.compile(r"-- columns of (?P<table>\w+)")
COLUMN = re.compile(r"-- column: (?P<name>\w+) (?P<type>\S+) (?P<comment>.+)")
PRESTO = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}


@dataclass(frozen=True)
class View:
    """One view: its columns as Glue declares them, and its statement with placeholders."""

    name: str
    description: str
    columns: list[GlueColumn]
    statement: str

    def sql(self, lake: str, views: str) -> str:
        """Return the statement, filled in."""
        return fill(self.statement, {"LakeDatabase": lake, "ViewsDatabase": views}, f"sql/views/{self.name}.sql")

    def presto(self, lake: str, views: str) -> str:
        """Return the text from which Athena reads the view."""
        document = {
            "originalSql": self.sql(lake, views),
            "catalog": "awsdatacatalog",
            "schema": views,
            "columns": [{"name": each["Name"], "type": presto_type(each["Type"])} for each in self.columns],
        }
        return f"/* Presto View: {base64.b64encode(json.dumps(document).encode()).decode()} */"


def all_views() -> list[View]:
    """Return every view, by name."""
    return [parse(path.stem, path.read_text(encoding="utf-8")) for path in sorted((SQL / "views").glob("*.sql"))]


def parse(name: str, text: str) -> View:
    """Return a view from its file: description, column lines, one statement.

    Raises:
        SqlInvalid: the file declares no column, or its head has a line of another form.
    """
    lines = text.splitlines()
    head = list(takewhile(lambda line: line.startswith("--"), lines))
    columns = [column for line in head[1:] for column in _columns(name, line)]
    if not columns:
        raise SqlInvalid(f"sql/views/{name}.sql declares no column. Add lines `-- column: name type description`.")
    statement = "\n".join(line for line in lines if not line.startswith("--")).strip()
    return View(name, head[0].removeprefix("-- "), columns, statement)


def _columns(name: str, line: str) -> Iterator[GlueColumn]:
    if found := COLUMN.fullmatch(line):
        yield GlueColumn(Name=found["name"], Type=found["type"], Comment=found["comment"])
    elif found := COLUMNS_OF.fullmatch(line):
        yield from glue_columns(found["table"])
    else:
        raise SqlInvalid(
            f"sql/views/{name}.sql: {line!r} is not understood. "
            "Write `-- column: name type description` or `-- columns of TABLE`."
        )


def presto_type(hive: str) -> str:
    """Return Trino's name of a Hive type: `array<string>` is `array(varchar)`."""
    if match := re.fullmatch(r"(array|map)<(.+)>", hive):
        inner = ", ".join(presto_type(each.strip()) for each in match[2].split(","))
        return f"{match[1]}({inner})"
    return PRESTO.get(hive, hive)
