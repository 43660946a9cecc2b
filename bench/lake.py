"""Measure how the lake and the questions about it grow with the watch-list: `python -m bench.lake [ARTISTS DAY]`.

A generated lake holds the dates that are kept on a day, without budgets: the whole catalog on the first date, and on
each later one what `refreshDays` makes due. DuckDB answers what Athena would: its seconds show what grows faster than
the lake, not how long Athena takes.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from bench.rows import print_rows
from bench.scale import ALBUMS_PER_ARTIST, DAYS, LISTS, RELEASES_A_YEAR
from functions.audit.query import parameters
from functions.shared import contract, keys
from functions.transform.parquet import parts
from infra.rendering.views import all_views, presto_type
from infra.settings import Settings
from local.aws.athena.sql.compile import compiled
from local.aws.athena.sql.plan import type_of
from local.aws.athena.udf import json_casts, json_texts, numbers, patterns, register, text, times, urls  # noqa: F401  # they register functions
from local.streams import prepare
from ops.export.duckdb_views import LAKE
from ops.export.lake import RUNS_SCHEMA
from ops.export.views import VIEWS
from ops.stack import PROJECT

if TYPE_CHECKING:
    from local.aws.athena.sql.types import Type

LAST = date(2026, 1, 1)
TRACKS_PER_ALBUM = 12
QUESTIONS = PROJECT / "functions" / "report" / "questions"
AUDIT = PROJECT / "statemachine" / "audit.sql"
ASKED = ("days", "catalogue", "new_albums", "new_tracks", "changes")  # of the report's questions
COLUMNS = {view.name: view.columns for view in all_views()}
HEADS = ("artists", "day", "dates kept", "tracks", "newest date", "lake", "audit", *ASKED, "memory")
LETTERS = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype="S1")


def ids(count: int, seed: int) -> pa.Array:
    """Return ids that do not compress."""
    drawn = LETTERS[np.random.default_rng(seed).integers(0, 62, count * 22)]
    return pa.array(drawn.view("S22").astype(str).tolist(), pa.string())


class Catalog:
    """The artists, albums and tracks that are known on a day, and the date on which each is due."""

    def __init__(self, artists: int, day: int) -> None:
        self.artists = ids(artists, 1)
        self.first = artists * ALBUMS_PER_ARTIST
        count = self.first + artists * RELEASES_A_YEAR * day // 365
        self.albums = ids(count, 2)
        self.tracks = ids(count * TRACKS_PER_ALBUM, 3)

    def rows(self, table: str, on: date, known: int, due: np.ndarray) -> pa.Table:
        """Return the rows of a date: of the artists, of the albums at the places `due`, or of their tracks."""
        if table == "quarantine":
            return contract.arrow_schema(table).empty_table()
        of = {"artists": due[due < len(self.artists)], "albums": due}
        places = of.get(table, np.add.outer(due * TRACKS_PER_ALBUM, np.arange(TRACKS_PER_ALBUM)).ravel())
        album = places // TRACKS_PER_ALBUM if table == "tracks" else places
        own = {"artists": self.artists, "albums": self.albums, "tracks": self.tracks}
        if table == "observations":
            own, places = {"observations": self.artists}, np.arange(len(self.artists))
            album = places
        made = {
            each.name: self._column(each, own[table].take(pa.array(places)), album, on, known)
            for each in contract.columns(table)
        }
        schema = contract.arrow_schema(table)
        return pa.table([made[each.name] for each in schema], schema)

    def _column(self, column: contract.Column, own: pa.Array, album: np.ndarray, on: date, known: int) -> pa.Array:
        count, name = len(own), column.name
        if name == "artist_ids":
            artist = self.artists.take(pa.array(album % len(self.artists)))
            return pa.ListArray.from_arrays(pa.array(np.arange(count + 1), pa.int32()), artist)
        if name == "album_id":
            return self.albums.take(pa.array(album))
        if name in {"artist_id", "track_id", "entity_id"}:
            return own
        texts = {"album_type": "album", "release_date_precision": "day", "entity": "artist", "status": "followed"}
        if name in {"name", "label"}:
            return pa.array([f"{name} of {each[:9]}" for each in own.to_pylist()])
        if name == "spotify_url":
            return pa.array([f"https://open.spotify.com/album/{each}" for each in own.to_pylist()])
        if name == "first_seen":
            return pa.array(np.where(album < known, np.datetime64(on) - 40, np.datetime64(on)).astype("datetime64[D]"))
        values: dict[pa.DataType, Any] = {
            pa.date32(): date(2020, 1, 1),
            pa.bool_(): name == "baseline",
            pa.timestamp("us", tz="UTC"): datetime(on.year, on.month, on.day, 6, tzinfo=UTC),
        }
        if pa.types.is_list(column.type):
            return pa.nulls(count, column.type)
        if pa.types.is_integer(column.type):
            return pa.array(np.frombuffer(own.buffers()[2], np.uint8, count * 22)[::22] % 12 + 1, column.type)
        return pa.repeat(pa.scalar(values.get(column.type, texts.get(name)), column.type), count)


def write(folder: Path, artists: int, day: int) -> list[str]:
    """Write the tables of a day's lake into a folder, laid out as in the curated bucket; return its dates."""
    settings = Settings(stack="dev")
    catalog = Catalog(artists, day)
    dates = [LAST - timedelta(days=back) for back in reversed(range(min(day, settings.retention_days)))]
    for place, on in enumerate(dates):
        age = day - len(dates) + place
        known, since = (catalog.first + artists * RELEASES_A_YEAR * days // 365 for days in (age + 1, age))
        albums = np.arange(known)
        turn = age % settings.refresh_days
        due = albums if age == 0 else albums[(albums % settings.refresh_days == turn) | (albums >= since)]
        for table in keys.TABLES:
            partition = folder / table / f"snapshot_date={on}" / f"run_id={_run(on)}"
            partition.mkdir(parents=True)
            rows = catalog.rows(table, on, since, due)
            for number, part in enumerate(parts(rows, pa.array(np.arange(rows.num_rows)))):
                (partition / f"part-{number:05d}.parquet").write_bytes(part)
    return list(map(str, dates))


def _run(on: date | str) -> str:
    return f"{on}-run"


def opened(folder: Path, dates: list[str], day: int) -> duckdb.DuckDBPyConnection:
    """Return an engine with the views over a lake, a ledger of a run per day among it."""
    engine = duckdb.connect(config={"threads": 2})
    register.register(engine)
    for table in keys.TABLES:
        engine.execute(
            f"CREATE VIEW \"files.{table}\" AS SELECT * FROM read_parquet('{folder}/{table}/*/*/*.parquet', "  # noqa: S608  # our own names
            "hive_partitioning = true, hive_types = {'snapshot_date': VARCHAR, 'run_id': VARCHAR})"
        )
    runs = [
        {"snapshot_date": str(LAST - timedelta(days=back)), "mode": "daily", "outcome": "published"}
        for back in range(day)
    ]
    ledger = [{**each, "run_id": _run(each["snapshot_date"]), "rows": [("artists", 1)]} for each in runs]
    engine.register("files.runs", pa.Table.from_pylist(ledger, RUNS_SCHEMA))
    published = {"snapshot_date": dates, "run_id": list(map(_run, dates))}
    engine.register("files.published", pa.table(published))
    engine.execute(VIEWS.read_text(encoding="utf-8"))
    return engine


def seconds(engine: duckdb.DuckDBPyConnection, sql: str, given: list[str], database: str) -> float:
    """Return the processor's seconds that a question takes; `given` are its parameters."""

    def columns_of(schema: str, name: str, _where: str) -> list[tuple[str, Type]]:
        declared = LAKE[name] if schema == "lake" else COLUMNS[name]
        return [(each["Name"], type_of(presto_type(each["Type"]), name)) for each in declared]

    found = compiled(sql, tuple(given), database, columns_of).sql.replace('"views.', '"')
    began = time.process_time()
    engine.execute(found).fetchall()
    return time.process_time() - began


def row(artists: int, day: int) -> str:
    """Return a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        dates = write(Path(folder), artists, day)
        engine = opened(Path(folder), dates, day)
        whole = sum(each.stat().st_size for each in Path(folder).rglob("*.parquet"))
        newest = sum(each.stat().st_size for each in Path(folder).rglob(f"snapshot_date={dates[-1]}/*/*.parquet"))
        (tracks,) = engine.execute('SELECT count(*) FROM "files.tracks"').fetchall()[0]
        run: Any = {"snapshot_date": dates[-1], "run_id": _run(dates[-1]), "started_at": f"{dates[-1]}T06:00:00Z"}
        took = [seconds(engine, AUDIT.read_text(encoding="utf-8"), parameters(run), "lake")]
        for name in ASKED:
            asked = (QUESTIONS / f"{name}.sql").read_text(encoding="utf-8").replace("${LakeDatabase}", "lake")
            took.append(seconds(engine, asked, [f"'{dates[-1]}'"] * asked.count("?"), "views"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # in kilobytes on Linux: getrusage(2)
    cells = [
        f"{artists:,}",
        str(day),
        str(len(dates)),
        f"{tracks:,}",
        f"{newest / 1e6:.1f} MB",
        f"{whole / 1e6:.1f} MB",
    ]
    return f"| {' | '.join([*cells, *(f'{each:.2f} s' for each in took), f'{memory:,.0f} MB'])} |"


if __name__ == "__main__":
    prepare()
    sys.exit(print_rows("bench.lake", HEADS, row, LISTS, DAYS))
