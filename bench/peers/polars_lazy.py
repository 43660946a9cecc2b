"""polars' lazy reader given the schema, both tables streamed to Parquet from one scan.

A line that is not JSON fails the whole scan, whatever `ignore_errors` says, so whoever has such lines drops them
before: msgspec checks each without making anything of it.
"""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

TEXT, WHOLE, FLAG = pl.String(), pl.Int32(), pl.Boolean()
NAMED = {"id": TEXT, "name": TEXT, "popularity": WHOLE, "artists": pl.List(pl.Struct({"id": TEXT}))} | {
    "external_urls": pl.Struct({"spotify": TEXT})
}
NUMBERS, FLAGS = ("disc_number", "track_number", "duration_ms"), ("explicit", "is_playable")
DETAILS = ("album_type", "release_date", "release_date_precision", "label")
TRACK = NAMED | dict.fromkeys(NUMBERS, WHOLE) | dict.fromkeys(FLAGS, FLAG) | {"external_ids": pl.Struct({"isrc": TEXT})}
ALBUM = NAMED | dict.fromkeys(DETAILS, TEXT) | {"total_tracks": WHOLE, "external_ids": pl.Struct({"upc": TEXT})}
PAGE = pl.Struct({"items": pl.List(pl.Struct(TRACK))})
SCHEMA = {"fetched_at": TEXT, "first_seen": TEXT, "body": pl.Struct(ALBUM | {"tracks": PAGE})}
_is_json = msgspec.json.Decoder(msgspec.Raw).decode


def run(parts: list[Path], out: Path) -> None:
    """Read the parts and write both tables."""
    answers = pl.scan_ndjson([_readable(part) for part in parts], schema=SCHEMA, ignore_errors=True)
    seen = (
        pl.col("first_seen").str.to_date(strict=False),
        pl.col("fetched_at").str.to_datetime(time_unit="us", time_zone="UTC", strict=False).alias("observed_at"),
    )
    answers = answers.filter(pl.col("body").is_not_null()).select("body", *seen)
    tables = {"albums": _albums(answers), "tracks": _tracks(answers)}
    pl.collect_all(
        [each.sink_parquet(out / f"{name}.parquet", compression="zstd", lazy=True) for name, each in tables.items()]
    )


def _albums(answers: Any) -> Any:
    body = pl.col("body").struct
    return answers.select(
        body.field("id").alias("album_id"),
        *(body.field(name) for name in ("name", "release_date_precision", "total_tracks", "label", "popularity")),
        body.field("album_type").str.to_lowercase(),
        body.field("release_date").str.to_date(strict=False),
        body.field("external_ids").struct.field("upc"),
        *_links(body),
        "first_seen",
        "observed_at",
    )


def _tracks(answers: Any) -> Any:
    body, item = pl.col("body").struct, pl.col("item").struct
    items = body.field("tracks").struct.field("items").alias("item")
    return (
        answers.select(body.field("id").alias("album_id"), items, "first_seen", "observed_at")
        .explode("item", empty_as_null=False, keep_nulls=False)
        .select(
            item.field("id").alias("track_id"),
            *(item.field(name) for name in ("name", "popularity", *NUMBERS, *FLAGS)),
            item.field("external_ids").struct.field("isrc"),
            *_links(item),
            "album_id",
            "first_seen",
            "observed_at",
        )
    )


def _links(entity: Any) -> tuple[Any, Any]:
    ids = entity.field("artists").list.eval(pl.element().struct.field("id")).alias("artist_ids")
    return ids, entity.field("external_urls").struct.field("spotify").alias("spotify_url")


def _readable(part: Path) -> BytesIO:
    """Return a part without the lines that are not JSON."""
    kept = []
    for line in gzip.decompress(part.read_bytes()).splitlines():
        try:
            _is_json(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        kept.append(line)
    return BytesIO(b"\n".join(kept))
