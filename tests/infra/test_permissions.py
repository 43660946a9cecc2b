"""docs/permissions: what the deployer, a preview and the operator need is what they may do; AWS knows each action."""

from __future__ import annotations

import json
import re
import warnings
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.session import Session

from conformance.terraform.deployer import PERMISSIONS, policy
from tests.infra.recording import ACCOUNT, REGION, ROOT, arn, given, program

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = sorted(path.stem for path in PERMISSIONS.glob("*.json"))
LARGEST_INLINE = 10_240
"""Characters without blanks that all inline policies of a role may have (IAM user guide, "IAM and AWS STS quotas")."""
READS = re.compile(r"\w+:(Get|List|Describe|View|Validate)")
OF_OPERATIONS = {  # boto3's operations whose action has another name (Service Authorization Reference)
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "states:ListExecutions": ("states:ListExecutions",),
    "sts:GetCallerIdentity": (),  # needs no permission
}
SERVICES = {
    "athena": "athena", "cloudwatch": "cloudwatch", "dynamodb": "dynamodb", "glue": "glue", "iam": "iam", "kms": "kms",
    "lambda": "lambda", "s3": "s3", "secretsmanager": "secretsmanager", "sns": "sns", "sqs": "sqs",
    "stepfunctions": "states", "sts": "sts",
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_aws_knows_each_action_and_resource(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parliament's own: pkg_resources, escapes, files left open
        from parliament import analyze_policy_string
    text = (PERMISSIONS / f"{name}.json").read_text().replace("ACCOUNT", ACCOUNT)
    found = [f"{each.issue} {each.detail}" for each in analyze_policy_string(text).findings]
    assert [each for each in found if each.startswith(("UNKNOWN_ACTION", "UNKNOWN_PREFIX", "INVALID"))] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_into_a_role_and_allows_no_wildcard(name: str) -> None:
    statements = policy(name, ACCOUNT)
    assert len(json.dumps(statements, separators=(",", ":"))) < LARGEST_INLINE
    assert [action for each in statements for action in each["Action"] if "*" in action] == []
    anything = [each["Sid"] for each in statements if "*" in each["Resource"]]
    expected = {"operator": ["FindOtherStacks", "ReadEncodedDenials"], "state": []}
    assert anything == expected.get(name, ["NoNarrowerResourceExists"])


def test_the_deployer_may_create_and_delete_each_resource_of_the_program() -> None:
    """By the ARN that AWS gives it; what the provider calls for it, `make conformance` holds against the document."""
    missing = [
        f"{each.type} {each.name}"
        for stack in (program("dev"), program("prod"))
        for each in stack.resources
        if each.custom and each.type in ARNS and not _covered(ARNS[each.type], each)
    ]
    assert missing == []
    assert len(ARNS) > 10


ARNS = {
    "aws:s3/bucket:Bucket": "s3:CreateBucket",
    "aws:lambda/function:Function": "lambda:CreateFunction",
    "aws:sfn/stateMachine:StateMachine": "states:CreateStateMachine",
    "aws:glue/crawler:Crawler": "glue:CreateCrawler",
    "aws:glue/catalogDatabase:CatalogDatabase": "glue:CreateDatabase",
    "aws:athena/workgroup:Workgroup": "athena:CreateWorkGroup",
    "aws:dynamodb/table:Table": "dynamodb:CreateTable",
    "aws:secretsmanager/secret:Secret": "secretsmanager:CreateSecret",
    "aws:sns/topic:Topic": "sns:CreateTopic",
    "aws:sqs/queue:Queue": "sqs:CreateQueue",
    "aws:cloudwatch/eventRule:EventRule": "events:PutRule",
    "aws:cloudwatch/logGroup:LogGroup": "logs:CreateLogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:PutMetricAlarm",
    "aws:iam/role:Role": "iam:CreateRole",
}
"""Resource types whose ARN follows from the name, and the action that creates one."""


def _covered(action: str, resource: Any) -> bool:
    named = given(resource.type, resource.name, resource.inputs)
    called = arn(resource.type, named.get("bucket") or named["name"]).replace(f":{REGION}:", ":eu-west-1:")
    return any(
        action in each["Action"] and any(fnmatchcase(called, on) for on in each["Resource"])
        for each in policy("deployer", ACCOUNT)
    )


def test_a_preview_may_read_what_the_deployer_manages_and_nothing_else() -> None:
    expected = [
        {**each, "Action": reads}
        for each in policy("deployer", ACCOUNT)
        if (reads := [action for action in each["Action"] if READS.match(action)]) and "s3:GetObject" not in reads
    ]
    assert policy("preview", ACCOUNT) == expected


def test_neither_who_deploys_nor_who_previews_reads_the_data_or_the_secret() -> None:
    for name in ("deployer", "preview"):
        for each in policy(name, ACCOUNT):
            assert "secretsmanager:GetSecretValue" not in each["Action"]
            assert "s3:GetObject" not in each["Action"] or each["Sid"] == "LayersOnTheirWay"
            assert "kms:ScheduleKeyDeletion" not in each["Action"]


def test_the_operator_may_do_what_ops_calls() -> None:
    allowed = {action for each in policy("operator", ACCOUNT) for action in each["Action"]}
    called = {action for operation in _called_by_ops() for action in OF_OPERATIONS.get(operation, (operation,))}
    assert called - allowed == set()
    assert "s3:PutObject" in called


def _called_by_ops() -> Iterator[str]:
    """Yield each operation of AWS that the sources of ops name, with its service."""
    text = "\n".join(path.read_text() for path in (ROOT / "ops").rglob("*.py"))
    names = {*re.findall(r"\.(\w+)\(", text), *re.findall(r'get_paginator\("(\w+)"\)', text)}
    used = set(re.findall(r'client\("([\w-]+)"\)', text)) & SERVICES.keys()
    yield from (
        f"{SERVICES[service]}:{operation}" for service in used for operation in _operations(service, frozenset(names))
    )


@cache
def _operations(service: str, names: frozenset[str]) -> list[str]:
    model = Session().get_service_model(service)
    return [each for each in model.operation_names if xform_name(each) in names]
