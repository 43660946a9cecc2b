"""Small JSON objects in S3: read an object or None, write a whole object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.aws import aws_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef


def json_bytes(value: object, *, indent: int | None = None, separators: tuple[str, str] | None = None) -> bytes:
    """Return a value as JSON in UTF-8; a lone surrogate, which UTF-8 does not have, is escaped as JSON does."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return text.encode("utf-8", "backslashreplace")


def read_json(s3: S3Client, bucket: str, key: str) -> dict[str, Any] | None:
    """Return the JSON object under `key`, or None if there is none."""
    with aws_errors(f"read s3://{bucket}/{key}"):
        try:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as exc:
            if exc.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise
    found: dict[str, Any] = json.loads(body)
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
