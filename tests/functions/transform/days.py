"""Hand-made days: responses as Spotify sends them, envelopes around them, and the transform over them in memory."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from functions.transform.lines import Source
from functions.transform.transform import Limits, transform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.shared.events import Summary

DAY = "2026-11-23"
FETCHED = "2026-11-23T06:00:00.123456Z"
WRITTEN = datetime(2026, 11, 23, 7, tzinfo=UTC)

Json = dict[str, Any]


def an_id(number: int) -> str:
    """Return a well-formed id."""
    return f"{number:022d}"


def artist(number: int = 1, **changed: object) -> Json:
    """Return an artist's answer in the extended profile."""
    return {
        "id": an_id(number),
        "name": f"Artist {number}",
        "type": "artist",
        "uri": f"spotify:artist:{an_id(number)}",
        "href": f"https://api.spotify.com/v1/artists/{an_id(number)}",
        "genres": ["drone", "ambient"],
        "followers": {"href": None, "total": 12},
        "images": [],
        "popularity": 40,
        "external_urls": {"spotify": f"https://open.spotify.com/artist/{an_id(number)}"},
    } | changed


def mention(number: int = 1) -> Json:
    """Return an artist as albums and tracks mention it."""
    return {name: artist(number)[name] for name in ("id", "name", "type", "uri", "href", "external_urls")}


def track(number: int = 1, **changed: object) -> Json:
    """Return a track as an album carries it."""
    return {
        "id": an_id(number),
        "name": f"Track {number}",
        "type": "track",
        "uri": f"spotify:track:{an_id(number)}",
        "href": f"https://api.spotify.com/v1/tracks/{an_id(number)}",
        "disc_number": 1,
        "track_number": number % 100 + 1,
        "duration_ms": 1000 + number,
        "explicit": False,
        "is_playable": True,
        "is_local": False,
        "preview_url": None,
        "artists": [mention()],
        "external_urls": {"spotify": f"https://open.spotify.com/track/{an_id(number)}"},
    } | changed


def full_track(number: int = 1, album_number: int = 1, **changed: object) -> Json:
    """Return a track's own answer in the extended profile."""
    return (
        track(number)
        | {
            "album": {"id": an_id(album_number), "name": "Album", "album_type": "album", "type": "album"},
            "external_ids": {"isrc": "QZABC2600001"},
            "popularity": 17,
        }
        | changed
    )


def page(items: list[Any], **changed: object) -> Json:
    """Return a paging object."""
    return {
        "href": "https://api.spotify.com/v1/",
        "limit": 50,
        "next": None,
        "offset": 0,
        "previous": None,
        "total": len(items),
        "items": items,
    } | changed


def album(number: int = 1, tracks: list[Any] | None = None, **changed: object) -> Json:
    """Return an album's answer in the extended profile."""
    return {
        "id": an_id(number),
        "name": f"Album {number}",
        "type": "album",
        "uri": f"spotify:album:{an_id(number)}",
        "href": f"https://api.spotify.com/v1/albums/{an_id(number)}",
        "album_type": "album",
        "release_date": "2020-02-29",
        "release_date_precision": "day",
        "total_tracks": 2,
        "label": "Own",
        "popularity": 30,
        "genres": [],
        "images": [],
        "copyrights": [],
        "external_ids": {"upc": "0123456789012"},
        "artists": [mention()],
        "external_urls": {"spotify": f"https://open.spotify.com/album/{an_id(number)}"},
        "tracks": page([track(number * 100), track(number * 100 + 1)] if tracks is None else tracks),
    } | changed


def envelope(body: object, **changed: object) -> Json:
    """Return an answer as extract lands it."""
    return {
        "fetched_at": FETCHED,
        "first_seen": "2026-11-01",
        "url": "https://api.spotify.com/v1/",
        "status": 200,
        "etag": None,
        "body": body,
    } | changed


def ndjson(*lines: object) -> bytes:
    """Return lines as they are landed; bytes stay as they are."""
    return b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)


@dataclass(frozen=True)
class Written:
    """The output of a transform: rows and bytes by table, and its summary."""

    summary: Summary
    sha256: dict[str, str]
    parts: dict[str, list[bytes]]

    @cached_property
    def rows(self) -> dict[str, list[Json]]:
        """The rows of each table."""
        return {table: [row for each in files for row in _rows(each)] for table, files in self.parts.items()}

    def reasons(self) -> list[list[str]]:
        """Return the reasons of each quarantined record."""
        return [row["reasons"] for row in self.rows["quarantine"]]


def raw(dataset: str, *lines: object, part: str = "00000") -> tuple[str, bytes]:
    """Return a raw part: its key and its bytes."""
    return f"raw/snapshot_date={DAY}/{dataset}/{part}.ndjson.gz", gzip.compress(ndjson(*lines), mtime=0)


def inbox(name: str, *lines: object) -> tuple[str, bytes]:
    """Return an object of the inbox."""
    return f"inbox/snapshot_date={DAY}/{name}", ndjson(*lines)


def run(objects: Iterable[tuple[str, bytes]], **limits: object) -> Written:
    """Transform objects, given as key and bytes, in memory."""
    parts: dict[str, list[bytes]] = {}

    def put(table: str, number: int, part: memoryview) -> None:
        assert number == len(parts.setdefault(table, []))
        parts[table].append(bytes(part))

    settings: Json = {"profile": "extended", "max_quarantine_ratio": 1.0} | limits
    sources = ((_source(key), io.BytesIO(data)) for key, data in objects)
    summary = transform(sources, Limits(date.fromisoformat(DAY), **settings), put)
    return Written(summary, {table: each["sha256"] for table, each in summary["tables"].items()}, parts)


def _rows(part: bytes) -> list[Json]:
    """Return the rows of a Parquet file; `read_table` would take nine times as long for a small one."""
    rows: list[Json] = pq.ParquetFile(pa.BufferReader(part)).read(use_threads=False).to_pylist()
    return rows


def _source(key: str) -> Source:
    return Source(key, key.split("/")[2] if key.startswith("raw/") else "inbox", WRITTEN)
