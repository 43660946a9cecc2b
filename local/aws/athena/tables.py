"""Read a Glue table or view: columns, types, how its files are read, a view's definition."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from local.aws.athena import files
from local.aws.athena.errors import QueryFailed
from local.aws.glue import types
from local.aws.s3.objects import LakeObject

Reader = Callable[[LakeObject, files.Columns], pa.Table]
"""A function that reads a file as the declared columns."""

_READERS: dict[str, Reader] = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": files.read_parquet,
    "org.openx.data.jsonserde.JsonSerDe": files.read_json_lines,
    "org.apache.hive.hcatalog.data.JsonSerDe": files.read_json_lines,
}
_VIEW_MARK = ("/* Presto View: ", " */")


def name(table: dict[str, Any]) -> str:
    """Return `database/table`."""
    return f"{table['DatabaseName']}/{table['Name']}"


def partition_values(table: dict[str, Any], values: tuple[str, ...]) -> dict[str, Any]:
    """Return a partition's values by key, typed as declared."""
    keys = table.get("PartitionKeys") or []
    return {key["Name"]: _constant(text, key) for key, text in zip(keys, values, strict=True)}


def declared_columns(table: dict[str, Any]) -> files.Columns:
    """Return the columns of a Glue table with their declared types, partition keys aside."""
    return tuple((column["Name"].lower(), column["Type"]) for column in table["StorageDescriptor"]["Columns"])


def trino_columns(table: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the columns of a table or view with their Trino types, partition keys last."""
    if view := view_text(table):
        return tuple((column["name"].lower(), column["type"]) for column in view["columns"])
    keys = tuple((key["Name"].lower(), key["Type"]) for key in table.get("PartitionKeys") or [])
    return tuple((column, types.parse(kind).athena) for column, kind in declared_columns(table) + keys)


def view_text(table: dict[str, Any]) -> dict[str, Any] | None:
    """Return the definition inside a Glue view (`originalSql`, `columns`, `schema` ...), None for a table.

    Raises:
        QueryFailed: it is a view without a definition that Athena can read.
    """
    if table.get("TableType") != "VIRTUAL_VIEW":
        return None
    text = table.get("ViewOriginalText") or ""
    name = f"{table['DatabaseName']}.{table['Name']}"
    if not (text.startswith(_VIEW_MARK[0]) and text.endswith(_VIEW_MARK[1])):
        raise QueryFailed(f"INVALID_VIEW: '{name}' is not a Presto view:  its ViewOriginalText lacks {_VIEW_MARK[0]!r}")
    try:
        found = json.loads(base64.b64decode(text[len(_VIEW_MARK[0]) : -len(_VIEW_MARK[1])], validate=True))
    except ValueError as exc:
        raise QueryFailed(f"INVALID_VIEW: Invalid view JSON of '{name}': {exc}") from exc
    missing = {"originalSql", "catalog", "columns"} - set(found)
    if missing:
        raise QueryFailed(f"INVALID_VIEW: Invalid view JSON of '{name}': {', '.join(sorted(missing))} missing")
    return dict(found)


def reader(table: dict[str, Any]) -> Reader:
    """Return the reader of a table's files, by its SerDe as on AWS, never by its classification."""
    name = f"{table['DatabaseName']}.{table['Name']}"
    if str((table.get("Parameters") or {}).get("projection.enabled")).lower() == "true":
        raise QueryFailed(f"NOT_SUPPORTED: '{name}' uses partition projection, which this Athena does not read")
    serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("SerializationLibrary")
    if serde not in _READERS:
        raise QueryFailed(f"HIVE_UNSUPPORTED_FORMAT: Unable to read '{name}': no reader for SerDe {serde!r}")
    return _READERS[serde]


def require_same_schema(table: dict[str, Any], partition: dict[str, Any]) -> None:
    """Raise QueryFailed unless a partition has its table's types for each column that both declare."""
    declared = dict(declared_columns(table))
    for column in (partition.get("StorageDescriptor") or {}).get("Columns") or []:
        name = column["Name"].lower()
        if name in declared and types.parse(column["Type"]) != types.parse(declared[name]):
            raise QueryFailed(
                "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The "
                f"types are incompatible and cannot be coerced. The column '{name}' in table "
                f"'{table['DatabaseName']}.{table['Name']}' is declared as type '{declared[name]}', but partition "
                f"{partition['Values']} declared column '{name}' as type '{column['Type']}'."
            )


def _constant(text: str, key: dict[str, Any]) -> pa.Scalar[Any]:
    """Return a partition's value as its key's declared type."""
    kind = types.parse(key["Type"])
    try:
        return pa.scalar(text).cast(kind.arrow)
    except pa.ArrowInvalid as exc:
        raise QueryFailed(
            f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{text}' for {kind.athena} partition key: "
            f"{key['Name']}"
        ) from exc


def with_constants(part: pa.Table, values: dict[str, Any], path: str | None) -> pa.Table:
    """Return a file's rows with its partition's values, and its path where asked."""
    for name, value in [*values.items(), *([("$path", pa.scalar(path))] if path else [])]:
        part = part.append_column(name, pa.repeat(value, part.num_rows))
    return part


def unread(table: dict[str, Any], rows: list[dict[str, Any]], *, with_paths: bool) -> pa.Table:
    """Return the unreadable files as a table: the partition keys, "$path" if asked for, and the problem."""
    keys = [(key["Name"].lower(), types.parse(key["Type"]).arrow) for key in table.get("PartitionKeys") or []]
    fields = [*keys, *([("$path", pa.string())] if with_paths else []), ("problem", pa.string())]
    plain = [
        {name: value.as_py() if isinstance(value, pa.Scalar) else value for name, value in row.items()} for row in rows
    ]
    return pa.Table.from_pylist(plain, schema=pa.schema(fields))


def schema(table: dict[str, Any], *, with_paths: bool) -> pa.Schema:
    """Return the Arrow schema of a table's rows: columns, partition keys and "$path" where asked."""
    keys = tuple((key["Name"].lower(), key["Type"]) for key in table.get("PartitionKeys") or [])
    fields = [(name, types.parse(kind).arrow) for name, kind in declared_columns(table) + keys]
    return pa.schema([*fields, *([("$path", pa.string())] if with_paths else [])])
