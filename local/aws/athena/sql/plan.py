"""Compile each query once and cache the plan: compiling costs more than running."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql.compile import compiled
from local.aws.athena.sql.types import Type, named

if TYPE_CHECKING:
    from local.aws.athena.catalogue import Catalogue
    from local.aws.athena.sql.trees import Out

_MOST_PLANS = 512

Columns = tuple[tuple[str, str], ...]
"""The names and Trino types of a table's columns."""


@dataclass(frozen=True)
class Source:
    """A table or view that a query reads: the name of its relation, its columns, and its place in the query."""

    relation: str
    database: str
    name: str
    where: str
    columns: Columns
    with_paths: bool


@dataclass(frozen=True)
class Plan:
    """DuckDB's SQL over relations, what each relation is and how often it is read, and the columns that come out."""

    sql: str
    sources: tuple[Source, ...]
    columns: tuple[Out, ...]
    reads: dict[str, int] = field(hash=False)


_plans: OrderedDict[tuple[str, tuple[str, ...], str], Plan] = OrderedDict()


def plan(sql: str, parameters: tuple[str, ...], database: str, catalogue: Catalogue) -> Plan:
    """Return the plan of a query over a catalog; reuse an earlier one if its tables are unchanged.

    Raises:
        Malformed: the text is not an Athena query.
        QueryFailed: it uses what Athena does not have, its parameters do not fit, or a table is not there.
    """
    key = (sql, parameters, database)
    found = _plans.get(key)
    if found is None or any(catalogue.columns(s.database, s.name, s.where) != s.columns for s in found.sources):
        found = _made(sql, parameters, database, catalogue)
        _plans[key] = found
        while len(_plans) > _MOST_PLANS:
            _plans.popitem(last=False)
    return found


def _made(sql: str, parameters: tuple[str, ...], database: str, catalogue: Catalogue) -> Plan:
    sources: dict[str, Source] = {}
    with_paths = "$path" in sql.lower()

    def columns_of(schema: str, name: str, where: str) -> list[tuple[str, Type]]:
        if schema == "information_schema" or "$" in name:
            raise QueryFailed(
                f"NOT_SUPPORTED: {where}: Table '{schema}.{name}' is not supported by the embedded Athena, though "
                "Athena has it"
            )
        columns = catalogue.columns(schema, name, where)
        relation = f"{schema}.{name}"
        sources.setdefault(relation, Source(relation, schema, name, where, columns, with_paths))
        return [(column, type_of(kind, relation)) for column, kind in columns]

    done = compiled(sql, parameters, database, columns_of)
    return Plan(done.sql, tuple(sources.values()), done.columns, dict(done.reads))


def type_of(kind: str, relation: str) -> Type:
    """Return the type that a table or view declares.

    Raises:
        QueryFailed: there is none of this name, or it is not known here.
    """
    found = named(kind)
    if re.search(r"\b(int|string|float|binary|struct)\b|<", kind.lower()):
        raise QueryFailed(f"INVALID_VIEW: Unknown type '{kind}' in a view's columns")
    if found is None or found.holds("real", "char"):
        raise QueryFailed(
            f"NOT_SUPPORTED: A column of type '{kind}' in '{relation}' is not supported by the embedded Athena; "
            "if Trino has no type of this name, Athena refuses it too"
        )
    return found
