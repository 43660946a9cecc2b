"""Add edge data to the lake: a date with values on which engines differ, and a date without rows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from functions.shared import contract, keys
from functions.transform.parquet import parts

if TYPE_CHECKING:
    from local.session import Session

ROWS = 42
RUNS = {"2027-01-01": ("20270101T000000Z-ed9e0001", ROWS), "2027-01-02": ("20270102T000000Z-ed9e0002", 0)}
"""By date: the run, and how many rows of each table it has."""
TEXTS = (
    "Ōdō 👩‍👩‍👧‍👦 e\u0301", "İstanbul Straße ﬁ ς", "שלום\u202e abc", 'line\nbreak\ttab "quotes" \'single\', comma',
    "\x00nul inside\x00", "\ufeffBOM", "\U0001d518\U0001d52b", " trailing \u00a0", "{a=1}", "null", "", "x" * 5000,
    "back\\slash % _ $1 \\1", "Ǆ ǅ ŉ ẞ",
)  # fmt: skip
INSTANTS = (
    datetime(2027, 1, 1, 23, 59, 59, 999_999, UTC), datetime(2027, 1, 1, 12, 0, 0, 500, UTC),
    datetime(2027, 1, 1, 12, 0, 0, 499, UTC), datetime(1969, 12, 31, 23, 59, 59, 999_500, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC), datetime(1, 1, 1, tzinfo=UTC), None,
)  # fmt: skip
DATES = (date(1, 1, 1), date(1582, 10, 10), date(1900, 2, 28), date(9999, 12, 31), date(2024, 2, 29), None)
NUMBERS = (0, 1, 2**31 - 1, -1, None, 60_000, 59_999)
CHOICES: dict[str, tuple[Any, ...]] = {
    "entity": ("artist", "album", "track"),
    "status": ("followed", "unchanged", "gone"),
    "first_seen": (date(2027, 1, 1),),
    "album_type": ("album", "single", "compilation"),
    "release_date_precision": ("day", "month", "year", None),
}
LEDGER: tuple[dict[str, Any], ...] = (
    {"run_id": "20270101T000000Z-ed9e0001", "snapshot_date": "2027-01-01", "mode": "daily", "outcome": "published",
     "started_at": "2027-01-01T00:00:00.900Z", "finished_at": "2027-01-01T00:00:02.100Z", "waits_s": 1e7,
     "rows": {"artists": 42, "albums": 0}, "requests": {}, "quarantined": 42, "quarantine_ratio": 1e-4},
    {"run_id": "20270102T000000Z-ed9e0002", "snapshot_date": "2027-01-02", "mode": "replay", "outcome": "published",
     "started_at": "2027-01-02T01:02:03+02:00", "finished_at": None, "cost_usd": 0.1, "rows": None},
    {"run_id": "20270103T000000Z-ed9e0003", "snapshot_date": "no date", "outcome": "failed", "error": TEXTS[3],
     "cause": TEXTS[0], "started_at": "2027-01-03T00:00:00Z", "finished_at": "2027-01-03T00:00:00.0005Z"},
    {"run_id": "20270104T000000Z-ed9e0004", "snapshot_date": "2027-01-04", "mode": "rehearsal", "outcome": "failed"},
)  # fmt: skip


def write(session: Session) -> None:
    """Write both dates, publish them, and write their ledger rows and those of two runs that published nothing."""
    s3, bucket = session.client("s3"), session.outputs["curated_bucket"]
    for snapshot_date, (run_id, count) in RUNS.items():
        for table in contract.TABLES:
            _write_table(session, table, snapshot_date, run_id, count)
        line = json.dumps({"snapshot_date": snapshot_date, "run_id": run_id}) + "\n"
        s3.put_object(Bucket=bucket, Key=keys.published(snapshot_date), Body=line.encode())
    for row in LEDGER:
        s3.put_object(Bucket=bucket, Key=keys.run_record(row["run_id"]), Body=(json.dumps(row) + "\n").encode())


def _write_table(session: Session, table: str, snapshot_date: str, run_id: str, count: int) -> None:
    """Write one run's rows of a table and register its partition, as a crawl does."""
    s3, glue = session.client("s3"), session.client("glue")
    bucket, database = session.outputs["curated_bucket"], session.outputs["lake_database"]
    schema = nullable(contract.arrow_schema(table))
    rows = pa.Table.from_pylist([row(table, number) for number in range(count)], schema=schema)
    for number, part in enumerate(parts(rows, pa.array(range(count), pa.int64()))):
        key = keys.part(table, snapshot_date, run_id, number)
        s3.put_object(Bucket=bucket, Key=key, Body=part.to_pybytes())
    storage = glue.get_table(DatabaseName=database, Name=table)["Table"]["StorageDescriptor"]
    storage["Location"] = f"s3://{bucket}/{keys.partition(table, snapshot_date, run_id)}"
    glue.create_partition(
        DatabaseName=database,
        TableName=table,
        PartitionInput={"Values": [snapshot_date, run_id], "StorageDescriptor": storage},
    )


def nullable(schema: pa.Schema) -> pa.Schema:
    """Return a schema with nullable columns and nullable list items."""
    return pa.schema(
        [(each.name, pa.list_(pa.string()) if pa.types.is_list(each.type) else each.type) for each in schema]
    )


def row(table: str, number: int) -> dict[str, Any]:
    """Return a row of a table; the values go round in cycles of different lengths."""
    columns = enumerate(contract.glue_columns(table))
    return {column["Name"]: _value(column["Name"], column["Type"], number, place) for place, column in columns}


def _value(name: str, kind: str, number: int, place: int) -> Any:
    lists: tuple[list[str | None] | None, ...] = (
        [_id("artist_id", number), _id("artist_id", number + 1)], [], None, ["a", "a", ""],
        [TEXTS[number % len(TEXTS)]], [None, "x"], [None],
    )  # fmt: skip
    cycle: tuple[Any, ...] = {
        "array<string>": lists, "int": NUMBERS, "boolean": (True, False, None), "date": DATES, "timestamp": INSTANTS,
    }.get(kind, TEXTS)  # fmt: skip
    if name in {"album_id", "artist_id", "track_id", "entity_id"}:
        return _id(name, number)
    if name == "record":  # what tells rejected records apart, as in files
        return f"{number} {TEXTS[number % len(TEXTS)]}"
    if name in CHOICES:
        return CHOICES[name][number % len(CHOICES[name])]
    if kind == "string" and number % 5 == 0 and name not in {"name", "dataset", "source_key"}:
        return None
    return cycle[(number + (0 if kind in {"date", "array<string>"} else place)) % len(cycle)]


def _id(name: str, number: int) -> str:
    return f"{name[:2].upper()}{number:020d}"
