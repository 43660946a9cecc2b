"""What a query answers, in Athena's words: column types, values as text, the CSV file in the results bucket."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict

Cell = str | None

_SCALARS = {
    "BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "UTINYINT": "bigint", "USMALLINT": "bigint", "UINTEGER": "bigint", "UBIGINT": "bigint", "HUGEINT": "bigint",
    "UHUGEINT": "bigint", "FLOAT": "real", "DOUBLE": "double", "VARCHAR": "varchar", "BLOB": "varbinary",
    "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp(3)", "TIMESTAMP_MS": "timestamp(3)",
    "TIMESTAMP_S": "timestamp(3)", "TIMESTAMP WITH TIME ZONE": "timestamp(3) with time zone",
    "TIME WITH TIME ZONE": "time with time zone", "INTERVAL": "interval day to second", "JSON": "json",
    "UUID": "uuid", '"NULL"': "unknown", "SQLNULL": "unknown",
}  # fmt: skip

_PRECISION = {
    "boolean": 0, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17, "date": 0,
    "varchar": 2147483647, "timestamp": 3, "timestamp with time zone": 3, "varbinary": 1073741824,
}  # fmt: skip


class ColumnInfo(TypedDict):
    """One column of GetQueryResults' metadata."""

    CatalogName: str
    SchemaName: str
    TableName: str
    Name: str
    Label: str
    Type: str
    Precision: int
    Scale: int
    Nullable: str
    CaseSensitive: bool


@dataclass(frozen=True)
class Answer:
    """Rows of a statement: names, Trino types, and values as text (None is null)."""

    columns: list[str]
    types: list[str]
    rows: list[list[Cell]]
    scanned_bytes: int = 0

    def information(self) -> list[ColumnInfo]:
        """Return the metadata GetQueryResults sends."""
        return [_information(name, kind) for name, kind in zip(self.columns, self.types, strict=True)]

    def csv(self) -> bytes:
        """Return the CSV file Athena writes: every value in quotes, a null as nothing."""
        lines: list[list[Cell]] = [list(self.columns), *self.rows]
        return "".join(",".join(_quoted(cell) for cell in line) + "\n" for line in lines).encode()

    def text(self) -> bytes:
        """Return the text file Athena writes for statements that are no queries."""
        return "".join("\t".join(cell or "" for cell in row) + "\n" for row in self.rows).encode()


def _quoted(cell: Cell) -> str:
    """Return a value as it stands in the CSV file."""
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'


def _information(name: str, kind: str) -> ColumnInfo:
    """Return the metadata of one column."""
    base = kind.split("(", 1)[0]
    short = {"real": "float", "timestamp": "timestamp with time zone" if "zone" in kind else "timestamp"}.get(
        base, base
    )
    numbers = [int(number) for number in re.findall(r"\d+", kind)] if base == "decimal" else []
    precision, scale = numbers or (_PRECISION.get(short, 0), 0)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": short,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": short in {"varchar", "json"},
    }


def trino_type(duckdb: str) -> str:
    """Return Trino's name of a DuckDB type, such as `array(varchar)` of `VARCHAR[]`."""
    if duckdb.endswith("[]"):
        return f"array({trino_type(duckdb[:-2])})"
    if duckdb.startswith("MAP("):
        return f"map({', '.join(trino_type(part) for part in parts(duckdb[4:-1]))})"
    if duckdb.startswith("STRUCT("):
        members = [part.split(" ", 1) for part in parts(duckdb[7:-1])]
        return f"row({', '.join(f'{name.strip(chr(34))} {trino_type(kind)}' for name, kind in members)})"
    if duckdb.startswith("DECIMAL"):
        return duckdb.lower()
    return _SCALARS.get(duckdb, "varchar")


def parts(text: str) -> list[str]:
    """Return what the commas of the outermost level separate."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def as_text(value: Any) -> Cell:
    """Return a value as Athena writes it, None for null."""
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    """Return a value as Athena writes it; a null inside another value is the word."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, (datetime, date, timedelta)):
        return _time(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex(" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}={_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_text, value)) + "]"
    return str(value)


def _time(value: date | timedelta) -> str:
    """Return a date, a timestamp with three digits, or an interval."""
    if isinstance(value, datetime):
        return (
            value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}" + (" UTC" if value.tzinfo else "")
        )
    if isinstance(value, timedelta):
        seconds = value.seconds
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{value.microseconds // 1000:03}"
        return f"{value.days} {clock}"
    return value.isoformat()


def _double(value: float) -> str:
    """Return a double as Java writes it: 1.0, 1.0E7, NaN, Infinity."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value) if "e" not in repr(value) else f"{value:f}"
    mantissa, exponent = f"{Decimal(repr(value)).normalize():E}".split("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
