"""Checks of the table's rows about S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.conformance.calling import allowed, refused
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


def refusal_names_its_condition(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    s3.put_object(Bucket=bucket, Key="k")
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket=bucket, Key="k", IfNoneMatch="*")
    assert refusal.value.response["Error"]["Condition"] == "If-None-Match"  # type: ignore[typeddict-item]  # S3's own


def if_match_of_a_missing_key(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    assert refused(s3.put_object, Bucket=bucket, Key="k", IfMatch='"e"') == (404, "NoSuchKey")


def conditions_that_s3_does_not_implement(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    for given in ({"IfNoneMatch": "x"}, {"IfMatch": "*"}, {"IfMatch": '"e"', "IfNoneMatch": "*"}):
        assert refused(s3.put_object, Bucket=bucket, Key="k", **given) == (501, "NotImplemented")
    assert refused(s3.head_object, Bucket=bucket, Key="k") == (404, "404")


def copy_over_an_object(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    copy = {"Bucket": bucket, "CopySource": f"{bucket}/a"}
    assert refused(s3.copy_object, Key="b", IfNoneMatch="*", **copy) == (412, "PreconditionFailed")
    assert refused(s3.copy_object, Key="b", IfMatch='"e"', **copy) == (412, "PreconditionFailed")
    assert refused(s3.copy_object, Key="gone", IfMatch='"e"', **copy) == (404, "NoSuchKey")
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"b"
    assert s3.copy_object(Key="c", IfNoneMatch="*", **copy)["CopyObjectResult"]["ETag"]


def put_tells_encryption_and_checksum(aws: EmbeddedAws) -> None:
    answer = aws.client("s3").put_object(Bucket=_bucket(aws), Key="k", Body=b"")
    told = {name: answer.get(name) for name in ("ServerSideEncryption", "ChecksumCRC32", "ChecksumType")}
    assert told == {"ServerSideEncryption": "AES256", "ChecksumCRC32": "AAAAAA==", "ChecksumType": "FULL_OBJECT"}


def _reader(aws: EmbeddedAws, bucket: str, condition: dict[str, dict[str, str]]) -> Any:
    """Return a client that may read and write every object, and list the bucket under a condition."""
    objects = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")
    lists = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}") | {"Condition": condition}
    return client_of(aws, "s3", role(aws, "lambda.amazonaws.com", objects, lists))


def missing_key_with_a_list_right_on_that_key(aws: EmbeddedAws) -> None:
    bucket = _bucket(aws)
    for operator in ("StringLike", "StringLikeIfExists"):
        s3 = _reader(aws, bucket, {operator: {"s3:prefix": "runs/*"}})
        assert refused(s3.get_object, Bucket=bucket, Key="runs/nothing") == (404, "NoSuchKey")
        assert refused(s3.head_object, Bucket=bucket, Key="runs/nothing") == (404, "404")
        assert refused(s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{bucket}/runs/nothing") == (
            404,
            "NoSuchKey",
        )
        assert refused(s3.get_object, Bucket=bucket, Key="raw/nothing") == (403, "AccessDenied")


def missing_key_with_a_list_right_without_prefix(aws: EmbeddedAws) -> None:
    bucket = _bucket(aws)
    s3 = _reader(aws, bucket, {"Null": {"s3:prefix": "true"}})
    assert refused(s3.get_object, Bucket=bucket, Key="runs/nothing") == (403, "AccessDenied")
    assert refused(s3.head_object, Bucket=bucket, Key="runs/nothing") == (403, "403")


# Lists, deletions, policies.


def keys_in_pages(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    keys = [f"raw/{number:04}" for number in range(999)] + ["raw/Z", "raw/ä"]
    for key in [*keys, "other/1", "rawer/1"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    first, second = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="raw/")
    listed = [each["Key"] for page in (first, second) for each in page["Contents"]]
    assert (len(first["Contents"]), first["IsTruncated"], second["IsTruncated"]) == (1000, True, False)
    assert listed == sorted(keys, key=str.encode)
    assert first["Contents"][0]["LastModified"].microsecond == 0
    assert s3.head_object(Bucket=bucket, Key=keys[0])["LastModified"] == first["Contents"][0]["LastModified"]


def objects_deleted_in_a_batch(aws: EmbeddedAws) -> None:
    bucket, s3 = _bucket(aws), aws.client("s3")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "gone"}]})
    assert ({each["Key"] for each in answer["Deleted"]}, answer.get("Errors")) == ({"a", "gone"}, None)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]


def list_right_by_prefix(aws: EmbeddedAws) -> None:
    bucket = _bucket(aws)
    lists = _reader(aws, bucket, {"StringLike": {"s3:prefix": "raw/*"}}).list_objects_v2
    told = [allowed(lists, Bucket=bucket, **more) for more in ({"Prefix": "raw/x"}, {"Prefix": "inbox/"}, {})]
    assert told == [True, False, False]


def request_without_tls(aws: EmbeddedAws) -> None:
    bucket = _bucket(aws)
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"")
    reads = client_of(aws, "s3", role(aws, "lambda.amazonaws.com", allow("s3:*", "*"))).get_object
    for secure, may in (("false", True), ("true", False)):
        denied = allow("s3:*", f"arn:aws:s3:::{bucket}/*") | {"Effect": "Deny", "Principal": "*"}
        condition = {"Condition": {"Bool": {"aws:SecureTransport": secure}}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denied | condition]})
        aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        assert allowed(reads, Bucket=bucket, Key="k") is may


def bucket_that_is_missing(aws: EmbeddedAws) -> None:
    s3, bucket = aws.client("s3"), new_name("gone")
    assert refused(s3.get_object, Bucket=bucket, Key="k") == (404, "NoSuchBucket")
    assert refused(s3.list_objects_v2, Bucket=bucket) == (404, "NoSuchBucket")
