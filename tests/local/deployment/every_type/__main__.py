"""One resource of each type that local/deployment creates, as a program would write it."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

FOLDER = Path(__file__).parent
config = pulumi.Config()
account = aws.get_caller_identity_output().account_id
region = aws.get_region_output().region


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allowing(*actions: str) -> str:
    statement = {"Sid": "Some", "Effect": "Allow", "Action": list(actions), "Resource": ["*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Stage(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("every-type:index:Stage", name)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(name, force_destroy=True, tags={"zone": "raw"}, opts=child)
        self.register_outputs({})


key = aws.kms.Key("key", description="all of it", enable_key_rotation=True, deletion_window_in_days=7)
aws.kms.Alias("alias", name="alias/every-type", target_key_id=key.key_id)

stage = Stage("stage")
bucket = stage.bucket.bucket
aws.s3.BucketVersioning("side", bucket=bucket, versioning_configuration={"status": "Enabled"})
aws.s3.BucketServerSideEncryptionConfiguration(
    "side",
    bucket=bucket,
    rules=[
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": True,
        }
    ],
)
aws.s3.BucketLifecycleConfiguration(
    "side",
    bucket=bucket,
    rules=[
        {
            "id": "old",
            "status": "Enabled",
            "filter": {"prefix": "raw/"},
            "expiration": {"days": 30},
            "noncurrent_version_expiration": {"noncurrent_days": 1},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 2},
        }
    ],
)
aws.s3.BucketPublicAccessBlock(
    "side",
    bucket=bucket,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
aws.s3.BucketOwnershipControls("side", bucket=bucket, rule={"object_ownership": "BucketOwnerEnforced"})
aws.s3.BucketNotification("side", bucket=bucket, eventbridge=True)
aws.s3.BucketLogging("side", bucket=bucket, target_bucket=bucket, target_prefix="logs/")
aws.s3.BucketPolicy(
    "side",
    bucket=bucket,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:DeleteBucket",
                    "Resource": stage.bucket.arn,
                }
            ],
        }
    ),
)
aws.s3.BucketObjectv2(
    "text", bucket=bucket, key="state/text.txt", content=config.require("greeting"), content_type="text/plain"
)

role = aws.iam.Role("role", assume_role_policy=trust("lambda"), description="to be taken")
aws.iam.RolePolicy("rights", role=role.name, policy=allowing("s3:GetObject"))

queue = aws.sqs.Queue("queue", name="every-type-queue", message_retention_seconds=1209600, sqs_managed_sse_enabled=True)
aws.sqs.QueuePolicy("queue", queue_url=queue.url, policy=allowing("sqs:SendMessage"))
topic = aws.sns.Topic("topic", name="every-type-topic", kms_master_key_id=key.arn)
aws.sns.TopicPolicy("topic", arn=topic.arn, policy=allowing("sns:Publish"))
aws.sns.TopicSubscription("topic", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
aws.secretsmanager.Secret("secret", name="every-type-secret", kms_key_id=key.arn, recovery_window_in_days=0)

table = aws.dynamodb.Table(
    "table",
    name="every-type-table",
    billing_mode="PAY_PER_REQUEST",
    hash_key="lock_id",
    attributes=[{"name": "lock_id", "type": "S"}],
    ttl={"attribute_name": "expires_at", "enabled": True},
    point_in_time_recovery={"enabled": True},
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
)

group = aws.cloudwatch.LogGroup("group", name="/aws/lambda/every-type", retention_in_days=14)
layer = aws.lambda_.LayerVersion(
    "layer",
    layer_name="every-type",
    code=pulumi.AssetArchive({"python/spare.py": pulumi.StringAsset("WORD = 'spare'\n")}),
    compatible_runtimes=["python3.13"],
)
function = aws.lambda_.Function(
    "function",
    name="every-type",
    role=role.arn,
    runtime="python3.13",
    handler="code.handler",
    code=pulumi.AssetArchive(
        {
            "code.py": pulumi.FileAsset(str(FOLDER / "code" / "code.py")),
            "data": pulumi.FileArchive(str(FOLDER / "code")),
        }
    ),
    layers=[layer.arn],
    memory_size=512,
    timeout=30,
    architectures=["x86_64"],
    environment={"variables": {"GREETING": pulumi.Output.secret(config.require("greeting"))}},
    logging_config={"log_format": "JSON", "log_group": group.name},
    reserved_concurrent_executions=2,
)

database = aws.glue.CatalogDatabase("database", name="every_type", description="tables")
glue_table = aws.glue.CatalogTable(
    "table",
    name="albums",
    database_name=database.name,
    table_type="EXTERNAL_TABLE",
    parameters={"classification": "parquet"},
    partition_keys=[{"name": "snapshot_date", "type": "string"}],
    storage_descriptor={
        "location": pulumi.Output.concat("s3://", bucket, "/albums/"),
        "columns": [{"name": "album_id", "type": "string", "comment": "Spotify's id"}],
        "ser_de_info": {"serialization_library": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    },
)
crawling = aws.iam.Role("crawling", assume_role_policy=trust("glue"))
aws.glue.Crawler(
    "crawler",
    name="every-type",
    role=crawling.arn,
    database_name=database.name,
    catalog_targets=[{"database_name": database.name, "tables": [glue_table.name]}],
    schema_change_policy={"update_behavior": "LOG", "delete_behavior": "LOG"},
)
workgroup = aws.athena.Workgroup(
    "workgroup",
    name="every-type",
    force_destroy=True,
    configuration={
        "enforce_workgroup_configuration": True,
        "bytes_scanned_cutoff_per_query": 1_000_000_000,
        "result_configuration": {
            "output_location": pulumi.Output.concat("s3://", bucket, "/athena/"),
            "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": key.arn},
        },
    },
)
aws.athena.NamedQuery("query", name="counts", database=database.name, workgroup=workgroup.name, query="SELECT 1")

states = aws.iam.Role("states", assume_role_policy=trust("states"))
deliver = aws.iam.RolePolicy(
    "deliver",
    role=states.name,
    policy=allowing(
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
)
machine = aws.sfn.StateMachine(
    "machine",
    name="every-type",
    role_arn=states.arn,
    type="STANDARD",
    definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
    logging_configuration={
        "level": "ERROR",
        "include_execution_data": False,
        "log_destination": pulumi.Output.concat(group.arn, ":*"),
    },
    opts=pulumi.ResourceOptions(depends_on=[deliver]),
)
clock = aws.iam.Role("clock", assume_role_policy=trust("scheduler"))
schedules = aws.scheduler.ScheduleGroup("group", name="every-type")
aws.scheduler.Schedule(
    "daily",
    name="every-type-daily",
    group_name=schedules.name,
    schedule_expression="cron(0 6 * * ? *)",
    schedule_expression_timezone="Europe/Amsterdam",
    flexible_time_window={"mode": "OFF"},
    state="DISABLED",
    target={
        "arn": machine.arn,
        "role_arn": clock.arn,
        "input": '{"mode":"daily"}',
        "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 3600},
        "dead_letter_config": {"arn": queue.arn},
    },
)
events = aws.iam.Role("events", assume_role_policy=trust("events"))
rule = aws.cloudwatch.EventRule(
    "marker",
    name="every-type-marker",
    event_pattern=json.dumps({"source": ["aws.s3"], "detail": {"object": {"key": [{"suffix": "/_READY"}]}}}),
)
aws.cloudwatch.EventTarget(
    "marker",
    rule=rule.name,
    arn=machine.arn,
    role_arn=events.arn,
    input_transformer={"input_paths": {"key": "$.detail.object.key"}, "input_template": '{"key":"<key>"}'},
    retry_policy={"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 60},
    dead_letter_config={"arn": queue.arn},
)
aws.cloudwatch.MetricAlarm(
    "failures",
    name="every-type-failures",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=0,
    namespace="AWS/States",
    metric_name="ExecutionsFailed",
    dimensions={"StateMachineArn": machine.arn},
    period=300,
    statistic="Sum",
    alarm_actions=[topic.arn],
    treat_missing_data="notBreaching",
)
aws.cloudwatch.MetricAlarm(
    "ratio",
    name="every-type-ratio",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=0.5,
    metric_queries=[
        {"id": "ratio", "expression": "failed / 2", "return_data": True, "label": "ratio"},
        {
            "id": "failed",
            "metric": {
                "namespace": "AWS/States",
                "metric_name": "ExecutionsFailed",
                "dimensions": {"StateMachineArn": machine.arn},
                "period": 300,
                "stat": "Sum",
            },
        },
    ],
)
aws.cloudwatch.Dashboard("dashboard", dashboard_name="every-type", dashboard_body=json.dumps({"widgets": []}))
aws.budgets.Budget(
    "budget",
    name="every-type",
    budget_type="COST",
    limit_amount="10",
    limit_unit="USD",
    time_unit="MONTHLY",
    notifications=[
        {
            "comparison_operator": "GREATER_THAN",
            "threshold": 80,
            "threshold_type": "PERCENTAGE",
            "notification_type": "FORECASTED",
            "subscriber_sns_topic_arns": [topic.arn],
        }
    ],
)

pulumi.export("bucket", bucket)
pulumi.export("limits", config.require_object("limits"))
pulumi.export("place", pulumi.Output.all(account=account, region=region))
