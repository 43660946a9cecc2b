"""Read the data of one query through the Glue catalog: only registered partitions, only declared columns.

A table is looked up and read once a query, at its start, so that a query sees one state of each table throughout.
`scanned_bytes` counts whole files; Athena counts only the columns of a Parquet file that it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from ministack.services import glue

from local.aws.athena import tables
from local.aws.athena.errors import QueryCancelled, QueryFailed
from local.aws.iam.rights import AccessDenied, Principal
from local.aws.patching import arn
from local.aws.s3.objects import LakeObject, NoSuchBucket, ObjectGone, objects_under, s3_service

# In Athena's words, of a view as of a table (https://github.com/hashicorp/terraform-provider-aws/issues/28517).
NO_SERDE = "HIVE_METASTORE_ERROR: Table storage descriptor is missing SerDe info"


@dataclass(frozen=True)
class TableLocation:
    """A location of a table's rows: a partition's values (none for an unpartitioned table), and its files."""

    location: str
    values: tuple[str, ...]
    files: tuple[LakeObject, ...]


UNREAD = "problem"
"""The column that tells why a file cannot be read."""


@dataclass(frozen=True)
class Rows:
    """A table's rows, and the files that cannot be read: their partitions' values, and why not."""

    read: pa.Table
    unread: pa.Table

    def definition(self, relation: str, kinds: dict[str, str]) -> str:
        """Return the CTE of the table, whose columns have these types in DuckDB; a query that needs such a file fails.

        A plain condition on a partition's key is applied first: a file that it rules out is never opened on Athena.
        One on an expression of a key is not applied first here, and the query fails.
        """
        keys = [f'"{name}"' for name in self.unread.column_names if name != UNREAD]
        shown = (
            f'"{name}"' if f'"{name}"' in keys else f'CAST(opened AS {kinds[name]}) AS "{name}"'
            for name in self.read.column_names
        )
        opened = f'SELECT {", ".join(keys)}, unnest(t_opened("{UNREAD}")) AS opened FROM "{relation} unread"'  # noqa: S608 - our own names
        return (
            f'"{relation}" AS (SELECT * FROM "{relation} read" UNION ALL '  # noqa: S608 - our own names
            f"SELECT {', '.join(shown)} FROM ({opened}) AS files)"
        )


@dataclass
class Catalogue:
    """Glue and the lake with one principal's rights, during one query."""

    principal: Principal
    scan_limit: int | None = None
    scanned_bytes: int = 0
    _tables: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _taken: dict[str, list[TableLocation]] = field(default_factory=dict)

    def table(self, database: str, name: str, where: str = "line 1:1") -> dict[str, Any]:
        """Return the Glue table or view; `where` is its place in the query, for the error.

        Raises:
            QueryFailed: there is none, the principal may not see it, or it has no SerDe information.
        """
        database, name = database.lower(), name.lower()
        if (database, name) not in self._tables:
            self.may_see(database, name, "glue:GetTable")
            if database not in glue._databases:
                raise QueryFailed(f"SCHEMA_NOT_FOUND: {where}: Schema '{database}' does not exist")
            found = glue._tables.get(f"{database}/{name}")
            if found is None:
                raise QueryFailed(f"TABLE_NOT_FOUND: {where}: Table 'awsdatacatalog.{database}.{name}' does not exist")
            if not found.get("StorageDescriptor", {}).get("SerdeInfo"):
                raise QueryFailed(NO_SERDE)
            self._tables[database, name] = found
        return self._tables[database, name]

    def has(self, database: str, name: str) -> bool:
        """Return whether Glue has a table or view of this name, regardless of rights."""
        return f"{database.lower()}/{name.lower()}" in glue._tables

    def may_see(self, database: str, table: str | None, action: str) -> None:
        """Raise QueryFailed unless the principal may do a Glue action on the table, its database and the catalog."""
        places = ["catalog", f"database/{database}", *([f"table/{database}/{table}"] if table else [])]
        for place in places:
            try:
                self.principal.require(action, arn("glue", place))
            except AccessDenied as exc:
                raise QueryFailed(
                    f"Insufficient permissions to execute the query. {exc} because no identity-based policy allows "
                    f"the {action} action (Service: AmazonDataCatalog; Status Code: 400; Error Code: "
                    "AccessDeniedException)"
                ) from exc

    def columns(self, database: str, name: str, where: str) -> tuple[tuple[str, str], ...]:
        """Return the names and Trino types of a table's or view's columns.

        Raises:
            QueryFailed: there is none, or the principal may not see it.
        """
        return tables.trino_columns(self.table(database, name, where))

    def rows(self, table: dict[str, Any], times: int = 1, *, with_paths: bool = False) -> Rows:
        """Return all rows of a Glue table, which a query reads so many times; `with_paths` adds the column "$path".

        Raises:
            QueryFailed: the principal may not read it, or a table without partitions does not fit its declaration.
        """
        columns, reader = tables.declared_columns(table), tables.reader(table)
        parts: list[pa.Table] = []
        unread: list[dict[str, Any]] = []
        for place in self._taken[tables.name(table)]:
            values = tables.partition_values(table, place.values)
            self._may_read(place)
            for file in place.files:
                self._scan(file.size * times)
                path = file.path if with_paths else None
                try:
                    parts.append(tables.with_constants(reader(file, columns), values, path))
                except (ObjectGone, QueryFailed) as exc:
                    problem = str(exc)
                    if isinstance(exc, ObjectGone):
                        problem = f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {file.path}: gone"
                    if not values:
                        raise QueryFailed(problem) from exc
                    unread.append({**values, **({"$path": path} if path else {}), UNREAD: problem})
        schema = tables.schema(table, with_paths=with_paths)
        read = pa.concat_tables(parts).cast(schema) if parts else schema.empty_table()
        return Rows(read, tables.unread(table, unread, with_paths=with_paths))

    def _scan(self, size: int) -> None:
        """Count the bytes read; raise QueryFailed if the workgroup allows no more."""
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

    def take(self, wanted: list[dict[str, Any]]) -> None:
        """Take one snapshot of these tables' partitions and files; `rows` reads no others.

        Others go on writing meanwhile, so it looks until two looks in a row saw the same. The files of tables without
        partitions are written over where they lie, `published` above all: they are read between two looks.

        Raises:
            QueryFailed: the principal may not see a table's partitions, or a bucket is not there.
        """
        self._taken = self._look(wanted)
        while (again := self._look(wanted)) != self._taken:
            self._taken = again

    def _look(self, wanted: list[dict[str, Any]]) -> dict[str, list[TableLocation]]:
        """Return the locations of tables with their files; files that may be overwritten are read."""
        looked = {tables.name(table): self._places(table) for table in wanted}
        for file in (
            file for places in looked.values() for place in places if not place.values for file in place.files
        ):
            file.keep()
        return looked

    def _places(self, table: dict[str, Any]) -> list[TableLocation]:
        """Return the locations of a table with their files."""
        try:
            if not table.get("PartitionKeys"):
                location = table["StorageDescriptor"]["Location"]
                return [TableLocation(location, (), tuple(objects_under(location)))]
            found = []
            for partition in self.partitions(table):
                tables.require_same_schema(table, partition)
                location = partition["StorageDescriptor"]["Location"]
                found.append(TableLocation(location, tuple(partition["Values"]), tuple(objects_under(location))))
        except NoSuchBucket as exc:
            raise QueryFailed(f"HIVE_FILESYSTEM_ERROR: The specified bucket does not exist: {exc}") from exc
        return found

    def require_readable(self, table: dict[str, Any]) -> None:
        """Raise QueryFailed unless the principal may read all that a table holds."""
        for place in self._places(table):
            self._may_read(place)

    def _may_read(self, place: TableLocation) -> None:
        """Raise QueryFailed unless the principal may list a location and read its files."""
        bucket, prefix = place.location.removeprefix("s3://").split("/", 1)
        try:
            self.principal.require("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix=prefix)
            for file in place.files:
                self.principal.require("s3:GetObject", f"arn:aws:s3:::{bucket}/{file.key}")
                if file.kms_key:
                    self.principal.require("kms:Decrypt", file.kms_key, kms__ViaService=s3_service())
        except AccessDenied as exc:
            raise QueryFailed(f"PERMISSION_DENIED: Permission denied on S3 path: {place.location} ({exc})") from exc
