"""Write a query's result to a file: CSV, JSON lines or Parquet, by the file's ending."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.files import named
from ops.terminal.output import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pyarrow as pa

    from ops.athena import QueryResult


ENDINGS = (".csv", ".json", ".parquet")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters by which a spreadsheet takes a text for a formula. Source: OWASP, CSV Injection."""


def write(answer: QueryResult, file: Path, *, safe: bool = False) -> None:
    """Write the answer to a file, in the form that its ending says: one of `ENDINGS`; `safe` is for spreadsheets."""
    writers: dict[str, Callable[[QueryResult, Path], None]] = {".json": _json, ".parquet": _parquet}
    with named(file):
        if file.suffix == ".csv":
            file.write_text(rendered(answer, safe=safe), encoding="utf-8-sig" if safe else "utf-8", newline="")
        else:
            writers[file.suffix](answer, file)


def rendered(answer: QueryResult, *, safe: bool = False) -> str:
    """Return the result as CSV: null is empty, an empty text is "". `safe` puts a ' before a possible formula.

    Every text with a line break of any kind is quoted: readers end a row at a lone carriage return too.
    """
    rows: list[Iterable[object]] = [answer.columns, *answer.rows]
    return "".join(",".join(_cell(value, safe=safe) for value in row) + "\n" for row in rows)


def _cell(value: object, *, safe: bool) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, default=as_json) if isinstance(value, list | dict) else str(value)
    if safe and isinstance(value, str) and text.startswith(FORMULA):
        text = f"'{text}"
    plain = text and not any(mark in text for mark in ',"\r\n')
    return text if plain else '"' + text.replace('"', '""') + '"'


def _json(answer: QueryResult, file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        for record in answer.records():
            out.write(json.dumps(record, ensure_ascii=False, default=as_json) + "\n")


def _parquet(answer: QueryResult, file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = zip(*answer.rows, strict=True) if answer.rows else ([] for _ in answer.columns)
    columns = [_column(list(each), kind) for each, kind in zip(values, answer.types, strict=True)]
    pq.write_table(pa.table(columns, names=answer.columns), file)


def _column(values: list[object], kind: str) -> pa.Array:
    """Return a column of the type that Athena names; a list's members have the type of its values."""
    import pyarrow as pa

    types = {
        "bigint": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(), "double": pa.float64(), "float": pa.float32(),
        "integer": pa.int32(), "smallint": pa.int16(), "tinyint": pa.int8(), "timestamp": pa.timestamp("us"),
    }  # fmt: skip
    if kind in types:
        return pa.array(values, types[kind])
    if kind == "decimal":
        return pa.array(values)
    try:
        return _nested(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # Parquet's lists have one type of member
        return pa.array(
            [value if isinstance(value, str | None) else json.dumps(value) for value in values], pa.string()
        )


def _nested(values: list[object], kind: str) -> pa.Array:
    """Return a column of texts, or one of lists, maps or rows; pyarrow raises if their members have no common type."""
    import pyarrow as pa

    if kind == "map" and all(value is None or isinstance(value, dict) for value in values):
        members = [each for value in values if isinstance(value, dict) for each in value.values()]
        pairs = [list(value.items()) if isinstance(value, dict) else None for value in values]
        return pa.array(pairs, pa.map_(pa.string(), pa.array(members).type if members else pa.string()))
    if kind == "row" and any(isinstance(value, dict) for value in values):
        return pa.array(values)
    if kind == "array" and all(value is None or isinstance(value, list) for value in values):
        found = pa.array(values)
        known = pa.types.is_list(found.type) and not pa.types.is_null(found.type.value_type)
        return found if known else pa.array(values, pa.list_(pa.string()))
    return pa.array(values, pa.string())
