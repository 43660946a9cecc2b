"""Write a query's result to a file: CSV, JSON lines or Parquet, by the file's ending."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.athena import QueryResult


ENDINGS = (".csv", ".json", ".parquet")


def write(answer: QueryResult, file: Path) -> None:
    """Write the result to a file, in the format of its ending: one of `ENDINGS`."""
    writers: dict[str, Callable[[QueryResult, Path], None]] = {".csv": _csv, ".json": _json, ".parquet": _parquet}
    writers[file.suffix](answer, file)


def rendered(answer: QueryResult) -> str:
    """Return the result as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return out.getvalue()


def _csv(answer: QueryResult, file: Path) -> None:
    file.write_text(rendered(answer), encoding="utf-8", newline="")


def _json(answer: QueryResult, file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        for record in answer.records():
            out.write(json.dumps(record, ensure_ascii=False, default=_text) + "\n")


def _parquet(answer: QueryResult, file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "bigint": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(), "double": pa.float64(),
        "float": pa.float64(), "integer": pa.int64(), "timestamp": pa.timestamp("us"),
    }  # fmt: skip
    values = zip(*answer.rows, strict=True) if answer.rows else ([] for _ in answer.columns)
    columns = [
        pa.array(list(each), types.get(kind, pa.string())) for each, kind in zip(values, answer.types, strict=True)
    ]
    pq.write_table(pa.table(columns, names=answer.columns), file)


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")
