"""A declared permission that AWS does not have is named by role and action; all tests share one stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ops.commands.rehearse import drawn, outcome
from ops.rehearsal import policies, rights
from ops.rehearsal.cases import cases
from ops.rehearsal.statements import listed, roles
from ops.stack import Stack, local_stack
from ops.terminal.output import console
from tests.ops.rehearsal.removals import Guarded, role_policies, role_with, role_without

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local.session import Session
    from ops.rehearsal.proof import Proof
    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine

REMOVED = [
    ("resolve", "logs:PutLogEvents"),
    ("resolve", "xray:PutTraceSegments"),
    ("extract", "secretsmanager:GetSecretValue"),
    ("extract", "s3:PutObject"),
    ("extract", "kms:GenerateDataKey"),
    ("freeze", "s3:ListBucket"),
    ("transform", "s3:GetObject"),
    ("transform", "kms:Decrypt"),
    ("publish", "s3:PutObject"),
    ("sweep", "glue:BatchDeletePartition"),
    ("sweep", "s3:DeleteObject"),
    ("digest", "sns:Publish"),
    ("digest", "s3:ListBucket"),
    ("report", "states:GetExecutionHistory"),
    ("report", "athena:StopQueryExecution"),
    ("pipeline", "lambda:InvokeFunction"),
    ("pipeline", "dynamodb:UpdateItem"),
    ("pipeline", "sns:Publish"),
    ("pipeline", "glue:StartCrawler"),
    ("pipeline", "logs:CreateLogDelivery"),
    ("crawler", "glue:BatchCreatePartition"),
    ("crawler", "logs:CreateLogGroup"),
    ("daily", "states:StartExecution"),
    ("daily", "sqs:SendMessage"),
    ("inbox", "states:StartExecution"),
]
OF_SERVICES = [  # whose policy, which service, which action
    ("topic", "events.amazonaws.com", "sns:Publish"),
    ("topic", "cloudwatch.amazonaws.com", "sns:Publish"),
    ("queue", "events.amazonaws.com", "sqs:SendMessage"),
    ("key", "events.amazonaws.com", "kms:GenerateDataKey"),
    ("key", "cloudwatch.amazonaws.com", "kms:Decrypt"),
]


@pytest.fixture(scope="session")
def stack(up: tuple[Path, Session]) -> Stack:
    """The same stack as the command line sees it."""
    return local_stack(up[1])


@pytest.fixture(autouse=True)
def _no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep each printed text on one line; pytest's workers set a width."""
    monkeypatch.delenv("COLUMNS", raising=False)


def said(proofs: Sequence[Proof]) -> str:
    """Return the command's output for some proofs."""
    out = console()
    with out.capture() as captured:
        for each in drawn(proofs):
            out.print(each)
    return captured.get()


def of_role(stack: Stack, noun: str) -> list[Proof]:
    """Return the proofs of one role."""
    return [proof for proof in rights.proofs(stack, noun) if proof.part == "rights"]


def test_as_deployed_every_role_may_what_it_must_and_nothing_beside_it(stack: Stack) -> None:
    found = [*rights.proofs(stack), *policies.proofs(stack)]
    assert outcome(found) == "proved", said(found)
    assert len(found) > 15


@pytest.mark.parametrize(
    ("noun", "action"),
    [
        pytest.param(*each, id=" ".join(each), marks=[] if place % 6 == 0 else pytest.mark.slow)
        for place, each in enumerate(REMOVED)
    ],
)
def test_a_permission_that_a_role_lost_is_named(stack: Stack, pipeline: Pipeline, noun: str, action: str) -> None:
    policy = role_policies(pipeline)[noun]
    with role_without(pipeline, policy, action):
        found = of_role(stack, noun)
    assert outcome(found) == "failed"
    assert {(denial.role, denial.action) for proof in found for denial in proof.denied} == {(policy.role, action)}
    assert f"{policy.role} may not {action} on " in said(found)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_each_permission_that_a_role_lost_is_named(stack: Stack, pipeline: Pipeline) -> None:
    for noun, policy in role_policies(pipeline).items():
        allowed = [each for each in policy.document["Statement"] if each["Effect"] == "Allow"]
        for action in sorted({action for each in allowed for action in listed(each["Action"])}):
            with role_without(pipeline, policy, action):
                found = {(denial.role, denial.action) for proof in of_role(stack, noun) for denial in proof.denied}
            assert found == {(policy.role, action)}


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_each_resource_and_each_condition_value_that_a_statement_lost_is_named(
    stack: Stack, pipeline: Pipeline
) -> None:
    declared = {role.name: role for role in roles(stack.declared())}
    for noun, policy in role_policies(pipeline).items():
        for number, statement in enumerate(policy.document["Statement"]):
            if statement["Effect"] == "Deny" or len(listed(statement["Resource"])) == 1:
                continue
            for resource in listed(statement["Resource"]):
                left = {**statement, "Resource": [each for each in listed(statement["Resource"]) if each != resource]}
                document = json.loads(json.dumps(policy.document))
                document["Statement"][number] = left
                with role_with(pipeline, policy, document):
                    found = of_role(stack, noun)
                assert outcome(found) == "failed", f"{noun} {resource}"
    assert declared


