"""One file of a table as an Arrow table of the declared columns, or the error that Athena gives for it."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from local.aws.athena.errors import QueryFailed
from local.aws.glue import types as glue_types

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.glue.types import GlueType
    from local.aws.s3.objects import LakeObject

Columns = tuple[tuple[str, str], ...]
"""Names and declared types, in the table's order."""


@lru_cache(maxsize=128)
def read_parquet(file: LakeObject, columns: Columns) -> pa.Table:
    """Return the declared columns of a Parquet file; a column that the file lacks is null.

    Raises:
        QueryFailed: it is not a Parquet file, or a column has another type than the declared one.
    """
    try:
        held = pq.ParquetFile(pa.BufferReader(file.read()))
        wanted = {name for name, _ in columns}
        table = held.read([name for name in held.schema_arrow.names if name.lower() in wanted])
    except pa.ArrowInvalid as exc:
        raise QueryFailed(
            f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {file.path} (offset=0, length={file.size}): {exc}"
        ) from exc
    by_name = {name.lower(): table.column(name) for name in table.column_names}
    arrays = [_column(by_name.get(name), name, glue_types.parse(kind), file, table.num_rows) for name, kind in columns]
    return pa.table(arrays, names=[name for name, _ in columns])


def _column(found: pa.ChunkedArray | None, name: str, kind: GlueType, file: LakeObject, rows: int) -> Any:
    """Return a column of a Parquet file as its declared type."""
    if found is None:
        return pa.nulls(rows, kind.arrow)
    if not kind.accepts(found.type):
        raise QueryFailed(
            f"HIVE_BAD_DATA: Field {name}'s type {found.type} in parquet file {file.path} is incompatible with type "
            f"{kind.athena} defined in table schema"
        )
    if kind.name == "timestamp":
        return pc.round_temporal(found.cast(pa.timestamp("us")), 1, "millisecond")  # Athena's timestamp has 3 digits
    return found.cast(kind.arrow)


@lru_cache(maxsize=512)
def read_json_lines(file: LakeObject, columns: Columns) -> pa.Table:
    """Return the declared columns of a file with one JSON object per line; members match whatever their case.

    Raises:
        QueryFailed: a line is not a JSON object, or a value is not of the declared type.
    """
    body = gzip.decompress(file.read()) if file.key.endswith(".gz") else file.read()
    kinds = [(name, glue_types.parse(kind)) for name, kind in columns]
    rows: list[list[Any]] = []
    for line in body.splitlines():
        members = _members(line, file) if line.strip() else {}  # a blank line is a row of nulls, as Trino reads it
        rows.append([_value(members.get(name), kind, name, file) for name, kind in kinds])
    arrays = [pa.array([row[place] for row in rows], kind.arrow) for place, (_, kind) in enumerate(kinds)]
    return pa.table(arrays, names=[name for name, _ in columns])


def _members(line: bytes, file: LakeObject) -> dict[str, Any]:
    """Return the members of the JSON object on a line, by lower-case name."""
    try:
        found = json.loads(line)
    except ValueError as exc:
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - {exc} in {file.path}") from exc
    if not isinstance(found, dict):
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - {file.path}")
    return {name.lower(): value for name, value in found.items()}


def _value(found: Any, kind: GlueType, name: str, file: LakeObject) -> Any:
    """Return a JSON value as a column's declared type takes it."""
    try:
        return None if found is None else _READERS[kind.name](found, kind)
    except (TypeError, ValueError, InvalidOperation) as exc:
        text = json.dumps(found, ensure_ascii=False)
        raise QueryFailed(
            f"HIVE_BAD_DATA: Error parsing field value '{text[:200]}' for field {name} as {kind.athena} in {file.path}"
        ) from exc


def _exactly(*types: type) -> Callable[[Any, GlueType], Any]:
    """Return a reader that accepts values of these Python types only; a bool is not a number."""

    def reader(found: Any, kind: GlueType) -> Any:
        if type(found) not in types:
            raise TypeError(kind.name)
        return float(found) if kind.name in {"float", "double"} else found

    return reader


def _whole(found: Any, kind: GlueType) -> int:
    """Return a JSON integer that fits the declared width."""
    if type(found) is not int:
        raise TypeError(kind.name)
    bits = int(kind.arrow.bit_width)
    if not -(2 ** (bits - 1)) <= found < 2 ** (bits - 1):
        raise ValueError(kind.name)
    return found


def _inner(found: Any, kind: GlueType) -> Any:
    """Return a member of an array, map or struct."""
    return None if found is None else _READERS[kind.name](found, kind)


def _array(found: Any, kind: GlueType) -> list[Any]:
    """Return a JSON array."""
    if not isinstance(found, list):
        raise TypeError(kind.name)
    return [_inner(value, kind.members[0][1]) for value in found]


def _map(found: Any, kind: GlueType) -> list[tuple[Any, Any]]:
    """Return a JSON object as the entries of a map."""
    if not isinstance(found, dict):
        raise TypeError(kind.name)
    return [(key, _inner(value, kind.members[1][1])) for key, value in found.items()]


def _struct(found: Any, kind: GlueType) -> dict[str, Any]:
    """Return a JSON object as a struct; a member it lacks is null."""
    if not isinstance(found, dict):
        raise TypeError(kind.name)
    members = {name.lower(): value for name, value in found.items()}
    return {name: _inner(members.get(name), member) for name, member in kind.members}


def _timestamp(found: Any, _kind: GlueType) -> datetime:
    """Return a timestamp as Hive writes it: `YYYY-MM-DD HH:MM:SS[.fff]`, with a space and without a zone."""
    if not isinstance(found, str) or "T" in found or datetime.fromisoformat(found).tzinfo:
        raise ValueError(found)
    return datetime.fromisoformat(found)


_READERS: dict[str, Callable[[Any, GlueType], Any]] = {
    "string": _exactly(str),
    "boolean": _exactly(bool),
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint"), _whole),
    "float": _exactly(float, int),
    "double": _exactly(float, int),
    "decimal": lambda found, kind: Decimal(str(found)).quantize(Decimal(1).scaleb(-kind.arrow.scale)),
    "date": lambda found, _kind: date.fromisoformat(found),
    "timestamp": _timestamp,
    "array": _array,
    "map": _map,
    "struct": _struct,
    "binary": lambda found, _kind: found.encode(),
}
