"""Read and write the record and the feed: one S3 object each."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from functions.shared import keys
from functions.shared.aws import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from functions.digest.record import Document

MISSING = {"NoSuchKey", "404"}
LOST = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409", "NoSuchKey"}


class LostRace(Exception):
    """Another writer changed the record after it was read."""


class RecordObject:
    """The record in the raw bucket."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def read(self) -> tuple[Document | None, str | None]:
        """Return the record and its ETag, or None twice if no digest was sent yet."""
        try:
            with aws_errors(f"read s3://{self._bucket}/{keys.DIGEST}"):
                found = self._s3.get_object(Bucket=self._bucket, Key=keys.DIGEST)
                document = json.loads(gzip.decompress(found["Body"].read()))
        except ClientError as exc:
            if exc.response["Error"]["Code"] in MISSING:
                return None, None
            raise
        return cast("Document", document), found["ETag"]

    def write(self, document: Document, *, replaces: str | None) -> None:
        """Write the record, unless another execution has written it since this one read it.

        Raises:
            LostRace: another execution has written it.
        """
        body = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
        condition = {"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}
        try:
            with aws_errors(f"write s3://{self._bucket}/{keys.DIGEST}"):
                self._s3.put_object(Bucket=self._bucket, Key=keys.DIGEST, Body=body, **condition)  # type: ignore[arg-type]  # either is a str
        except ClientError as exc:
            if exc.response["Error"]["Code"] in LOST:
                raise LostRace from exc
            raise


def put_feed(s3: S3Client, bucket: str, feed: bytes) -> None:
    """Write the feed beside the reports."""
    with aws_errors(f"write s3://{bucket}/{keys.FEED}"):
        s3.put_object(Bucket=bucket, Key=keys.FEED, Body=feed, ContentType="application/atom+xml; charset=utf-8")
