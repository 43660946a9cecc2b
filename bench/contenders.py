"""Run one contender over a day of album responses in a process of its own: `python -m bench.contenders NAME IN OUT`.

Each peer is used as its documentation says. Prints one JSON line: wall time without imports, processor time, and the
peak of the resident memory of the whole process.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Run = Any  # Callable[[list[Path], Path], None]
ITEMS = ["tracks", "items"]
META: list[str | list[str]] = ["id", "name", "album_type", "release_date", "total_tracks", "label", "popularity"]


def floor() -> Run:
    """Return the lower bound: gunzip, and orjson over each line."""
    import orjson

    def run(parts: list[Path], _out: Path) -> None:
        for part in parts:
            for line in gzip.decompress(part.read_bytes()).splitlines():
                try:
                    orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue

    return run


def ours() -> Run:
    """Return the transform, from raw objects to Parquet: validated, deduplicated, sorted, quarantined."""
    from functions.transform.lines import Source
    from functions.transform.transform import Limits, transform

    def run(parts: list[Path], out: Path) -> None:
        written = datetime(2026, 11, 23, 7, tzinfo=UTC)
        objects = ((Source(f"albums/{part.name}", "albums", written), part.open("rb")) for part in parts)
        limits = Limits(date(2026, 11, 23), "extended", max_quarantine_ratio=0.05)
        transform(objects, limits, lambda table, number, part: _write(out / f"{table}-{number}.parquet", part))

    return run


def _write(path: Path, part: memoryview) -> None:
    path.write_bytes(part)


def json_normalize() -> Run:
    """Return pandas as its user guide flattens nested JSON, and its to_parquet."""
    import pandas as pd
    import pyarrow.parquet as _parquet  # noqa: F401  # imported here as pandas would on the clock

    def run(parts: list[Path], out: Path) -> None:
        bodies = [answer["body"] for answer in _answers(parts) if answer["body"]]
        for body in bodies:
            body["tracks"]["items"] = [_tame(item) for item in body["tracks"]["items"]]
        pd.json_normalize(bodies).drop(columns="tracks.items").to_parquet(out / "albums.parquet", compression="zstd")
        tracks = pd.json_normalize(bodies, ITEMS, list(META), meta_prefix="album.")
        tracks.to_parquet(out / "tracks.parquet", compression="zstd")

    return run


def _tame(item: dict[str, Any]) -> dict[str, Any]:
    """Return a track without values that to_parquet refuses: a non-text ID among texts."""
    return item | {"artists": [each for each in item["artists"] if isinstance(each.get("id"), str)]}


def dlt() -> Run:
    """Return dlt's pipeline to Parquet files, nested lists as child tables, Arrow's workers at its defaults."""
    import dlt

    def run(parts: list[Path], out: Path) -> None:
        bodies = (answer["body"] for answer in _answers(parts) if answer["body"])
        albums = dlt.resource(bodies, name="albums", write_disposition="replace")
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=str(out / "pipelines"),
            destination=dlt.destinations.filesystem(bucket_url=str(out / "lake")),
            dataset_name="lake",
        )
        pipeline.run(albums, loader_file_format="parquet")

    return run


SCHEMA = {
    "track": "STRUCT(id VARCHAR, name VARCHAR, disc_number INTEGER, track_number INTEGER, duration_ms INTEGER, "
    "explicit BOOLEAN, is_playable BOOLEAN, popularity INTEGER, artists STRUCT(id VARCHAR)[], "
    "external_ids STRUCT(isrc VARCHAR), external_urls STRUCT(spotify VARCHAR))",
    "album": "STRUCT(id VARCHAR, name VARCHAR, album_type VARCHAR, release_date VARCHAR, "
    "release_date_precision VARCHAR, total_tracks INTEGER, label VARCHAR, popularity INTEGER, "
    "external_ids STRUCT(upc VARCHAR), artists STRUCT(id VARCHAR)[], external_urls STRUCT(spotify VARCHAR), "
    "tracks STRUCT(items {track}[]))",
    "line": "{{'fetched_at': 'TIMESTAMPTZ', 'first_seen': 'DATE', 'body': '{album}'}}",
}
ALBUMS = (
    "SELECT body.id AS album_id, body.name, first_seen, lower(body.album_type) AS album_type, "
    "try_cast(body.release_date AS DATE) AS release_date, body.release_date_precision, body.total_tracks, "
    "body.label, body.popularity, body.external_ids.upc AS upc, [each.id FOR each IN body.artists] AS artist_ids, "
    "body.external_urls.spotify AS spotify_url, fetched_at AS observed_at FROM responses WHERE body IS NOT NULL"
)
TRACKS = (
    "SELECT item.id AS track_id, album_id, item.name, first_seen, item.disc_number, item.track_number, "
    "item.duration_ms, item.explicit, item.is_playable, item.external_ids.isrc AS isrc, item.popularity, "
    "[each.id FOR each IN item.artists] AS artist_ids, item.external_urls.spotify AS spotify_url, "
    "fetched_at AS observed_at FROM (SELECT body.id AS album_id, first_seen, fetched_at, "
    "unnest(body.tracks.items) AS item FROM responses)"
)


def duckdb_schema() -> Run:
    """Return DuckDB's JSON reader given the fields of our tables, bad lines skipped, and our columns by COPY."""
    import duckdb

    album = SCHEMA["album"].format(track=SCHEMA["track"])
    columns = SCHEMA["line"].format(album=album)

    def run(parts: list[Path], out: Path) -> None:
        files = [str(part) for part in parts]
        source = f"read_json({files}, format='newline_delimited', ignore_errors=true, columns={columns})"
        with duckdb.connect() as database:
            database.execute(f"CREATE TEMP TABLE responses AS SELECT * FROM {source}")  # noqa: S608  # our own file names
            for table, select in (("albums", ALBUMS), ("tracks", TRACKS)):
                database.execute(f"COPY ({select}) TO '{out}/{table}.parquet' (COMPRESSION zstd)")

    return run


