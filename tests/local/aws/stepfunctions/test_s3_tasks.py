"""S3's SDK tasks store and read objects, and a missing key gives 403 to a caller who may not list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local.cloud import allow, function, new_name, role, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture
def bucket(aws: EmbeddedAws) -> str:
    """An empty bucket."""
    name = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=name)
    return name


def test_an_object_is_stored_as_its_json(aws: EmbeddedAws, bucket: str) -> None:
    arguments = {
        "Bucket": bucket,
        "Key": "runs/ä.json",
        "Body": {"name": "ä", "n": 1},
        "ContentType": "application/json",
    }
    assert run(aws, task("aws-sdk:s3:putObject", arguments))["status"] == "SUCCEEDED"
    stored = aws.client("s3").get_object(Bucket=bucket, Key="runs/ä.json")
    assert (json.load(stored["Body"]), stored["ContentType"]) == ({"name": "ä", "n": 1}, "application/json")


def test_a_conditional_put_loses_to_what_is_there(aws: EmbeddedAws, bucket: str) -> None:
    put = task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "once", "Body": {}, "IfNoneMatch": "*"})
    assert [run(aws, put).get("error") for _ in range(2)] == [None, "S3.S3Exception"]


def test_an_object_is_read_as_text(aws: EmbeddedAws, bucket: str) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="a", Body=b'{"x": 5}')
    read = task("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "a"}, Output="{% $parse($states.result.Body).x %}")
    assert json.loads(run(aws, read)["output"]) == 5


def test_a_string_is_stored_as_its_json_too(aws: EmbeddedAws, bucket: str) -> None:
    ended = run(aws, task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "a", "Body": "text"}))
    assert ended["status"] == "SUCCEEDED"
    assert aws.client("s3").get_object(Bucket=bucket, Key="a")["Body"].read() == b'"text"'


def test_a_write_outside_the_roles_prefix_is_refused(aws: EmbeddedAws, bucket: str) -> None:
    may = role(aws, "states.amazonaws.com", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/runs/*"))
    for key, error in (("runs/a", None), ("inbox/a", "S3.AccessDeniedException")):
        put = task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": key, "Body": {}})
        assert run(aws, put, role_arn=may).get("error") == error


READS = {
    "get": "s3.get_object(Bucket={bucket!r}, Key='runs/nothing')",
    "head": "s3.head_object(Bucket={bucket!r}, Key='runs/nothing')",
    "copy": "s3.copy_object(Bucket={bucket!r}, Key='runs/b', CopySource='{bucket}/runs/nothing')",
}
LISTINGS = {
    "any listing": {},
    "listings of the key": {"StringLike": {"s3:prefix": "runs/*"}},
    "listings of the key, or without a prefix": {"StringLikeIfExists": {"s3:prefix": "runs/*"}},
    "listings of other keys": {"StringLike": {"s3:prefix": "raw/*"}},
    "listings without a prefix": {"Null": {"s3:prefix": "true"}},
}
TOLD = {"any listing", "listings of the key", "listings of the key, or without a prefix"}


@pytest.fixture(scope="module")
def statuses(aws: EmbeddedAws) -> dict[str, dict[str, int]]:
    """The HTTP status of each read of a missing key, by the right to list; one Lambda for each right."""
    bucket = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    reads = ", ".join(f"{name!r}: lambda: {read.format(bucket=bucket)}" for name, read in READS.items())
    code = f"""
import boto3
from botocore.exceptions import ClientError
def status(read):
    try:
        read()
    except ClientError as exc:
        return exc.response["ResponseMetadata"]["HTTPStatusCode"]
def handler(event, context):
    s3 = boto3.client("s3")
    return {{name: status(read) for name, read in {{{reads}}}.items()}}
"""
    may = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")
    answers = {}
    for name, condition in LISTINGS.items():
        lists = {**allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"), "Condition": condition}
        asked = task("lambda:invoke", {"FunctionName": function(aws, code, may, lists), "Payload": {}})
        answers[name] = json.loads(run(aws, asked)["output"])["Payload"]
    return answers


@pytest.mark.slow
@pytest.mark.parametrize("read", READS)
def test_a_missing_key_is_404_only_for_who_may_list_that_key(statuses: dict[str, dict[str, int]], read: str) -> None:
    """S3 asks for ListBucket with the key as `s3:prefix`: a right to list other keys, or no prefix, is not enough."""
    answers = {name: by_read[read] for name, by_read in statuses.items()}
    assert answers == {name: 404 if name in TOLD else 403 for name in LISTINGS}


def test_a_task_is_told_of_a_missing_key_by_the_same_rule(aws: EmbeddedAws, bucket: str) -> None:
    get = task("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "runs/nothing"})
    may = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    errors = {}
    for name, condition in LISTINGS.items():
        lists = {**allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"), "Condition": condition}
        errors[name] = run(aws, get, role_arn=role(aws, "states.amazonaws.com", may, lists))["error"]
    assert errors == {
        name: "S3.NoSuchKeyException" if name in TOLD else "S3.AccessDeniedException" for name in LISTINGS
    }
