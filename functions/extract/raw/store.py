"""The raw bucket as extraction sees it: whole objects, with conditional writes."""

from __future__ import annotations

import gzip
import json
from typing import Protocol


class LostRace(Exception):
    """The object is not the one that was read, or exists already: read it again."""


class Store(Protocol):
    """Objects by key. A fake of it is a dictionary; the handler's is S3."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None if there is none."""

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        """Write an object over the one with the ETag `replaces` (None: there must be none); return the new ETag.

        Raises:
            LostRace: another writer was first.
        """

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""


def packed(document: object) -> bytes:
    """Return a document as gzipped JSON: the same bytes for the same document."""
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), compresslevel=6, mtime=0)


def unpacked(body: bytes) -> object:
    """Return the document that `packed` wrote."""
    return json.loads(gzip.decompress(body))
