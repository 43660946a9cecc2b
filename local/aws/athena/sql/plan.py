"""A query's text made ready for DuckDB once: parsing costs more than running, and views are asked again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from sqlglot import exp

from local.aws.athena.errors import position
from local.aws.athena.sql import parse
from local.aws.athena.sql.translate import translate


@dataclass(frozen=True)
class Source:
    """A table or view that a query reads: the relation its rows shall be in, and where the query names it."""

    relation: str
    database: str
    name: str
    where: str
    with_paths: bool


@dataclass(frozen=True)
class Plan:
    """DuckDB's SQL over relations, and what each relation is; `tree` is the query in Trino's dialect, not to change."""

    sql: str
    sources: tuple[Source, ...]
    text: str
    tree: exp.Query = field(compare=False, repr=False)


@lru_cache(maxsize=512)
def plan(sql: str, parameters: tuple[str, ...], database: str) -> Plan:
    """Return the plan of a query.

    Raises:
        Malformed: the text is no query of Athena's.
        QueryFailed: it uses what Athena does not have, or its parameters do not fit.
    """
    tree = parse.bind(parse.parse(sql).copy(), list(parameters))
    with_paths = any(column.name.lower() == "$path" for column in tree.find_all(exp.Column))
    sources: dict[str, Source] = {}

    def relation(schema: str, name: str) -> str:
        source = Source(f"{schema}.{name}", schema, name, position(sql, name), with_paths)
        return sources.setdefault(source.relation, source).relation

    tree = parse.name_tables(tree, database, relation)
    return Plan(translate(tree.copy()), tuple(sources.values()), sql, tree)
