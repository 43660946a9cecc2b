"""Every call of a principal is in the log, with the decisions of its policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.cloud import allow, function, new_name, role, run, task
from tests.local.cloud import calls as calls_of

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


def test_a_functions_calls_are_logged_with_their_condition_keys(aws: EmbeddedAws) -> None:
    bucket = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    code = f"""
import boto3
def handler(event, context):
    boto3.client("s3").list_objects_v2(Bucket="{bucket}", Prefix="raw/")
    boto3.client("s3").put_object(Bucket="{bucket}", Key="raw/a", Body=b"")
"""
    arn = function(aws, code, allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
    aws.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
    used = aws.client("lambda").get_function_configuration(FunctionName=arn)["Role"]
    listed, put = [call for call in calls_of(aws, used) if call["action"].startswith("s3:")]
    assert (listed["action"], listed["resource"], listed["allowed"]) == (
        "s3:ListBucket",
        f"arn:aws:s3:::{bucket}",
        True,
    )
    assert (listed["context"]["s3:prefix"], listed["context"]["aws:securetransport"]) == ("raw/", True)
    assert (put["action"], put["resource"], put["allowed"]) == ("s3:PutObject", f"arn:aws:s3:::{bucket}/raw/a", False)


def test_a_bucket_that_takes_tls_only_takes_what_we_send(aws: EmbeddedAws) -> None:
    bucket = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_bucket_policy(
        Bucket=bucket,
        Policy=f"""{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
          "Resource": ["arn:aws:s3:::{bucket}", "arn:aws:s3:::{bucket}/*"],
          "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}]}}""",
    )
    may = role(aws, "states.amazonaws.com", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    put = task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "a", "Body": {}})
    assert run(aws, put, role_arn=may)["status"] == "SUCCEEDED"
    code = f"import boto3\ndef handler(e, c): boto3.client('s3').put_object(Bucket='{bucket}', Key='b', Body=b'')"
    arn = function(aws, code, allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    assert "FunctionError" not in aws.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
