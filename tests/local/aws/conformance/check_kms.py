"""Checks of the table's rows about KMS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import allowed
from tests.local.cloud import allow, key_table, new_name, role, run, task
from tests.local.lake import Lake, client_of, parquet

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

STATES, LAMBDA = "states.amazonaws.com", "lambda.amazonaws.com"


def _using(key: str, service: str, *actions: str) -> dict[str, Any]:
    """Return the right to use a key through one service."""
    when = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    return allow([f"kms:{action}" for action in actions], key) | {"Condition": when}


def _plain_key(aws: EmbeddedAws) -> str:
    """Make a key under the default policy: the account's roles decide."""
    return str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])


def object_needs_its_key(aws: EmbeddedAws) -> None:
    key, bucket, s3 = _plain_key(aws), new_name("bucket"), aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    s3.put_object(Bucket=bucket, Key="there", Body=b"x")

    def may(action: str, *key_actions: str, service: str = "s3") -> bool:
        statements = [allow("s3:*", f"arn:aws:s3:::{bucket}/*"), _using(key, service, *key_actions)]
        client = client_of(aws, "s3", role(aws, LAMBDA, *statements))
        upload = "" if action != "upload_part" else s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
        given: dict[str, dict[str, Any]] = {
            "get_object": {"Key": "there"},
            "put_object": {"Key": "new", "Body": b"x"},
            "upload_part": {"Key": "big", "Body": b"x", "UploadId": upload, "PartNumber": 1},
        }
        return allowed(getattr(client, action), Bucket=bucket, **given[action])

    assert [may("get_object", one) for one in ("Decrypt", "GenerateDataKey")] == [True, False]
    assert [may("put_object", one) for one in ("Decrypt", "GenerateDataKey")] == [False, True]
    assert may("upload_part", "Decrypt", "GenerateDataKey")
    assert not may("upload_part", "GenerateDataKey")
    assert not may("get_object", "Decrypt", service="sns")


def table_needs_its_key(aws: EmbeddedAws) -> None:
    key = _plain_key(aws)
    table = key_table(aws, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    may = allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], "*")
    for asked in (
        task("dynamodb:putItem", {"TableName": table, "Item": {"id": {"S": "a"}}}),
        task("dynamodb:deleteItem", {"TableName": table, "Key": {"id": {"S": "a"}}}),
    ):
        writes = role(aws, STATES, may, _using(key, "dynamodb", "GenerateDataKey"))
        assert run(aws, asked, role_arn=writes)["error"] == "DynamoDB.AmazonDynamoDBException"
        decrypts = role(aws, STATES, may, _using(key, "dynamodb", "Decrypt"))
        assert run(aws, asked, role_arn=decrypts)["status"] == "SUCCEEDED"


def message_needs_the_key_of_its_topic(aws: EmbeddedAws) -> None:
    key = _plain_key(aws)
    topic = aws.client("sns").create_topic(Name=new_name("topic"), Attributes={"KmsMasterKeyId": key})["TopicArn"]
    publish = task("sns:publish", {"TopicArn": topic, "Message": "x"})
    for actions, status in ((["Decrypt", "GenerateDataKey"], "SUCCEEDED"), (["Decrypt"], "FAILED")):
        may = role(aws, STATES, allow("sns:Publish", topic), _using(key, "sns", *actions))
        assert run(aws, publish, role_arn=may)["status"] == status


def secret_needs_its_key(aws: EmbeddedAws) -> None:
    key = _plain_key(aws)
    secret = aws.client("secretsmanager").create_secret(Name=new_name("secret"), SecretString="s", KmsKeyId=key)["ARN"]
    rights = [allow("secretsmanager:GetSecretValue", secret), _using(key, "secretsmanager", "Decrypt")]
    get = client_of(aws, "secretsmanager", role(aws, LAMBDA, *rights)).get_secret_value
    assert get(SecretId=secret)["SecretString"] == "s"
    assert not allowed(client_of(aws, "secretsmanager", role(aws, LAMBDA, rights[0])).get_secret_value, SecretId=secret)


def key_that_is_made_with_tags(aws: EmbeddedAws) -> None:
    every_key = f"arn:aws:kms:*:{aws.account_id}:key/*"
    tag = allow("kms:TagResource", every_key)

    def make(*statements: dict[str, Any]) -> bool:
        kms = client_of(aws, "kms", role(aws, LAMBDA, allow("kms:CreateKey", "*"), *statements))
        return allowed(kms.create_key, Tags=[{"TagKey": "project", "TagValue": "lake"}])

    assert make(tag | {"Condition": {"StringEquals": {"aws:RequestTag/project": "lake"}}})
    assert make(tag | {"Condition": {"Null": {"aws:ResourceTag/project": "true"}}})
    assert not make(tag | {"Condition": {"StringEquals": {"aws:ResourceTag/project": "lake"}}})
    assert not make(tag | {"Condition": {"StringEquals": {"aws:RequestTag/project": "other"}}})
    assert not make(allow("kms:TagResource", every_key[:-1] + "0a1b"))
    assert not make()


def _encrypting(aws: EmbeddedAws, key: str) -> Lake:
    """Return a lake whose workgroup encrypts results with a key."""
    lake, encryption = Lake(aws), {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    updates = {"ResultConfigurationUpdates": {"EncryptionConfiguration": encryption}}
    lake.client("athena").update_work_group(WorkGroup=lake.workgroup, ConfigurationUpdates=updates)
    return lake


def results_under_a_key(aws: EmbeddedAws) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    lake = _encrypting(aws, key)
    for more, state in (([], "FAILED"), (["kms:GenerateDataKey"], "SUCCEEDED")):
        may = allow(["athena:*", "s3:GetBucketLocation", "s3:PutObject", *more], "*")
        asking = client_of(aws, "athena", role(aws, "lambda.amazonaws.com", may))
        found = lake.query("SELECT 1", client=asking)
        assert (found.state, "kms:GenerateDataKey" in found.reason) == (state, not more)
    path = found.execution["ResultConfiguration"]["OutputLocation"].split("/", 3)[3]
    held = lake.client("s3").head_object(Bucket=lake.bucket, Key=path)
    assert (held["ServerSideEncryption"], held["SSEKMSKeyId"]) == ("aws:kms", key)


def key_whose_policy_leaves_nothing_to_iam(aws: EmbeddedAws) -> None:
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    key = aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    may = allow(["athena:*", "s3:GetBucketLocation", "s3:PutObject", "kms:*"], "*")
    asking = client_of(aws, "athena", role(aws, "lambda.amazonaws.com", may))
    found = _encrypting(aws, key).query("SELECT 1", client=asking)
    assert (found.state, "kms:GenerateDataKey" in found.reason) == ("FAILED", True)


def query_of_files_under_a_key(aws: EmbeddedAws) -> None:
    lake, key = Lake(aws), _plain_key(aws)
    lake.table("t", {"a": "string"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    lake.client("s3").put_bucket_encryption(Bucket=lake.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    lake.put("t/part.parquet", parquet(a=["x"]))
    may = allow(["athena:*", "glue:*", "s3:*"], "*")
    for actions, state in ((["GenerateDataKey"], "FAILED"), (["GenerateDataKey", "Decrypt"], "SUCCEEDED")):
        asking = client_of(aws, "athena", role(aws, LAMBDA, may, _using(key, "s3", *actions)))
        found = lake.query("SELECT a FROM t", client=asking)
        assert (found.state, "kms:Decrypt" in found.reason) == (state, state == "FAILED")
