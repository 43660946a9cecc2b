"""docs/permissions gives the deployer, a preview and the operator exactly what they need; AWS has each action."""

from __future__ import annotations

import importlib
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
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d"
USES_OF_A_KEY = {
    "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
}  # fmt: skip
"""The rights that a service needs of a principal that makes a table or stores a layer under a key: the least that
DynamoDB requires (AWS KMS developer guide, "How Amazon DynamoDB uses AWS KMS", customer managed key policy), and S3's
part of it (Amazon S3 user guide, "Using server-side encryption with AWS KMS keys")."""
SERVICES = {
    "athena": "athena", "cloudwatch": "cloudwatch", "dynamodb": "dynamodb", "glue": "glue", "iam": "iam", "kms": "kms",
    "lambda": "lambda", "s3": "s3", "secretsmanager": "secretsmanager", "sns": "sns", "sqs": "sqs",
    "stepfunctions": "states", "sts": "sts",
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_aws_knows_each_action_and_resource(name: str) -> None:
    text = (PERMISSIONS / f"{name}.json").read_text().replace("ACCOUNT", ACCOUNT).replace("KEY_ARN", KEY_ARN)
    found = [f"{each.issue} {each.detail}" for each in _parliament().analyze_policy_string(text).findings]
    assert [each for each in found if each.startswith(("UNKNOWN_ACTION", "UNKNOWN_PREFIX", "INVALID"))] == []


def _parliament() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parliament's own: pkg_resources, escapes, files left open
        return importlib.import_module("parliament")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_action_for_which_aws_knows_no_resource_is_allowed_on_anything(name: str) -> None:
    """On a named resource, such a statement allows nothing (IAM user guide, "Actions defined by AWS services")."""
    services = {
        each["prefix"]: {one["privilege"]: one for one in each["privileges"]} for each in _parliament().iam_definition
    }
    named = [(*action.split(":"), each) for each in policy(name, ACCOUNT) for action in each["Action"]]
    lost = [
        f"{service}:{action} in {each['Sid']}"
        for service, action, each in named
        if not any(one["resource_type"] for one in services[service][action]["resource_types"])
        and each["Resource"] != ["*"]
    ]
    assert lost == []
    assert len(named) > 2


def test_a_key_that_is_made_may_be_tagged_and_a_key_of_somebody_else_may_not() -> None:
    """KMS checks kms:TagResource of CreateKey before the key has tags (conformance: kms.key_that_is_made_with_tags)."""
    tagging = [each["Condition"] for each in policy("deployer", ACCOUNT) if "kms:TagResource" in each["Action"]]
    ours = {"StringEquals": {"aws:RequestTag/project": "spotify-lake"}, "Null": {"aws:ResourceTag/project": "true"}}
    assert tagging == [ours, {"StringEquals": {"aws:ResourceTag/project": "spotify-lake"}}]


def test_whoever_deploys_with_an_existing_key_may_use_it_as_one_of_the_stacks_own() -> None:
    """It lacks the tag by which deployer.json knows the stacks' keys."""
    (given_key,), own = policy("existing-key", ACCOUNT), policy("deployer", ACCOUNT)
    uses = {action for each in own for action in each["Action"] if action in USES_OF_A_KEY}
    assert set(given_key["Action"]) == uses == USES_OF_A_KEY
    assert given_key["Resource"] == ["KEY_ARN"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_into_a_role_and_allows_no_wildcard(name: str) -> None:
    statements = policy(name, ACCOUNT)
    assert len(json.dumps(statements, separators=(",", ":"))) < LARGEST_INLINE
    assert [action for each in statements for action in each["Action"] if "*" in action] == []
    anything = [each["Sid"] for each in statements if "*" in each["Resource"]]
    expected = {"operator": ["FindOtherStacks", "ReadEncodedDenials"], "state": [], "existing-key": []}
    assert anything == expected.get(name, ["NoNarrowerResourceExists"])


def test_the_deployer_may_create_and_delete_each_resource_of_the_program() -> None:
    """The ARN is the one that AWS gives; `make conformance` compares the provider's requests with the document."""
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
