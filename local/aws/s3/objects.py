"""Read the objects of ministack's S3 under a location in its own process: no HTTP, one instant."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any
from urllib.parse import urlparse

from ministack.core.responses import get_region
from ministack.services import s3


class NoSuchBucket(LookupError):
    """The location names a bucket that does not exist."""


class ObjectGone(LookupError):
    """The object was deleted or replaced between its listing and its reading."""


@dataclass(frozen=True)
class LakeObject:
    """One object as it was when it was listed, even if it is replaced or deleted afterwards."""

    bucket: str
    key: str
    etag: str
    size: int
    record: Any = field(compare=False, repr=False)
    _kept: list[bytes] = field(compare=False, repr=False, default_factory=list)

    @property
    def path(self) -> str:
        """Return its s3:// path."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def kms_key(self) -> str | None:
        """Return the KMS key that encrypts it, if one does."""
        headers = self.record.get("preserved_headers") or {}
        key: str | None = headers.get("x-amz-server-side-encryption-aws-kms-key-id")
        return key

    def read(self) -> bytes:
        """Return its bytes.

        Raises:
            ObjectGone: it is no longer there, or another is in its place.
        """
        if self._kept:
            return self._kept[0]
        body = bytes(s3._read_body(self.bucket, self.key, self.record))
        whole = len(body) == self.size
        if not whole or ("-" not in self.etag and md5(body, usedforsecurity=False).hexdigest() not in self.etag):
            raise ObjectGone(self.path)
        return body

    def keep(self) -> None:
        """Read it now, while it exists, and keep the bytes for a later `read`."""
        with suppress(ObjectGone):
            self._kept.append(self.read())


def s3_service() -> str:
    """Return S3's name in `kms:ViaService`, for decrypting on behalf of a principal."""
    return f"s3.{get_region()}.amazonaws.com"


def place(location: str) -> tuple[str, str]:
    """Return the bucket and the key prefix of an s3:// location; a prefix ends with / unless it is empty."""
    parts = urlparse(location)
    prefix = parts.path.lstrip("/")
    return parts.netloc, prefix if not prefix or prefix.endswith("/") else f"{prefix}/"


def objects_under(location: str) -> list[LakeObject]:
    """Return the objects under a location that a query reads, sorted by key.

    As on AWS, names of files or folders that begin with _ or . are passed over.

    Raises:
        NoSuchBucket: the bucket does not exist.
    """
    bucket, prefix = place(location)
    held = s3._buckets.get(bucket)
    if held is None:
        raise NoSuchBucket(bucket)
    return [
        LakeObject(bucket, key, record["etag"], record["size"], record)
        for key, record in sorted(dict(held["objects"]).items())
        if key.startswith(prefix) and not key.endswith("/") and not _hidden(key[len(prefix) :])
    ]


def _hidden(relative_key: str) -> bool:
    """Return whether Hive passes over a file of this name."""
    return any(part.startswith(("_", ".")) for part in relative_key.split("/"))
