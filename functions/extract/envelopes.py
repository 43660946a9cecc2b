"""Raw lines: one answer of Spotify a line, with when and whence it came."""

from __future__ import annotations

import gzip
import json
from typing import TypedDict, cast


class Envelope(TypedDict):
    """One line of raw. `body` is the answer as it came: None where the status is 304 (unchanged) or 404 (gone)."""

    fetched_at: str
    first_seen: str | None
    url: str
    status: int
    etag: str | None
    body: dict[str, object] | None


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
