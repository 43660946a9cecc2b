"""The raw bucket as extraction's own code wants it, and a copy of it in memory to try things on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.handler import RawBucket
from functions.extract.store import LostRace

if TYPE_CHECKING:
    from ops.stack import Stack


def raw_bucket(stack: Stack) -> RawBucket:
    """Return extraction's `Store` on the stack's bucket, with the rights of who calls."""
    return RawBucket(stack.client("s3"), stack.outputs["raw_bucket"])


class Memory:
    """Extraction's `Store` on a dictionary: nothing that is tried on it reaches the bucket."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = {key: (body, "0") for key, body in objects.items()}

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None if there is none."""
        return self._objects.get(key)

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        """Write an object over the one with the ETag `replaces`; return its ETag."""
        there = self._objects.get(key)
        if (there[1] if there else None) != replaces:
            raise LostRace(key)
        etag = str(int(there[1]) + 1 if there else 1)
        self._objects[key] = (body, etag)
        return etag

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""
        return sorted(key for key in self._objects if key.startswith(prefix))
