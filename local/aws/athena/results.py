"""A query's results in Athena's form: column types, values as text, the CSV file in the results bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Cell = str | None

_PRECISION = {
    "boolean": 0, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17, "date": 0,
    "varchar": 2147483647, "timestamp": 3, "timestamp with time zone": 3, "varbinary": 1073741824,
}  # fmt: skip


@dataclass(frozen=True)
class ResultSet:
    """Rows of a statement: names, Trino types, and values as text (None is null)."""

    columns: list[str]
    types: list[str]
    rows: list[list[Cell]]
    scanned_bytes: int = 0

    def information(self) -> list[dict[str, Any]]:
        """Return the metadata GetQueryResults sends."""
        return [_information(name, kind) for name, kind in zip(self.columns, self.types, strict=True)]

    def csv(self) -> bytes:
        """Return the CSV file Athena writes: every value in quotes, a null as nothing."""
        lines: list[list[Cell]] = [list(self.columns), *self.rows]
        return "".join(",".join(_quoted(cell) for cell in line) + "\n" for line in lines).encode()

    def text(self) -> bytes:
        """Return the text file that Athena writes for statements other than queries."""
        return "".join("\t".join(cell or "" for cell in row) + "\n" for row in self.rows).encode()


def _quoted(cell: Cell) -> str:
    """Return a value in the form of the CSV file."""
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'


def short_type(kind: str) -> str:
    """Return the name of a Trino type in Athena's API."""
    base = kind.split("(", 1)[0]
    zoned = "timestamp with time zone" if "zone" in kind else "timestamp"
    return {"real": "float", "timestamp": zoned, "timestamp with time zone": zoned}.get(base, base)


def _information(name: str, kind: str) -> dict[str, Any]:
    """Return the metadata of one column."""
    short = short_type(kind)
    numbers = [int(number) for number in re.findall(r"\d+", kind)] if short in {"decimal", "varchar"} else []
    precision, scale = (*numbers, 0)[:2] if numbers else (_PRECISION.get(short, 0), 0)
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


def parts(text: str) -> list[str]:
    """Return the parts between the commas of the outermost level."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