@pytest.mark.parametrize(("what", "service", "action"), OF_SERVICES, ids=[" ".join(each) for each in OF_SERVICES])
def test_what_a_service_may_no_longer_do_is_named(
    stack: Stack, pipeline: Pipeline, what: str, service: str, action: str
) -> None:
    guarded = Guarded(pipeline, what)
    document = guarded.read()
    for statement in document["Statement"]:
        services = (
            listed(statement.get("Principal", {}).get("Service", []))
            if isinstance(statement["Principal"], dict)
            else []
        )
        if service in services and action in listed(statement["Action"]):
            statement["Principal"]["Service"] = [each for each in services if each != service] or [
                "nobody.amazonaws.com"
            ]
    with guarded.instead(document):
        found = list(policies.proofs(stack))
    assert (service, action) in {(denial.role, denial.action) for proof in found for denial in proof.denied}
    assert f"{service} may not {action} on " in said(found)


def test_a_role_that_may_no_longer_be_assumed_is_named(stack: Stack, pipeline: Pipeline) -> None:
    iam, role = pipeline.client("iam"), role_policies(pipeline)["extract"].role
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    other = json.dumps(trust).replace("lambda.amazonaws.com", "ec2.amazonaws.com")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=other)
    try:
        found = list(policies.proofs(stack))
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    (denial,) = [denial for proof in found for denial in proof.denied]
    assert (denial.role, denial.action) == ("lambda.amazonaws.com", "sts:AssumeRole")
    assert denial.resource.endswith(role)


def test_a_role_that_may_more_than_is_declared_is_named(stack: Stack, pipeline: Pipeline) -> None:
    policy = role_policies(pipeline)["publish"]
    wider = json.loads(json.dumps(policy.document))
    wider["Statement"].append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    with role_with(pipeline, policy, wider):
        found = of_role(stack, "publish")
    assert outcome(found) == "failed"
    assert f"{policy.role} may also s3:PutObject on " in said(found)


def test_a_refusal_that_a_role_lost_is_named(stack: Stack, pipeline: Pipeline) -> None:
    policy = role_policies(pipeline)["extract"]
    softer = {**policy.document, "Statement": [e for e in policy.document["Statement"] if e["Effect"] == "Allow"]}
    with role_with(pipeline, policy, softer):
        found = of_role(stack, "extract")
    assert "has no statement that denies s3:PutObject on " in said(found)


def test_a_permissions_boundary_that_denies_is_told(stack: Stack, pipeline: Pipeline) -> None:
    iam, role = pipeline.client("iam"), role_policies(pipeline)["inbox"].role
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    )
    arn = iam.create_policy(PolicyName="rehearsed-boundary", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)
    try:
        found = of_role(stack, "inbox")
    finally:
        iam.delete_role_permissions_boundary(RoleName=role)
        iam.delete_policy(PolicyArn=arn)
    ((denial,),) = [proof.denied for proof in found]
    assert (denial.role, denial.action) == (role, "states:StartExecution")
    assert "boundary" in denial.why


def test_the_command_names_it_and_runs_nothing(local_ops: CommandLine, pipeline: Pipeline) -> None:
    policy = role_policies(pipeline)["pipeline"]
    executions = len(_executions(pipeline))
    with role_without(pipeline, policy, "glue:GetCrawler"):
        told = local_ops("rehearse", "--local", "--json")
    assert told.code == 1
    (denied,) = {(each["role"], each["action"]) for each in told.json["denied"]}
    assert denied == (policy.role, "glue:GetCrawler")
    assert [each["outcome"] for each in told.json["proofs"][-2:]] == ["not proved", "not proved"]
    assert len(_executions(pipeline)) == executions


def _executions(pipeline: Pipeline) -> list[str]:
    machine = pipeline.outputs["state_machine_arn"]
    found = pipeline.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return [each["executionArn"] for each in found]


def test_every_statement_of_every_role_has_cases(stack: Stack) -> None:
    for role in roles(stack.declared()):
        names = [
            action for case in cases(role, rights.operations) if case.expected != "denied" for action in case.actions
        ]
        assert {action for statement in role.statements for action in statement.actions} == set(names)
