"""Athena's SQL read as Athena reads it: parsed, its parameters bound, its functions known, its tables named."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.tokenizer_core import TokenType

from local.aws.athena.errors import Malformed, QueryFailed, position

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = frozenset(Path(__file__).with_name("trino_functions.txt").read_text().split())

_FOREIGN = frozenset({TokenType.QUALIFY, TokenType.ILIKE, TokenType.DCOLON, TokenType.SEMI, TokenType.ANTI})
"""What other dialects know and sqlglot takes for Trino's."""

_PLACE = re.compile(r"\?\d+")


class AthenaSql(Trino):
    """Trino's dialect, with names and subscripts kept as they were written."""

    NORMALIZE_FUNCTIONS: bool | str = False
    INDEX_OFFSET = 0


@lru_cache(maxsize=64)
def parse(sql: str) -> exp.Query:
    """Return the query that `sql` is; the same tree each time, so change a copy.

    Raises:
        Malformed: it is not one statement of Athena's.
        QueryFailed: it calls a function that Athena does not have.
    """
    try:
        sql = _numbered(sql)
        found = [tree for tree in sqlglot.parse(sql, dialect=AthenaSql) if tree is not None]
    except ParseError as exc:
        where = exc.errors[0]
        text = str(where.get("highlight") or where.get("description"))
        raise Malformed(f"mismatched input '{text}'", int(where["line"] or 1), _column(where)) from exc
    except TokenError as exc:
        raise Malformed(str(exc)) from exc
    if len(found) != 1:
        raise Malformed(f"Only one sql statement is allowed. Got: {sql[:200]}")
    if isinstance(found[0], exp.Values):
        found[0] = exp.select("*").from_(_table_of(found[0]))
    if not isinstance(found[0], exp.Query):
        raise QueryFailed(
            f"NOT_SUPPORTED: {type(found[0]).__name__.upper()} statements are not supported by the embedded Athena; "
            "it answers SELECT, WITH, VALUES, EXPLAIN, DESCRIBE, SHOW TABLES, SHOW PARTITIONS, SHOW COLUMNS and "
            "SHOW DATABASES. Tables and views are created through Glue."
        )
    _refuse_foreign(found[0], sql)
    return found[0]


def _numbered(sql: str) -> str:
    """Return `sql` with each `?` as a column "?0", "?1" ...: a parsed tree does not keep the order of the text."""
    places = [token for token in AthenaSql().tokenize(sql) if token.token_type == TokenType.PLACEHOLDER]
    for number, token in reversed(list(enumerate(places))):
        sql = f'{sql[: token.start]}"?{number}"{sql[token.end + 1 :]}'
    return sql


def _table_of(values: exp.Values) -> exp.Values:
    """Return VALUES as a table with Trino's column names."""
    row = values.expressions[0]
    width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
    columns = [exp.to_identifier(f"_col{place}") for place in range(width)]
    values.set("alias", exp.TableAlias(this=exp.to_identifier("_values"), columns=columns))
    return values


def _column(where: dict[str, object]) -> int:
    """Return the column, from 1, at which a parse error's token begins."""
    return max(1, int(str(where.get("col") or 1)) - len(str(where.get("highlight") or "")) + 1)


def _refuse_foreign(tree: exp.Query, sql: str) -> None:
    """Return if the query uses only what Athena has: a local run must not pass where AWS would fail."""
    for call in tree.find_all(exp.Func):
        name = sql[call.meta["start"] : call.meta["end"] + 1].lower() if "start" in call.meta else ""
        if name and name not in FUNCTIONS:
            raise QueryFailed(f"FUNCTION_NOT_FOUND: {position(sql, name)}: Function '{name}' not registered")
    words = [(token.token_type, token) for token in AthenaSql().tokenize(sql)]
    for (kind, token), (before, _), (second, _) in zip(words[2:], words[1:], words, strict=False):
        late = kind == TokenType.OFFSET and before == TokenType.NUMBER and second == TokenType.LIMIT
        if kind in _FOREIGN or late:
            raise Malformed(f"mismatched input '{token.text}'", token.line, token.col - len(token.text) + 1)
    for star in tree.find_all(exp.Star):
        if star.args.get("except_") or star.args.get("replace"):
            raise Malformed("mismatched input 'EXCEPT'")


def bind(tree: exp.Query, parameters: list[str]) -> exp.Query:
    """Return the query with each `?` replaced by its parameter: the text of an SQL literal, as Athena takes it.

    A string therefore carries its own quotes (`'2026-11-23'`); without them 2026-11-23 is a subtraction.

    Raises:
        QueryFailed: there are more or fewer parameters than places, or one is no constant.
    """
    places = {column.name: column for column in tree.find_all(exp.Column) if _PLACE.fullmatch(column.name)}
    if len(places) != len(parameters):
        raise QueryFailed(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {len(places)} but found "
            f"{len(parameters)}"
        )
    for number, text in enumerate(parameters):
        place = places[f"?{number}"]
        if place.find_ancestor(exp.Where) is None:
            raise QueryFailed("NOT_SUPPORTED: Athena takes parameters in WHERE clauses only, not as in SELECT ? FROM")
        place.replace(_constant(text))
    return tree


def _constant(text: str) -> exp.Expr:
    """Return the constant expression that a parameter's text is."""
    try:
        found = sqlglot.parse_one(text, dialect=AthenaSql)
    except (ParseError, TokenError) as exc:
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: Parameter {text!r} is no SQL expression") from exc
    if isinstance(found, exp.Query) or found.find(exp.Query):
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: Parameter {text!r} is a query")
    if column := found.find(exp.Column):
        raise QueryFailed(
            f"COLUMN_NOT_FOUND: Parameter {text!r}: Column '{column.name}' cannot be resolved; a string parameter "
            f"needs its quotes: '{text}'"
        )
    return exp.paren(found) if isinstance(found, exp.Binary) else found


def name_tables(tree: exp.Query, database: str, relation: Callable[[str, str], str]) -> exp.Query:
    """Return the query with each table replaced by the relation that `relation(database, table)` names.

    Each keeps its name as alias, so that columns qualified by it resolve; the names of CTEs are no tables.
    """
    tables = {
        id(source): source
        for scope in traverse_scope(tree)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }
    for table in tables.values():
        if isinstance(table.this, exp.Func):
            raise QueryFailed(f"NOT_SUPPORTED: table function {table.this.sql(dialect=AthenaSql)}")
        if table.catalog and table.catalog.lower() != "awsdatacatalog":
            raise QueryFailed(f"CATALOG_NOT_FOUND: Catalog '{table.catalog}' does not exist")
        alias = table.alias_or_name
        name = relation((table.db or database).lower(), table.name.lower())
        table.set("db", None)
        table.set("catalog", None)
        table.set("this", exp.to_identifier(name, quoted=True))
        if not table.args.get("alias"):
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    return tree
