"""`python -m ops.export.duckdb_views`: write `ops/export/views.sql`, the views of `sql/views` in DuckDB's SQL.

With `-`, print them. The embedded Athena's own compiler makes them; its functions beyond DuckDB's become macros here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from functions.shared.contract import TABLES, glue_columns
from infra.rendering.ledger import PUBLISHED, RUNS
from infra.rendering.views import all_views, presto_type
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.compile import compiled
from local.aws.athena.sql.plan import type_of
from local.aws.athena.sql.values import Value
from local.streams import prepare

if TYPE_CHECKING:
    from functions.shared.contract import GlueColumn
    from infra.rendering.views import View
    from local.aws.athena.sql.types import Type

FILE = Path(__file__).with_name("views.sql")
HEAD = """\
-- The lake's tables and views in DuckDB's SQL, made by `python -m ops.export.duckdb_views` of sql/views; not to edit.
CREATE OR REPLACE MACRO t_date_of_text(x) AS CAST(x AS DATE);
CREATE OR REPLACE MACRO t_split_part(x, y, z) AS split_part(x, y, z);
CREATE OR REPLACE MACRO t_substr(x, y) AS substr(x, y), (x, y, z) AS substr(x, y, z);
CREATE OR REPLACE MACRO t_iso_instant(x) AS make_timestamp(epoch_us(CAST(x AS TIMESTAMPTZ)));
CREATE OR REPLACE MACRO t_fail(x) AS error(x);
"""
MACROS = frozenset(re.findall(r"MACRO (\w+)", HEAD))
LAKE: dict[str, list[GlueColumn]] = {
    **{table: [*glue_columns(table), *PUBLISHED] for table in TABLES},
    "runs": RUNS,
    "published": PUBLISHED,
}


def views_sql() -> str:
    """Return the whole file."""
    views = {view.name: view for view in all_views()}
    made = {name: _view(view, views) for name, view in views.items()}
    return HEAD + "".join([*(_table(table) for table in LAKE), *(made[name][0] for name in _order(made))])


def _order(made: dict[str, tuple[str, set[str]]]) -> list[str]:
    """Return the names of the views, each after those that it reads, and otherwise as they are given."""
    order: list[str] = []
    while left := [name for name in made if name not in order]:
        order.append(next(name for name in left if made[name][1] <= set(order)))
    return order


def _table(table: str) -> str:
    """Return the view of a lake table over its files; times are in UTC, to the millisecond, as Athena has them."""
    columns = ", ".join(
        f'make_timestamp((epoch_us("{each["Name"]}") + 500) // 1000 * 1000) AS "{each["Name"]}"'
        if each["Type"] == "timestamp"
        else f'"{each["Name"]}"'
        for each in LAKE[table]
    )
    return f'CREATE OR REPLACE VIEW "lake.{table}" AS SELECT {columns} FROM "files.{table}";\n'  # noqa: S608  our names


def _view(view: View, views: dict[str, View]) -> tuple[str, set[str]]:
    """Return a view's statement, and the names of the views that it reads.

    Raises:
        ValueError: it needs a function that is neither DuckDB's nor a macro here.
    """
    reads: set[str] = set()

    def columns_of(schema: str, name: str, _where: str) -> list[tuple[str, Type]]:
        if schema == "views":
            reads.add(name)
        declared = views[name].columns if schema == "views" else LAKE[name]
        return [(each["Name"], type_of(presto_type(each["Type"]), name)) for each in declared]

    done = compiled(view.sql("lake", "views"), (), "views", columns_of)
    if unknown := set(re.findall(r"\bt_\w+(?=\()", done.sql)) - MACROS:
        raise ValueError(f"{view.name} needs {sorted(unknown)}: give each a macro in HEAD.")
    columns = ", ".join(
        f'{_cast(f"v.c{place}", out.type, each, view)} AS "{each["Name"]}"'
        for place, (out, each) in enumerate(zip(done.columns, view.columns, strict=True))
    )
    statement = f"SELECT {columns} FROM ({done.sql}) AS v".replace('"views.', '"')  # noqa: S608  compiled SQL
    return f'CREATE OR REPLACE VIEW "{view.name}" AS {statement};\n', reads


def _cast(sql: str, kind: Type, declared: GlueColumn, view: View) -> str:
    """Return an expression as the type that the view declares."""
    return str(coerced(Value(sql, kind), type_of(presto_type(declared["Type"]), view.name)).sql)


if __name__ == "__main__":
    prepare()
    if sys.argv[1:] == ["-"]:
        sys.stdout.write(views_sql())
    else:
        FILE.write_text(views_sql(), encoding="utf-8")