def duckdb() -> Run:
    """Return DuckDB's JSON reader with its own inference, bad lines skipped, and COPY to Parquet."""
    import duckdb

    def run(parts: list[Path], out: Path) -> None:
        source = f"read_json({[str(part) for part in parts]}, format='newline_delimited', ignore_errors=true)"
        with duckdb.connect() as database:
            database.execute(f"CREATE TABLE answers AS SELECT body FROM {source}")  # noqa: S608  # our own file names
            database.execute(
                f"COPY (SELECT body.* EXCLUDE (tracks) FROM answers) TO '{out}/albums.parquet' (COMPRESSION zstd)"  # noqa: S608  # as above
            )
            database.execute(
                "COPY (SELECT album_id, item.* FROM (SELECT body.id AS album_id, unnest(body.tracks.items) AS item "  # noqa: S608  # as above
                f"FROM answers)) TO '{out}/tracks.parquet' (COMPRESSION zstd)"
            )

    return run


def _answers(parts: list[Path]) -> Iterator[dict[str, Any]]:
    """Yield the responses that are JSON, read by the standard library."""
    for part in parts:
        with gzip.open(part, "rt", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield json.loads(line.replace("\\ud800", ""))
                except ValueError:
                    continue


CONTENDERS: dict[str, Callable[[], Run]] = {
    each.__name__: each for each in (floor, ours, json_normalize, dlt, duckdb, duckdb_schema)
}


def main(name: str, day: str, out: str) -> None:
    """Run one contender and print its measures."""
    run = CONTENDERS[name]()
    parts = sorted(Path(day).glob("*.ndjson.gz"))
    Path(out).mkdir(parents=True, exist_ok=True)
    before, started = os.times(), time.perf_counter()
    run(parts, Path(out))
    wall, after = time.perf_counter() - started, os.times()
    used = after.user + after.system - before.user - before.system
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"wall_s": wall, "cpu_s": used, "peak_bytes": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
