"""The data of one query, read through the catalogue: only registered partitions, only declared columns.

A table is looked up and read once a query, at its start, so that a query sees one state of each table throughout.
`scanned_bytes` counts whole files; Athena counts only the columns of a Parquet file that it reads.
"""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from ministack.core.responses import get_account_id, get_region
from ministack.services import glue

from local.additions import athena_files, glue_types
from local.additions.athena_errors import QueryCancelled, QueryFailed
from local.additions.lake_objects import LakeObject, NoSuchBucket, ObjectGone, objects_under, s3_service
from local.additions.rights import AccessDenied, Principal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PINS = {
    "ministack.services.glue:_databases": "AccountRegionScopedDict",
    "ministack.services.glue:_tables": "AccountRegionScopedDict",
    "ministack.services.glue:_partitions": "AccountRegionScopedDict",
}

_READERS: dict[str, Callable[[LakeObject, athena_files.Columns], pa.Table]] = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": athena_files.read_parquet,
    "org.openx.data.jsonserde.JsonSerDe": athena_files.read_json_lines,
    "org.apache.hive.hcatalog.data.JsonSerDe": athena_files.read_json_lines,
}
_VIEW_MARK = ("/* Presto View: ", " */")


@dataclass
class Catalogue:
    """Glue and the lake, as one principal may see them during one query."""

    principal: Principal
    scan_limit: int | None = None
    scanned_bytes: int = 0
    _tables: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def table(self, database: str, name: str, where: str = "line 1:1") -> dict[str, Any]:
        """Return the Glue table or view; `where` is its place in the query, for the error.

        Raises:
            QueryFailed: there is none, or the principal may not see it.
        """
        database, name = database.lower(), name.lower()
        if (database, name) not in self._tables:
            self.may_see(database, name, "glue:GetTable")
            if database not in glue._databases:
                raise QueryFailed(f"SCHEMA_NOT_FOUND: {where}: Schema '{database}' does not exist")
            found = glue._tables.get(f"{database}/{name}")
            if found is None:
                raise QueryFailed(f"TABLE_NOT_FOUND: {where}: Table 'awsdatacatalog.{database}.{name}' does not exist")
            self._tables[database, name] = found
        return self._tables[database, name]

    def may_see(self, database: str, table: str | None, action: str) -> None:
        """Return if the principal may do a Glue action: on the table, its database and the catalogue.

        Raises:
            QueryFailed: it may not.
        """
        arn = f"arn:aws:glue:{get_region()}:{get_account_id()}"
        places = [f"{arn}:catalog", f"{arn}:database/{database}"]
        for place in [*places, f"{arn}:table/{database}/{table}"] if table else places:
            try:
                self.principal.require(action, place)
            except AccessDenied as exc:
                raise QueryFailed(
                    f"Insufficient permissions to execute the query. {exc} because no identity-based policy allows "
                    f"the {action} action (Service: AmazonDataCatalog; Status Code: 400; Error Code: "
                    "AccessDeniedException)"
                ) from exc

    def rows(self, table: dict[str, Any], *, with_paths: bool = False) -> pa.Table:
        """Return all rows of a Glue table; `with_paths` adds the column "$path".

        Raises:
            QueryFailed: data that does not fit the declaration, or that the principal may not read.
        """
        columns = declared_columns(table)
        reader = _reader(table)
        parts: list[pa.Table] = []
        for location, values in self._places(table):
            for file in self._files(location):
                self._scan(file.size)
                try:
                    part = reader(file, columns)
                except ObjectGone as exc:
                    raise QueryFailed(f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {file.path}: gone") from exc
                parts.append(_with_constants(part, values, file.path if with_paths else None))
        schema = _schema(table, with_paths=with_paths)
        return pa.concat_tables(parts).cast(schema) if parts else schema.empty_table()

    def _scan(self, size: int) -> None:
        """Count what is read, unless the workgroup allows no more."""
        self.scanned_bytes += size
        if self.scan_limit is not None and self.scanned_bytes > self.scan_limit:
            raise QueryCancelled(
                f"Query cancelled! : Bytes scanned limit was exceeded: {self.scanned_bytes} bytes are read, "
                f"{self.scan_limit} are allowed"
            )

    def partitions(self, table: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the registered partitions of a table.

        Raises:
            QueryFailed: the principal may not see them.
        """
        self.may_see(table["DatabaseName"], table["Name"], "glue:GetPartitions")
        return list(glue._partitions.get(f"{table['DatabaseName']}/{table['Name']}") or [])

    def _places(self, table: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
        """Yield each location to read, with the partition's values by key."""
        keys = table.get("PartitionKeys") or []
        if not keys:
            yield table["StorageDescriptor"]["Location"], {}
            return
        for partition in self.partitions(table):
            _same_schema(table, partition)
            values = partition["Values"]
            yield (
                partition["StorageDescriptor"]["Location"],
                {key["Name"]: _constant(text, key) for key, text in zip(keys, values, strict=True)},
            )

    def _files(self, location: str) -> list[LakeObject]:
        """Return the files under a location, each of which the principal may read."""
        try:
            files = objects_under(location)
        except NoSuchBucket as exc:
            raise QueryFailed(f"HIVE_FILESYSTEM_ERROR: The specified bucket does not exist: {exc}") from exc
        bucket, prefix = location.removeprefix("s3://").split("/", 1)
        try:
            self.principal.require("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix=prefix)
            for file in files:
                self.principal.require("s3:GetObject", f"arn:aws:s3:::{bucket}/{file.key}")
                if file.kms_key:
                    self.principal.require("kms:Decrypt", file.kms_key, kms__ViaService=s3_service())
        except AccessDenied as exc:
            raise QueryFailed(f"PERMISSION_DENIED: Permission denied on S3 path: {location} ({exc})") from exc
        return files


def declared_columns(table: dict[str, Any]) -> athena_files.Columns:
    """Return the columns of a Glue table with their declared types, partition keys aside."""
    return tuple((column["Name"].lower(), column["Type"]) for column in table["StorageDescriptor"]["Columns"])


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
        raise QueryFailed(f"INVALID_VIEW: '{name}' is no Presto view: its ViewOriginalText lacks {_VIEW_MARK[0]!r}")
    try:
        found = json.loads(base64.b64decode(text[len(_VIEW_MARK[0]) : -len(_VIEW_MARK[1])], validate=True))
    except ValueError as exc:
        raise QueryFailed(f"INVALID_VIEW: Invalid view JSON of '{name}': {exc}") from exc
    missing = {"originalSql", "catalog", "columns"} - set(found)
    if missing:
        raise QueryFailed(f"INVALID_VIEW: Invalid view JSON of '{name}': {', '.join(sorted(missing))} missing")
    return dict(found)


def _reader(table: dict[str, Any]) -> Callable[[LakeObject, athena_files.Columns], pa.Table]:
    """Return the reader of a table's files, by its SerDe as on AWS, never by its classification."""
    name = f"{table['DatabaseName']}.{table['Name']}"
    if str((table.get("Parameters") or {}).get("projection.enabled")).lower() == "true":
        raise QueryFailed(f"NOT_SUPPORTED: '{name}' uses partition projection, which this Athena does not read")
    serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("SerializationLibrary")
    if serde not in _READERS:
        raise QueryFailed(f"HIVE_UNSUPPORTED_FORMAT: Unable to read '{name}': no reader for SerDe {serde!r}")
    return _READERS[serde]


def _same_schema(table: dict[str, Any], partition: dict[str, Any]) -> None:
    """Return if a partition declares what its table does, for each column that both know."""
    declared = dict(declared_columns(table))
    for column in (partition.get("StorageDescriptor") or {}).get("Columns") or []:
        name = column["Name"].lower()
        if name in declared and glue_types.parse(column["Type"]) != glue_types.parse(declared[name]):
            raise QueryFailed(
                "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The "
                f"types are incompatible and cannot be coerced. The column '{name}' in table "
                f"'{table['DatabaseName']}.{table['Name']}' is declared as type '{declared[name]}', but partition "
                f"{partition['Values']} declared column '{name}' as type '{column['Type']}'."
            )


def _constant(text: str, key: dict[str, Any]) -> pa.Scalar[Any]:
    """Return a partition's value as its key's declared type."""
    kind = glue_types.parse(key["Type"])
    try:
        return pa.scalar(text).cast(kind.arrow)
    except pa.ArrowInvalid as exc:
        raise QueryFailed(
            f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{text}' for {kind.athena} partition key: "
            f"{key['Name']}"
        ) from exc


def _with_constants(part: pa.Table, values: dict[str, Any], path: str | None) -> pa.Table:
    """Return a file's rows with its partition's values, and its path where asked."""
    for name, value in [*values.items(), *([("$path", pa.scalar(path))] if path else [])]:
        part = part.append_column(name, pa.repeat(value, part.num_rows))
    return part


def _schema(table: dict[str, Any], *, with_paths: bool) -> pa.Schema:
    """Return the Arrow schema of a table's rows: columns, partition keys and "$path" where asked."""
    keys = tuple((key["Name"].lower(), key["Type"]) for key in table.get("PartitionKeys") or [])
    fields = [(name, glue_types.parse(kind).arrow) for name, kind in declared_columns(table) + keys]
    return pa.schema([*fields, *([("$path", pa.string())] if with_paths else [])])
