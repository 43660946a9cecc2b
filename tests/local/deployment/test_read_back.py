"""Each type of resource, deployed by a program and read back with boto3 after a restart that kept everything."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local.deployment.mapping import MAPPERS

if TYPE_CHECKING:
    from tests.local.deployment.conftest import Everything

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("deployment")]


def test_every_mapped_type_is_deployed_here(everything: Everything) -> None:
    deployed = {each.type for each in everything.second.resources.values()}
    assert deployed | {"pulumi:providers:aws"} == set(MAPPERS)


def test_a_second_deployment_makes_no_twins(everything: Everything) -> None:
    before = {urn: each.id for urn, each in everything.first.resources.items()}
    after = {urn: each.id for urn, each in everything.second.resources.items()}
    replaced = {urn.rsplit("::", 1)[1] for urn in before if before[urn] != after[urn]}
    assert before.keys() == after.keys()
    assert replaced == {"query"}  # as with Pulumi: Athena cannot change a saved query
    assert len(everything.client("athena").list_named_queries(WorkGroup="every-type")["NamedQueryIds"]) == 1
    assert len(everything.client("s3").list_buckets()["Buckets"]) == 1
    assert len(everything.client("kms").list_keys()["Keys"]) == 1
    topic = everything.outputs("aws:sns/topic:Topic", "topic")["arn"]
    assert len(everything.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1


def test_a_restart_loses_nothing_and_leaves_nothing_to_do(everything: Everything) -> None:
    """All following tests read what existed before the restart."""
    assert everything.second.changed == len(everything.second.resources)
    assert everything.restarted.changed == 0
    assert everything.restarted.outputs == everything.second.outputs
    assert {urn: each.id for urn, each in everything.restarted.resources.items()} == {
        urn: each.id for urn, each in everything.second.resources.items()
    }


def test_exports_are_plain_values(everything: Everything) -> None:
    outputs = everything.second.outputs
    assert outputs["limits"] == {"artists": 3}
    assert outputs["place"] == {"account": everything.aws.account_id, "region": everything.aws.region}


def test_a_bucket_bears_its_logical_name_and_its_side_resources(everything: Everything) -> None:
    s3, bucket = everything.client("s3"), everything.second.outputs["bucket"]
    assert bucket.startswith("stage-")
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "zone", "Value": "raw"}]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rule = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert rule["Expiration"] == {"Days": 30}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=bucket)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "logs/"
    assert "s3:DeleteBucket" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_an_object_holds_the_stack_file_s_value_not_the_default(everything: Everything) -> None:
    bucket = everything.second.outputs["bucket"]
    found = everything.client("s3").get_object(Bucket=bucket, Key="state/text.txt")
    assert found["Body"].read() == b"hello dev"
    assert found["ContentType"] == "text/plain"


def test_a_role_has_its_trust_and_its_policy(everything: Everything) -> None:
    iam, role = everything.client("iam"), everything.outputs("aws:iam/role:Role", "role")["name"]
    found = iam.get_role(RoleName=role)["Role"]
    assert found["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert found["Description"] == "to be taken"
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    assert policy["Statement"] == [{"Sid": "Some", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}]


def test_a_function_has_its_code_its_settings_and_answers(everything: Everything) -> None:
    client = everything.client("lambda")
    found = client.get_function(FunctionName="every-type")
    settings = found["Configuration"]
    assert (settings["MemorySize"], settings["Timeout"], settings["Architectures"]) == (512, 30, ["x86_64"])
    assert settings["Environment"] == {"Variables": {"GREETING": "hello dev"}}
    assert found["Concurrency"]["ReservedConcurrentExecutions"] == 2
    code_url = found["Code"]["Location"]
    with zipfile.ZipFile(io.BytesIO(httpx.get(code_url, trust_env=False).content)) as code:
        assert sorted(code.namelist()) == ["code.py", "data/code.py"]
    assert json.load(client.invoke(FunctionName="every-type")["Payload"]) == "hello dev"
    layer = everything.outputs("aws:lambda/layerVersion:LayerVersion", "layer")["arn"]
    assert [each["Arn"] for each in settings["Layers"]] == [layer]


def test_a_table_has_its_key_and_its_time_to_live(everything: Everything) -> None:
    dynamodb = everything.client("dynamodb")
    table = dynamodb.describe_table(TableName="every-type-table")["Table"]
    assert table["KeySchema"] == [{"AttributeName": "lock_id", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    ttl = dynamodb.describe_time_to_live(TableName="every-type-table")["TimeToLiveDescription"]
    assert (ttl["AttributeName"], ttl["TimeToLiveStatus"]) == ("expires_at", "ENABLED")
    backups = dynamodb.describe_continuous_backups(TableName="every-type-table")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_queue_and_a_topic_have_their_attributes_and_policies(everything: Everything) -> None:
    url = everything.outputs("aws:sqs/queue:Queue", "queue")["url"]
    queue = everything.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert queue["MessageRetentionPeriod"] == "1209600"
    assert "sqs:SendMessage" in queue["Policy"]
    sns, topic = everything.client("sns"), everything.outputs("aws:sns/topic:Topic", "topic")
    attributes = sns.get_topic_attributes(TopicArn=topic["arn"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == topic["kmsMasterKeyId"]
    assert "sns:Publish" in attributes["Policy"]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic["arn"])["Subscriptions"]
    assert subscription["Endpoint"] == queue["QueueArn"]


def test_a_secret_is_created_empty(everything: Everything) -> None:
    client = everything.client("secretsmanager")
    arn = everything.outputs("aws:secretsmanager/secret:Secret", "secret")["arn"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):  # as AWS answers for one without a value
        client.get_secret_value(SecretId=arn)


def test_a_key_rotates_and_has_its_name(everything: Everything) -> None:
    kms = everything.client("kms")
    key = everything.outputs("aws:kms/key:Key", "key")["keyId"]
    assert kms.describe_key(KeyId="alias/every-type")["KeyMetadata"]["KeyId"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_the_catalogue_has_its_tables_and_the_crawler_its_targets(everything: Everything) -> None:
    glue = everything.client("glue")
    assert glue.get_database(Name="every_type")["Database"]["Description"] == "tables"
    table = glue.get_table(DatabaseName="every_type", Name="albums")["Table"]
    assert table["PartitionKeys"] == [{"Name": "snapshot_date", "Type": "string"}]
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "album_id", "Type": "string", "Comment": "Spotify's id"}]
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    crawler = glue.get_crawler(Name="every-type")["Crawler"]
    assert crawler["Targets"]["CatalogTargets"] == [{"DatabaseName": "every_type", "Tables": ["albums"]}]
    assert crawler["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}


def test_a_workgroup_enforces_its_limits(everything: Everything) -> None:
    athena = everything.client("athena")
    found = athena.get_work_group(WorkGroup="every-type")["WorkGroup"]["Configuration"]
    assert found["EnforceWorkGroupConfiguration"] is True
    assert found["BytesScannedCutoffPerQuery"] == 1_000_000_000
    assert found["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    query = athena.get_named_query(NamedQueryId=everything.outputs("aws:athena/namedQuery:NamedQuery", "query")["id"])
    assert query["NamedQuery"]["QueryString"] == "SELECT 1"


def test_a_state_machine_its_schedule_and_its_rule_name_each_other(everything: Everything) -> None:
    machine = everything.outputs("aws:sfn/stateMachine:StateMachine", "machine")["arn"]
    found = everything.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    assert json.loads(found["definition"])["StartAt"] == "Done"
    assert found["loggingConfiguration"]["level"] == "ERROR"
    schedule = everything.client("scheduler").get_schedule(Name="every-type-daily", GroupName="every-type")
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Amsterdam"
    assert schedule["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3}
    events = everything.client("events")
    assert json.loads(events.describe_rule(Name="every-type-marker")["EventPattern"])["source"] == ["aws.s3"]
    (target,) = events.list_targets_by_rule(Rule="every-type-marker")["Targets"]
    assert target["Arn"] == schedule["Target"]["Arn"] == machine
    assert target["InputTransformer"]["InputPathsMap"] == {"key": "$.detail.object.key"}


def test_logs_and_alarms_are_kept(everything: Everything) -> None:
    logs, cloudwatch = everything.client("logs"), everything.client("cloudwatch")
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/every-type")["logGroups"]
    assert group["retentionInDays"] == 14
    alarms = {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert alarms["every-type-failures"]["Dimensions"][0]["Name"] == "StateMachineArn"
    assert alarms["every-type-ratio"]["Threshold"] == 0.5  # ministack keeps no metric queries
    assert json.loads(cloudwatch.get_dashboard(DashboardName="every-type")["DashboardBody"]) == {"widgets": []}


def test_a_budget_warns_the_topic(everything: Everything) -> None:
    budgets: Any = everything.client("budgets")
    place = {"AccountId": everything.aws.account_id, "BudgetName": "every-type"}
    assert budgets.describe_budget(**place)["Budget"]["BudgetLimit"] == {"Amount": "10", "Unit": "USD"}
    (notification,) = budgets.describe_notifications_for_budget(**place)["Notifications"]
    assert notification["Threshold"] == 80
    subscribers = budgets.describe_subscribers_for_notification(**place, Notification=notification)["Subscribers"]
    assert subscribers[0]["SubscriptionType"] == "SNS"
