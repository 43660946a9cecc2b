"""Athena's statements other than queries: SHOW and DESCRIBE, answered from the catalog."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from ministack.services import glue

from local.aws.athena.errors import QueryFailed
from local.aws.athena.results import ResultSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.catalogue import Catalogue

_NAME = r"[`\"]?(?:(?P<database>\w+)[`\"]?\.[`\"]?)?(?P<name>\w+)[`\"]?"
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?P<query>(?:SELECT|WITH|VALUES|\().*)", re.IGNORECASE | re.DOTALL)


_HIVES = (
    r"(UNLOAD|MSCK|VACUUM|OPTIMIZE|ALTER|DROP|CREATE\s+(EXTERNAL|TABLE|DATABASE|SCHEMA|OR|VIEW|PROTECTED)|"
    r"SHOW\s+(CREATE|TBLPROPERTIES|VIEWS|FUNCTIONS)|EXPLAIN\s+(ANALYZE|\()|PREPARE|EXECUTE|DEALLOCATE|INSERT|DELETE|UPDATE|"
    r"MERGE)\b"
)


def explained(sql: str) -> str | None:
    """Return the query of an EXPLAIN statement, None if `sql` is another statement."""
    found = _EXPLAIN.fullmatch(bare(sql))
    return found["query"] if found else None


def bare(sql: str) -> str:
    """Return a statement without the comments before it and the semicolon behind it."""
    text = re.sub(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", "", sql, flags=re.DOTALL)
    return text.strip().rstrip(";").strip()


def is_hives(sql: str) -> bool:
    """Return whether a statement is one that Athena reads by Hive's grammar, or by its own."""
    return re.match(_HIVES, bare(sql), re.IGNORECASE) is not None


def of(sql: str) -> Callable[[Catalogue, str], ResultSet] | None:
    """Return the function that answers `sql` from a catalog and a database, None if it is a query."""
    text = bare(sql)
    for pattern, answer in _STATEMENTS:
        found = re.fullmatch(pattern, text, re.IGNORECASE)
        if found:
            return partial(answer, found.groupdict())
    return None


def kind(sql: str) -> tuple[str, str]:
    """Return the statement type and substatement type Athena reports."""
    words = re.findall(r"\w+", re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL))[:2]
    first = words[0].upper() if words else ""
    if first in {"SELECT", "WITH", "VALUES", "INSERT", "DELETE", "UPDATE", "MERGE"}:
        return "DML", "SELECT" if first in {"WITH", "VALUES"} else first
    if first in {"CREATE", "DROP", "ALTER"}:
        return "DDL", " ".join(words).upper()
    return "UTILITY", {"DESCRIBE": "DESCRIBE_TABLE", "EXPLAIN": "EXPLAIN"}.get(first, "_".join(words).upper())


def _tables(found: dict[str, str | None], catalogue: Catalogue, database: str) -> ResultSet:
    """Return the names of a database's tables and views."""
    name = (found["name"] or database).lower()
    catalogue.may_see(name, None, "glue:GetTables")
    if name not in glue._databases:
        raise QueryFailed(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{name}' does not exist")
    pattern = (found["pattern"] or "*").lower()
    names = [key.split("/", 1)[1] for key in glue._tables if key.startswith(f"{name}/")]
    kept = sorted(table for table in names if any(fnmatchcase(table, one) for one in pattern.split("|")))
    return ResultSet(["tab_name"], ["varchar"], [[table] for table in kept])


def _databases(_found: dict[str, str | None], catalogue: Catalogue, _database: str) -> ResultSet:
    """Return the names of the databases."""
    catalogue.may_see("*", None, "glue:GetDatabases")
    return ResultSet(["database_name"], ["varchar"], [[name] for name in sorted(glue._databases)])


def _partitions(found: dict[str, str | None], catalogue: Catalogue, database: str) -> ResultSet:
    """Return the registered partitions of a table, as key=value paths."""
    table = catalogue.table(found["database"] or database, str(found["name"]))
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    if not keys:
        raise QueryFailed(f"SemanticException Table {table['Name']} is not a partitioned table")
    rows = [zip(keys, partition["Values"], strict=True) for partition in catalogue.partitions(table)]
    paths = sorted("/".join(f"{key}={value}" for key, value in row) for row in rows)
    return ResultSet(["partition"], ["varchar"], [[path] for path in paths])


def _columns(found: dict[str, str | None], catalogue: Catalogue, database: str) -> ResultSet:
    """Return the names of a table's columns, partition keys last."""
    table = catalogue.table(found["database"] or database, str(found["name"]))
    columns = [*table["StorageDescriptor"]["Columns"], *(table.get("PartitionKeys") or [])]
    return ResultSet(["field"], ["varchar"], [[column["Name"]] for column in columns])


def _describe(found: dict[str, str | None], catalogue: Catalogue, database: str) -> ResultSet:
    """Return a table's columns with type and comment, partition keys last and once more below."""
    table = catalogue.table(found["database"] or database, str(found["name"]))
    keys = [[key["Name"], key["Type"], key.get("Comment", "")] for key in table.get("PartitionKeys") or []]
    rows = [[c["Name"], c["Type"], c.get("Comment", "")] for c in table["StorageDescriptor"]["Columns"]] + keys
    if keys:
        rows += [["", "", ""], ["# Partition Information", "", ""], ["# col_name", "data_type", "comment"], *keys]
    return ResultSet(["col_name", "data_type", "comment"], ["varchar"] * 3, [list(row) for row in rows])


_STATEMENTS: tuple[tuple[str, Callable[[dict[str, str | None], Catalogue, str], ResultSet]], ...] = (
    (r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+[`\"]?(?P<name>\w+)[`\"]?)?(?:\s+'(?P<pattern>[^']*)')?", _tables),
    (r"SHOW\s+(?:DATABASES|SCHEMAS)", _databases),
    (rf"SHOW\s+PARTITIONS\s+{_NAME}", _partitions),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}", _columns),
    (rf"DESC(?:RIBE)?\s+(?:EXTENDED\s+|FORMATTED\s+)?{_NAME}", _describe),
)
