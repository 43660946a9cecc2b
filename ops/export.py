"""A query's answer as a file: CSV, JSON lines or Parquet, by the file's ending."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING

from ops.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.athena import Answer


def write(answer: Answer, file: Path) -> None:
    """Write the answer to a file.

    Raises:
        WrongUsage: the file's ending is none of .csv, .json and .parquet.
    """
    writers: dict[str, Callable[[Answer, Path], None]] = {".csv": _csv, ".json": _json, ".parquet": _parquet}
    if file.suffix not in writers:
        raise WrongUsage(f"{file} ends in {file.suffix or 'nothing'}; an answer is written to .csv, .json or .parquet.")
    writers[file.suffix](answer, file)


def _csv(answer: Answer, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(answer.columns)
        writer.writerows(answer.rows)


def _json(answer: Answer, file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        for record in answer.records():
            out.write(json.dumps(record, ensure_ascii=False, default=_text) + "\n")


def _parquet(answer: Answer, file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = zip(*answer.rows, strict=True) if answer.rows else ([] for _ in answer.columns)
    pq.write_table(pa.table(dict(zip(answer.columns, map(list, columns), strict=True))), file)


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")
