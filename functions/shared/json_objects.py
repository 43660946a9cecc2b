"""Objects in S3: read an object or None, write a whole object, or only over the version that was read."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.aws import aws_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef


LOST = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"})
"""Another writer was first, or the object to be replaced is gone."""


class LostRace(Exception):
    """The object was changed since it was read, or exists already: read it again."""


def json_bytes(value: object, *, indent: int | None = None, separators: tuple[str, str] | None = None) -> bytes:
    """Return a value as JSON in UTF-8; a lone surrogate, which UTF-8 does not have, is escaped as JSON does."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return text.encode("utf-8", "backslashreplace")


def read_json(s3: S3Client, bucket: str, key: str) -> dict[str, Any] | None:
    """Return the JSON object under `key`, or None if there is none."""
    stored = S3Bucket(s3, bucket).get(key)
    found: dict[str, Any] | None = json.loads(stored[0]) if stored else None
    return found


def write_json(
    s3: S3Client, bucket: str, key: str, value: Mapping[str, object], *, if_none_match: bool = False
) -> None:
    """Write `value` as one line of JSON with one PUT.

    With `if_none_match`, S3 refuses the write with status 412 (botocore's ClientError) if the object exists.
    """
    line = json_bytes(value, separators=(",", ":")) + b"\n"
    request: PutObjectRequestTypeDef = {
        "Bucket": bucket,
        "Key": key,
        "Body": line,
        "ContentType": "application/json",
    }
    if if_none_match:
        request["IfNoneMatch"] = "*"
    with aws_errors(f"write s3://{bucket}/{key}"):
        s3.put_object(**request)


class S3Bucket:
    """The objects of a bucket; a write replaces only the version that was read."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None if there is none."""
        try:
            with aws_errors(f"read s3://{self._bucket}/{key}"):
                found = self._client.get_object(Bucket=self._bucket, Key=key)
                return found["Body"].read(), found["ETag"]
        except ClientError as exc:
            if exc.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        """Write an object unless another writer changed it; return its new ETag."""
        put = partial(self._client.put_object, Bucket=self._bucket, Key=key, Body=body)
        try:
            with aws_errors(f"write s3://{self._bucket}/{key}"):
                return (put(IfMatch=replaces) if replaces else put(IfNoneMatch="*"))["ETag"]
        except ClientError as exc:
            if exc.response["Error"]["Code"] in LOST:
                raise LostRace(key) from exc
            raise

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted, as S3 lists them."""
        with aws_errors(f"list s3://{self._bucket}/{prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return [entry["Key"] for page in pages for entry in page.get("Contents", [])]
