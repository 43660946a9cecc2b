"""SimulatePrincipalPolicy decides as the calls themselves are decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import allow, new_name, role

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

BUCKET = "arn:aws:s3:::lake"
LISTS = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": BUCKET,
    "Condition": {"StringLike": {"s3:prefix": ["raw/*", "runs/*"]}},
}
NEVER = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"{BUCKET}/inbox/*"}


def simulated(aws: EmbeddedAws, arn: str, actions: list[str], resources: list[str], **context: Any) -> dict[str, Any]:
    """Return the results by action; `context` holds condition keys, `__` for `:`."""
    entries = [
        {
            "ContextKeyName": key.replace("__", ":"),
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
            "ContextKeyValues": value if isinstance(value, list) else [value],
        }
        for key, value in context.items()
    ]
    answer = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=actions, ResourceArns=resources, ContextEntries=entries
    )
    return {each["EvalActionName"]: each for each in answer["EvaluationResults"]}


def test_each_action_is_decided_on_each_resource(aws: EmbeddedAws) -> None:
    arn = role(aws, "lambda.amazonaws.com", allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/raw/*"))
    inside, outside = f"{BUCKET}/raw/1", f"{BUCKET}/other/1"
    found = simulated(aws, arn, ["s3:GetObject", "s3:DeleteObject"], [inside, outside])
    decisions = {
        (action, one["EvalResourceName"]): one["EvalResourceDecision"]
        for action, each in found.items()
        for one in each["ResourceSpecificResults"]
    }
    assert decisions == {
        ("s3:GetObject", inside): "allowed",
        ("s3:GetObject", outside): "implicitDeny",
        ("s3:DeleteObject", inside): "implicitDeny",
        ("s3:DeleteObject", outside): "implicitDeny",
    }
    assert found["s3:GetObject"]["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("context", "decision", "missing"),
    [
        ({"s3__prefix": "runs/1"}, "allowed", []),
        ({"s3__prefix": "other/1"}, "implicitDeny", []),
        ({}, "implicitDeny", ["s3:prefix"]),
    ],
    ids=["given", "another", "absent"],
)
def test_conditions_see_the_context_that_is_given(
    aws: EmbeddedAws, context: dict[str, str], decision: str, missing: list[str]
) -> None:
    arn = role(aws, "lambda.amazonaws.com", LISTS)
    found = simulated(aws, arn, ["s3:ListBucket"], [BUCKET], **context)["s3:ListBucket"]
    assert (found["EvalDecision"], found["EvalResourceName"]) == (decision, BUCKET)
    assert found["MissingContextValues"] == missing


def test_a_list_of_values_is_read_as_several(aws: EmbeddedAws) -> None:
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]}}
    arn = role(aws, "lambda.amazonaws.com", {**allow("dynamodb:GetItem", "*"), "Condition": condition})
    for values, decision in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
        found = simulated(aws, arn, ["dynamodb:GetItem"], ["*"], dynamodb__LeadingKeys=values)
        assert found["dynamodb:GetItem"]["EvalDecision"] == decision


def test_a_deny_is_explicit(aws: EmbeddedAws) -> None:
    arn = role(aws, "lambda.amazonaws.com", allow("s3:*", "*"), NEVER)
    found = simulated(aws, arn, ["s3:PutObject"], [f"{BUCKET}/inbox/x"])
    assert found["s3:PutObject"]["EvalDecision"] == "explicitDeny"


def test_a_permissions_boundary_counts(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    arn = role(aws, "lambda.amazonaws.com", allow("s3:GetObject", "*"))
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:*", "*")]})
    boundary = iam.create_policy(PolicyName=new_name("boundary"), PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=arn.rsplit("/", 1)[1], PermissionsBoundary=boundary)
    found = simulated(aws, arn, ["s3:GetObject"], [BUCKET])["s3:GetObject"]
    assert found["EvalDecision"] == "implicitDeny"
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    (one, _) = simulated(aws, arn, ["s3:GetObject"], [BUCKET, "*"])["s3:GetObject"]["ResourceSpecificResults"]
    assert one["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_role_that_is_not_there_is_an_error(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        simulated(aws, f"arn:aws:iam::{aws.account_id}:role/nobody", ["s3:GetObject"], ["*"])
