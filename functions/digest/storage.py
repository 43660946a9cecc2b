"""Read and write the record and the feed: one S3 object each."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, cast

from functions.shared import keys
from functions.shared.aws import aws_errors
from functions.shared.json_objects import S3Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from functions.digest.record import Document


class RecordObject:
    """The record in the raw bucket."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._bucket = S3Bucket(s3, bucket)

    def read(self) -> tuple[Document | None, str | None]:
        """Return the record and its ETag, or None twice if no digest was sent yet."""
        found = self._bucket.get(keys.DIGEST)
        return (cast("Document", json.loads(gzip.decompress(found[0]))), found[1]) if found else (None, None)

    def write(self, document: Document, *, replaces: str | None) -> None:
        """Write the record, unless another execution has written it since this one read it.

        Raises:
            LostRace: another execution has written it.
        """
        body = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
        self._bucket.put(keys.DIGEST, body, replaces=replaces)


def put_feed(s3: S3Client, bucket: str, feed: bytes) -> None:
    """Write the feed beside the reports."""
    with aws_errors(f"write s3://{bucket}/{keys.FEED}"):
        s3.put_object(Bucket=bucket, Key=keys.FEED, Body=feed, ContentType="application/atom+xml; charset=utf-8")
