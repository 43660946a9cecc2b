"""msgspec's decoder of typed Structs over each line, columns by comprehension, and Arrow's Parquet."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as _pandas  # noqa: F401  # Arrow imports it at its first array, if it is there: not on the clock
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class Artist(msgspec.Struct, gc=False):
    """An artist as an album or a track names it."""

    id: str


class Url(msgspec.Struct, gc=False):
    """The links of an entity."""

    spotify: str | None = None


class Codes(msgspec.Struct, gc=False):
    """The codes of an album or a track."""

    upc: str | None = None
    isrc: str | None = None


class Entity(msgspec.Struct, gc=False, kw_only=True):
    """The fields that an album and a track share."""

    id: str
    name: str
    artists: list[Artist]
    external_urls: Url
    external_ids: Codes | None = None
    popularity: int | None = None


class Track(Entity, gc=False, kw_only=True):
    """A track on its album."""

    disc_number: int | None = None
    track_number: int | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    is_playable: bool | None = None


class Page(msgspec.Struct, gc=False):
    """The tracks of an album's response."""

    items: list[Track]


class Album(Entity, gc=False, kw_only=True):
    """An album."""

    album_type: str | None = None
    release_date: str | None = None
    release_date_precision: str | None = None
    total_tracks: int | None = None
    label: str | None = None
    tracks: Page | None = None


class Line(msgspec.Struct, gc=False):
    """An envelope around an album's response."""

    fetched_at: str
    first_seen: str
    body: Album


TRACK = ("id", "name", "disc_number", "track_number", "duration_ms", "explicit", "is_playable", "popularity")
ALBUM = ("id", "name", "album_type", "release_date", "release_date_precision", "total_tracks", "label", "popularity")
_decode = msgspec.json.Decoder(Line).decode


def run(parts: list[Path], out: Path) -> None:
    """Read the parts, make columns of one at a time, and write both tables."""
    albums, tracks = [], []
    for part in parts:
        lines = list(_lines(part))
        albums.append(_table([(each, each.body) for each in lines], ALBUM, "upc"))
        pairs = [(each, item) for each in lines if each.body.tracks for item in each.body.tracks.items]
        ids = [each.body.id for each, _ in pairs]
        tracks.append(_table(pairs, TRACK, "isrc").append_column("album_id", pa.array(ids, pa.string())))
    for name, tables in (("albums", albums), ("tracks", tracks)):
        pq.write_table(pa.concat_tables(tables), out / f"{name}.parquet", compression="zstd")


def _lines(part: Path) -> Iterator[Line]:
    """Yield the lines that are what their Struct says."""
    for text in gzip.decompress(part.read_bytes()).splitlines():
        try:
            yield _decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue


def _table(pairs: Sequence[tuple[Line, Any]], names: Iterable[str], code: str) -> pa.Table:
    """Return the columns of some albums or tracks, each with the line it is from."""
    entities = [each for _, each in pairs]
    columns: dict[str, Any] = {name: [getattr(each, name) for each in entities] for name in names}
    columns[code] = pa.array([each.external_ids and getattr(each.external_ids, code) for each in entities], pa.string())
    columns["popularity"] = pa.array(columns["popularity"], pa.int32())
    columns["artist_ids"] = [[artist.id for artist in each.artists] for each in entities]
    columns["spotify_url"] = [each.external_urls.spotify for each in entities]
    columns["first_seen"] = pc.cast(pa.array([line.first_seen for line, _ in pairs]), pa.date32())
    columns["observed_at"] = pc.cast(pa.array([line.fetched_at for line, _ in pairs]), pa.timestamp("us", "UTC"))
    return pa.table(columns)
