"""Raw lines: one answer of Spotify a line, with when and whence it came, and who is followed in the same form."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, TypedDict, cast

from functions.extract.api.clock import stamp
from functions.shared import keys

if TYPE_CHECKING:
    from datetime import datetime


class Envelope(TypedDict):
    """One line of raw. `body` is the answer as it came: None where the status is 304 (unchanged) or 404 (gone)."""

    fetched_at: str
    first_seen: str | None
    url: str
    status: int
    etag: str | None
    body: dict[str, object] | None


def followed(artist: str, now: datetime) -> Envelope:
    """Return the line that says that an artist is followed."""
    return {
        "fetched_at": stamp(now),
        "first_seen": None,
        "url": keys.WATCHLIST,
        "status": 200,
        "etag": None,
        "body": {"id": artist},
    }


def pack(envelopes: list[Envelope]) -> bytes:
    """Return a raw part: gzipped NDJSON, the same bytes for the same envelopes.

    Raises:
        ValueError: a body holds a number that JSON does not have.
    """
    lines = [json.dumps(envelope, separators=(",", ":"), allow_nan=False) for envelope in envelopes]
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=6, mtime=0)


def unpack(part: bytes) -> list[Envelope]:
    """Return the envelopes of a raw part that extraction wrote."""
    return [cast("Envelope", json.loads(line)) for line in gzip.decompress(part).splitlines()]
