"""S3's SDK tasks store and read objects, and a missing key is hidden from who may not list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local.cloud import allow, function, new_name, role, run, task

if TYPE_CHECKING:
    from local.embedded import EmbeddedAws

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


def test_a_string_is_no_body(aws: EmbeddedAws, bucket: str) -> None:
    ended = run(aws, task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "a", "Body": "text"}))
    assert ended["error"] == "States.Runtime"


def test_a_write_outside_the_roles_prefix_is_refused(aws: EmbeddedAws, bucket: str) -> None:
    may = role(aws, "states.amazonaws.com", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/runs/*"))
    for key, error in (("runs/a", None), ("inbox/a", "S3.AccessDeniedException")):
        put = task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": key, "Body": {}})
        assert run(aws, put, role_arn=may).get("error") == error


def test_a_missing_key_is_hidden_from_who_may_not_list(aws: EmbeddedAws, bucket: str) -> None:
    code = f"""
import boto3
def handler(event, context):
    boto3.client("s3").get_object(Bucket="{bucket}", Key="nothing")
"""
    get, lists = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    for statements, error in (([get, lists], "NoSuchKey"), ([get], "AccessDenied")):
        ended = run(aws, task("lambda:invoke", {"FunctionName": function(aws, code, *statements), "Payload": {}}))
        assert ended["error"] == error
