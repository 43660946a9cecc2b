"""The raw bucket for the extraction: whole objects, and documents changed with optimistic locking."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from functions.shared.errors import FrontierContended
from functions.shared.json_objects import LostRace

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
ATTEMPTS = 8


class Store(Protocol):
    """Objects by key. The handler implements it with S3, tests with a dictionary."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None if there is none."""

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        """Write an object over the one with the ETag `replaces` (None: there must be none); return the new ETag.

        Raises:
            LostRace: another writer was first.
        """

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""


class StoredDocument(Generic[T]):
    """A document in the bucket that several writers change; each write replaces only what was read (its ETag).

    `read` turns the bytes of the object, or None if there is no object, into a document; `write` turns a document into
    bytes. If another writer was first, `merge` gets its document and ours, and adds to its document what only ours has.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        *,
        read: Callable[[bytes | None], T],
        write: Callable[[T], bytes],
        merge: Callable[[T, T], None],
    ) -> None:
        self._store, self._key, self._read, self._write, self._merge = store, key, read, write, merge
        self.document, self._etag = self._load()

    def update(self, change: Callable[[T], T], attempts: int = ATTEMPTS) -> None:
        """Write the document after `change`; repeat both on the new document if another writer was first.

        Raises:
            FrontierContended: others were first again and again.
        """
        for _ in range(attempts):
            changed = change(self.document)
            try:
                self._etag = self._store.put(self._key, self._write(changed), replaces=self._etag)
            except LostRace:
                ours = self.document
                self.document, self._etag = self._load()
                self._merge(self.document, ours)
            else:
                self.document = changed
                return
        raise FrontierContended(f"{attempts} attempts failed: other writers changed {self._key}. It is tried again.")

    def _load(self) -> tuple[T, str | None]:
        body, etag = self._store.get(self._key) or (None, None)
        return self._read(body), etag


def packed(document: object) -> bytes:
    """Return a document as gzipped JSON: the same bytes for the same document."""
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), compresslevel=6, mtime=0)


def unpacked(body: bytes) -> object:
    """Return the document that `packed` wrote."""
    return json.loads(gzip.decompress(body))
