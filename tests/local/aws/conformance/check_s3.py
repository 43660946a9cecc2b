"""Checks of the table's rows about S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local.aws.conformance.calling import refused
from tests.local.cloud import allow, new_name, role
from tests.local.lake import client_of

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


def _bucket(aws: EmbeddedAws) -> str:
    name = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=name)
    return name


def missing_key_without_list_right(aws: EmbeddedAws) -> None:
    bucket = _bucket(aws)
    s3 = client_of(aws, "s3", role(aws, "lambda.amazonaws.com", allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")))
    assert refused(s3.get_object, Bucket=bucket, Key="nothing") == (403, "AccessDenied")
    assert refused(s3.head_object, Bucket=bucket, Key="nothing") == (403, "403")


def missing_key_with_list_right(aws: EmbeddedAws) -> None:
    bucket = _bucket(aws)
    may = [allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    s3 = client_of(aws, "s3", role(aws, "lambda.amazonaws.com", *may))
    assert refused(s3.get_object, Bucket=bucket, Key="nothing") == (404, "NoSuchKey")
    assert refused(s3.head_object, Bucket=bucket, Key="nothing") == (404, "404")


def create_only_where_a_key_exists(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"first", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"second", IfNoneMatch="*") == (
        412,
        "PreconditionFailed",
    )
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


def write_with_an_old_etag(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    old = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfMatch=old)
    assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"third", IfMatch=old) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"
