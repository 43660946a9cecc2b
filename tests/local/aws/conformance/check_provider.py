"""Checks of the table's rows about the AWS provider of Pulumi and Terraform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from infra.settings import Settings, broken
from infra.workgroup import MB
from local.deployment.values import without_empty_blocks
from tests.local.aws.conformance.calling import by_query, refused
from tests.local.cloud import EVERYTHING, new_name, role
from tests.local.lake import Lake

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


def block_that_sets_nothing() -> None:
    given = {"name": "", "days": 0, "empty": {}, "only": [{}], "storage": {"columns": [{"n": "a"}], "serDeInfo": {}}}
    assert without_empty_blocks(given) == {"name": "", "days": 0, "storage": {"columns": [{"n": "a"}]}}


def least_scan_limit() -> None:
    least = next(mb for mb in range(1, 100) if not list(broken(Settings("dev", query_scan_limit_mb=mb))))
    assert (least - 1) * MB < 10_485_760 <= least * MB


def defaults_of_a_crawler(aws: EmbeddedAws) -> None:
    lake, name = Lake(aws), new_name("crawler")
    lake.table("t", {"a": "string"})
    aws.client("glue").create_crawler(
        Name=name,
        Role=role(aws, "glue.amazonaws.com"),
        Targets={"CatalogTargets": [{"DatabaseName": lake.database, "Tables": ["t"]}]},
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    )
    crawler = aws.client("glue").get_crawler(Name=name)["Crawler"]
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert crawler["LineageConfiguration"] == {"CrawlerLineageSettings": "DISABLE"}


def alarm_as_read_back(aws: EmbeddedAws) -> None:
    name, place = new_name("alarm"), f"arn:aws:sns:{aws.region}:{aws.account_id}:"
    plain = {"AlarmName": name, "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": "60",
             "EvaluationPeriods": "1", "Threshold": "0.5", "ComparisonOperator": "GreaterThanThreshold",
             "TreatMissingData": "notBreaching", "AlarmDescription": "<one> & less"}  # fmt: skip
    kinds = ("AlarmActions", "OKActions", "InsufficientDataActions")
    actions = {f"{kind}.member.1": f"{place}{kind}" for kind in kinds}
    dimension = {"Dimensions.member.1.Name": "QueueName", "Dimensions.member.1.Value": "q"}
    by_query(aws, "PutMetricAlarm", **plain, **actions, **dimension)
    answer = by_query(aws, "DescribeAlarms", **{"AlarmNames.member.1": name})
    alarm = ElementTree.fromstring(answer).find(".//{*}MetricAlarms/{*}member")  # noqa: S314  # our own server's
    assert alarm is not None
    told = {each.tag.rsplit("}", 1)[1]: [text.strip() for text in each.itertext() if text.strip()] for each in alarm}
    assert {key: told.get(key) for key in plain} == {key: [value] for key, value in plain.items()}
    assert {kind: told.get(kind) for kind in kinds} == {kind: [f"{place}{kind}"] for kind in kinds}
    assert told["Dimensions"] == ["QueueName", "q"]


def key_of_a_log_group(aws: EmbeddedAws) -> None:
    logs, name = aws.client("logs"), new_name("group")
    key = f"arn:aws:kms:{aws.region}:{aws.account_id}:key/k"
    assert refused(logs.associate_kms_key, logGroupName=name, kmsKeyId=key) == (400, "ResourceNotFoundException")
    logs.create_log_group(logGroupName=name)
    told = []
    for change, given in ((logs.associate_kms_key, {"kmsKeyId": key}), (logs.disassociate_kms_key, {})):
        change(logGroupName=name, **given)
        told.append(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0].get("kmsKeyId"))
    assert told == [key, None]


def state_machine_as_read_back(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    for enabled in (True, False):
        made = states.create_state_machine(
            name=new_name("machine"),
            roleArn=role(aws, "states.amazonaws.com", EVERYTHING),
            definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
            tracingConfiguration={"enabled": enabled},
        )
        found = states.describe_state_machine(stateMachineArn=made["stateMachineArn"])
        assert found["tracingConfiguration"] == {"enabled": enabled}
