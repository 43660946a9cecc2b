"""An export: published Parquet by table and date in a folder, with the views as DuckDB runs them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from functions.shared import keys
from ops.errors import OpsError, WrongUsage
from ops.export.lake import Lake, schema
from ops.export.views import PUBLISHED, statements

if TYPE_CHECKING:
    from pathlib import Path

    from ops.stack import Stack


@dataclass
class Exported:
    """The result of an export: rows by table of the dates that it read, and dates that it kept or deleted."""

    folder: str
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


def export(stack: Stack, folder: Path, first: str | None, last: str | None) -> Exported:
    """Write the published dates from `first` to `last` into a folder, and return what changed there.

    Dates of an earlier export that are not between the two stay as long as they are published.

    Raises:
        WrongUsage: the folder holds something else than an export.
        OpsError: nothing is published between the dates, and there is no earlier export.
    """
    before = _before(folder)
    lake, done = Lake(stack), Exported(str(folder))
    chosen = {each: run for each, run in lake.published.items() if _is_between(each, first, last)}
    others = {
        each: run for each, run in before.items() if each in lake.published and not _is_between(each, first, last)
    }
    if not chosen and not before and (first or last):
        between = " ".join([*([f"from {first}"] if first else []), *([f"to {last}"] if last else [])])
        raise OpsError(f"Nothing is published {between}, so nothing was written. `ops status` shows the dates.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "views.sql").write_text(statements(), encoding="utf-8")
    held = dict(sorted((others | chosen).items()))
    for each in sorted(before.keys() | held.keys()):
        kept = before.get(each) == held.get(each)
        (done.kept if kept else done.written if each in held else done.deleted).append(each)
    for table in keys.TABLES:
        for each in done.deleted:
            shutil.rmtree(_date(folder, table, each), ignore_errors=True)
        done.rows[table] = sum(_write(lake, folder, table, each) for each in done.written)
        if not held:
            _write(lake, folder, table, None)
    _put(lake.runs(), folder / "runs.parquet")
    names = {"snapshot_date": list(held), "run_id": list(held.values())}
    _put(pa.table(names, pa.schema([(name, pa.string()) for name in names])), folder / PUBLISHED)
    return done


def _before(folder: Path) -> dict[str, str]:
    """Return the dates of an earlier export that have all their files, with their runs; none in a new folder."""
    if not folder.exists() or not any(folder.iterdir()):
        return {}
    if not (folder / "views.sql").is_file():
        raise WrongUsage(
            f"{folder} contains other files and is not an export. Give a new or empty folder, or an earlier export."
        )
    if not (folder / PUBLISHED).is_file():  # an export that was stopped: written anew
        return {}
    try:
        rows = pq.read_table(folder / PUBLISHED).to_pylist()
        noted = {str(row["snapshot_date"]): str(row["run_id"]) for row in rows}
    except (pa.ArrowInvalid, KeyError):  # it is damaged: written anew
        return {}
    return {
        each: run
        for each, run in noted.items()
        if all((_date(folder, table, each) / "part.parquet").is_file() for table in keys.TABLES)
    }


def _is_between(snapshot_date: str, first: str | None, last: str | None) -> bool:
    return (first or "") <= snapshot_date and (not last or snapshot_date <= last)


def _put(table: pa.Table, file: Path) -> None:
    """Write a file that appears when it is complete."""
    part = file.with_name(f"{file.name}.tmp")
    pq.write_table(table, part)
    part.rename(file)


def _date(folder: Path, table: str, snapshot_date: str | None) -> Path:
    return folder / table / f"snapshot_date={snapshot_date or 'none'}"


def _write(lake: Lake, folder: Path, table: str, snapshot_date: str | None) -> int:
    """Write a table's rows of a date and return how many; no date writes the columns alone, for DuckDB to find."""
    place = _date(folder, table, snapshot_date)
    place.mkdir(parents=True, exist_ok=True)
    whole = schema(table)
    columns = whole.remove(whole.get_field_index("snapshot_date"))
    part, rows = place / "part.parquet.tmp", 0
    with pq.ParquetWriter(part, columns, compression="zstd") as out:
        for batch in lake.dataset(table, [snapshot_date]).to_batches(columns=columns.names) if snapshot_date else ():
            out.write_batch(batch.cast(columns))
            rows += batch.num_rows
    part.rename(place / "part.parquet")
    return rows
