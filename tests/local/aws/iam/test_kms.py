"""A caller with rights on a resource but not on its key may not use the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import allow, calls, function, key_table, new_name, role, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def key(aws: EmbeddedAws) -> str:
    """A customer-managed key under the default policy: the account's roles decide."""
    return str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])


def using(key: str, service: str, *actions: str) -> dict[str, Any]:
    """Return the right to use a key through one service."""
    when = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    return allow([f"kms:{action}" for action in actions], key) | {"Condition": when}


@pytest.fixture
def bucket(aws: EmbeddedAws, key: str) -> str:
    """A bucket that encrypts with the key, holding one object `there`."""
    name = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=name)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    aws.client("s3").put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    aws.client("s3").put_object(Bucket=name, Key="there", Body=b"x")
    return name


@pytest.mark.parametrize(
    ("call", "action", "needed"),
    [
        pytest.param("get_object(Bucket=b, Key='there')", "GetObject", ["Decrypt"], id="read"),
        pytest.param(
            "put_object(Bucket=b, Key='new', Body=b'x')",
            "PutObject",
            ["GenerateDataKey"],
            id="write",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "upload_fileobj(io.BytesIO(bytes(9 << 20)), b, 'big')",
            "PutObject",
            ["GenerateDataKey", "Decrypt"],
            id="write in parts",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_an_object_needs_its_key(
    aws: EmbeddedAws, bucket: str, key: str, call: str, action: str, needed: list[str]
) -> None:
    code = f"import boto3, io\nb = '{bucket}'\ndef handler(event, context): boto3.client('s3').{call}"
    may = allow(f"s3:{action}", f"arn:aws:s3:::{bucket}/*")

    def error(*statements: dict[str, Any]) -> str | None:
        ended = run(aws, task("lambda:invoke", {"FunctionName": function(aws, code, *statements), "Payload": {}}))
        return str(ended["cause"]) if ended["status"] == "FAILED" else None

    assert error(may, using(key, "s3", *needed)) is None
    refused = error(may, using(key, "sns", *needed))
    assert refused is not None
    assert f"kms:{needed[0]} on resource: {key}" in refused or "kms:" in refused
    if len(needed) > 1:
        assert error(may, using(key, "s3", needed[0])) is not None


def test_a_task_needs_the_key_of_its_table(aws: EmbeddedAws, key: str) -> None:
    table = key_table(aws, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    put = task("dynamodb:putItem", {"TableName": table, "Item": {"id": {"S": "a"}}})
    right = allow("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{aws.account_id}:table/{table}")
    with_key = role(aws, "states.amazonaws.com", right, using(key, "dynamodb", "Decrypt"))
    assert run(aws, put, role_arn=with_key)["status"] == "SUCCEEDED"
    without = role(aws, "states.amazonaws.com", right)
    assert run(aws, put, role_arn=without)["error"] == "DynamoDB.AmazonDynamoDBException"
    asked = [(call["action"], call["allowed"]) for call in calls(aws, without)]
    assert asked == [("dynamodb:PutItem", True), ("kms:Decrypt", False)]


def test_a_message_needs_the_key_of_its_topic(aws: EmbeddedAws, key: str) -> None:
    name = new_name("topic")
    topic = aws.client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
    publish = task("sns:publish", {"TopicArn": topic, "Message": "x"})
    right = allow("sns:Publish", topic)
    for actions, status in ((["Decrypt", "GenerateDataKey"], "SUCCEEDED"), (["Decrypt"], "FAILED")):
        may = role(aws, "states.amazonaws.com", right, using(key, "sns", *actions))
        assert run(aws, publish, role_arn=may)["status"] == status


def test_a_secret_needs_its_key(aws: EmbeddedAws, key: str) -> None:
    secret = aws.client("secretsmanager").create_secret(Name=new_name("secret"), SecretString="s", KmsKeyId=key)["ARN"]
    code = f"import boto3\ndef handler(e, c): boto3.client('secretsmanager').get_secret_value(SecretId='{secret}')"
    right = allow("secretsmanager:GetSecretValue", secret)
    for statements, fails in (([right, using(key, "secretsmanager", "Decrypt")], False), ([right], True)):
        answer = aws.client("lambda").invoke(FunctionName=function(aws, code, *statements), Payload=b"{}")
        assert ("FunctionError" in answer) is fails
