"""Created resources are read back as requested, in the form that Terraform's AWS provider reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.local.aws.conformance.calling import by_query

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded
ALARM = {
    "AlarmName": "read-back-queue", "AlarmDescription": "more than <one> & less", "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Period": 300, "EvaluationPeriods": 1,
    "Threshold": 0.5, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
    "Dimensions": [{"Name": "QueueName", "Value": "q"}], "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
}  # fmt: skip


def role(aws: EmbeddedAws, service: str) -> str:
    """A role that the service may take."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = aws.client("iam").create_role(RoleName=f"read-back-{service}", AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def test_the_query_protocol_keeps_each_action_of_an_alarm(aws: EmbeddedAws) -> None:
    wanted = {f"{state}Actions": [f"arn:aws:sns:us-east-1:123456789012:{state}"] for state in ("Alarm", "OK")}
    wanted["InsufficientDataActions"] = [f"arn:aws:sns:us-east-1:123456789012:{number}" for number in "12"]
    members = {f"{kind}.member.{at}": arn for kind, arns in wanted.items() for at, arn in enumerate(arns, 1)}
    plain = {
        "AlarmName": "read-back-actions",
        "MetricName": "m",
        "Namespace": "n",
        "ComparisonOperator": "LessThanThreshold",
    }
    by_query(aws, "PutMetricAlarm", **plain, **members)
    (alarm,) = aws.client("cloudwatch").describe_alarms(AlarmNames=["read-back-actions"])["MetricAlarms"]
    assert {kind: alarm[kind] for kind in wanted} == wanted


def test_the_query_protocol_returns_every_field_of_an_alarm(aws: EmbeddedAws) -> None:
    aws.client("cloudwatch").put_metric_alarm(**ALARM)
    answer = by_query(aws, "DescribeAlarms", **{"AlarmNames.member.1": str(ALARM["AlarmName"])})
    alarm = ElementTree.fromstring(answer).find(".//{*}MetricAlarms/{*}member")  # noqa: S314  # our own server's
    assert alarm is not None
    told = {each.tag.rsplit("}", 1)[1]: each for each in alarm}
    assert {name: told[name].text for name in ("AlarmDescription", "Period", "Threshold", "ActionsEnabled")} == {
        "AlarmDescription": ALARM["AlarmDescription"], "Period": "300", "Threshold": "0.5", "ActionsEnabled": "true",
    }  # fmt: skip
    assert [each.text for each in told["Dimensions"].iter() if each.text and each.text.strip()] == ["QueueName", "q"]
    assert told["StateUpdatedTimestamp"].text is not None
    assert told["StateUpdatedTimestamp"].text.endswith("Z")


def test_a_crawler_has_its_tags_and_awss_defaults(aws: EmbeddedAws) -> None:
    glue, targets = aws.client("glue"), {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}]}
    glue.create_crawler(
        Name="read-back",
        Role=role(aws, "glue"),
        DatabaseName="d",
        Targets=targets,
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        Tags={"stack": "dev"},
    )
    crawler = glue.get_crawler(Name="read-back")["Crawler"]
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert crawler["LineageConfiguration"] == {"CrawlerLineageSettings": "DISABLE"}
    arn = f"arn:aws:glue:{aws.region}:{aws.account_id}:crawler/read-back"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"stack": "dev"}


def test_an_object_uploaded_in_parts_has_its_tags(aws: EmbeddedAws) -> None:
    s3, where = aws.client("s3"), {"Bucket": "read-back", "Key": "layer.zip"}
    s3.create_bucket(Bucket="read-back")
    upload = s3.create_multipart_upload(**where, Tagging="project=lake&stack=dev")["UploadId"]
    part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)
    found = {each["Key"]: each["Value"] for each in s3.get_object_tagging(**where)["TagSet"]}
    assert found == {"project": "lake", "stack": "dev"}


def test_a_state_machine_tells_whether_it_is_traced(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    made = {"name": "read-back", "definition": definition, "roleArn": role(aws, "states")}
    arn = states.create_state_machine(**made, tracingConfiguration={"enabled": True})["stateMachineArn"]
    assert states.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": True}
    states.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": False})
    assert states.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": False}


def test_a_log_group_changes_its_key(aws: EmbeddedAws) -> None:
    logs, group = aws.client("logs"), "/read-back"
    logs.create_log_group(logGroupName=group)
    logs.associate_kms_key(logGroupName=group, kmsKeyId="arn:aws:kms:us-east-1:123456789012:key/k")
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/k"
    logs.disassociate_kms_key(logGroupName=group)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.disassociate_kms_key(logGroupName="/read-back/none")
