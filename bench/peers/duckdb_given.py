"""DuckDB's JSON reader given the fields of our tables, bad lines skipped, and our columns by COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

TRACK = (
    "STRUCT(id VARCHAR, name VARCHAR, disc_number INTEGER, track_number INTEGER, duration_ms INTEGER, "
    "explicit BOOLEAN, is_playable BOOLEAN, popularity INTEGER, artists STRUCT(id VARCHAR)[], "
    "external_ids STRUCT(isrc VARCHAR), external_urls STRUCT(spotify VARCHAR))"
)
ALBUM = (
    "STRUCT(id VARCHAR, name VARCHAR, album_type VARCHAR, release_date VARCHAR, release_date_precision VARCHAR, "
    "total_tracks INTEGER, label VARCHAR, popularity INTEGER, external_ids STRUCT(upc VARCHAR), "
    f"artists STRUCT(id VARCHAR)[], external_urls STRUCT(spotify VARCHAR), tracks STRUCT(items {TRACK}[]))"
)
COLUMNS = f"{{'fetched_at': 'TIMESTAMPTZ', 'first_seen': 'DATE', 'body': '{ALBUM}'}}"
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


def run(parts: list[Path], out: Path) -> None:
    """Read the parts and write both tables."""
    files = [str(part) for part in parts]
    source = f"read_json({files}, format='newline_delimited', ignore_errors=true, columns={COLUMNS})"
    with duckdb.connect() as database:
        database.execute(f"CREATE TEMP TABLE responses AS SELECT * FROM {source}")  # noqa: S608  # our own file names
        for table, select in (("albums", ALBUMS), ("tracks", TRACKS)):
            database.execute(f"COPY ({select}) TO '{out}/{table}.parquet' (COMPRESSION zstd)")
