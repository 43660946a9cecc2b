"""Checks of the table's rows about IAM's policy simulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import refused
from tests.local.cloud import allow, new_name, role
from tests.local.lake import client_of

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

LAMBDA = "lambda.amazonaws.com"
BUCKET = "arn:aws:s3:::lake"


def _simulated(
    aws: EmbeddedAws, arn: str, actions: list[str], resources: list[str], context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the results by action."""
    entries = [
        {
            "ContextKeyName": key,
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
            "ContextKeyValues": value if isinstance(value, list) else [value],
        }
        for key, value in (context or {}).items()
    ]
    answer = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=actions, ResourceArns=resources, ContextEntries=entries
    )
    return {each["EvalActionName"]: each for each in answer["EvaluationResults"]}


def _one(result: dict[str, Any]) -> dict[str, Any]:
    (only,) = result["ResourceSpecificResults"]
    return dict(only)


def simulation_on_several_resources(aws: EmbeddedAws) -> None:
    arn = role(aws, LAMBDA, allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/raw/*"))
    inside, outside = f"{BUCKET}/raw/1", f"{BUCKET}/other/1"
    found = _simulated(aws, arn, ["s3:GetObject", "s3:DeleteObject"], [inside, outside])
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
    assert {each["EvalResourceName"] for each in found.values()} & {inside, outside} == set()


def simulation_sees_the_given_context(aws: EmbeddedAws) -> None:
    when = {"StringLike": {"s3:prefix": ["raw/*", "runs/*"]}}
    arn = role(aws, LAMBDA, allow("s3:ListBucket", BUCKET) | {"Condition": when})
    told = []
    for context in ({"s3:prefix": "runs/1"}, {"s3:prefix": "other/1"}, {}):
        only = _one(_simulated(aws, arn, ["s3:ListBucket"], [BUCKET], context)["s3:ListBucket"])
        told.append((only["EvalResourceName"], only["EvalResourceDecision"], only["MissingContextValues"]))
    assert told == [(BUCKET, "allowed", []), (BUCKET, "implicitDeny", []), (BUCKET, "implicitDeny", ["s3:prefix"])]
    keys = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]}}
    arn = role(aws, LAMBDA, allow("dynamodb:GetItem", "*") | {"Condition": keys})
    for values, decision in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
        found = _simulated(aws, arn, ["dynamodb:GetItem"], ["*"], {"dynamodb:LeadingKeys": values})
        assert found["dynamodb:GetItem"]["EvalDecision"] == decision


def simulation_of_a_deny(aws: EmbeddedAws) -> None:
    never = allow("s3:PutObject", f"{BUCKET}/inbox/*") | {"Effect": "Deny"}
    found = _simulated(aws, role(aws, LAMBDA, allow("s3:*", "*"), never), ["s3:PutObject"], [f"{BUCKET}/inbox/x"])
    assert _one(found["s3:PutObject"])["EvalResourceDecision"] == "explicitDeny"


def simulation_within_a_boundary(aws: EmbeddedAws) -> None:
    arn = role(aws, LAMBDA, allow("s3:GetObject", "*"))
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:*", "*")]})
    boundary = aws.client("iam").create_policy(PolicyName=new_name("boundary"), PolicyDocument=document)
    aws.client("iam").put_role_permissions_boundary(
        RoleName=arn.rsplit("/", 1)[1], PermissionsBoundary=boundary["Policy"]["Arn"]
    )
    only = _one(_simulated(aws, arn, ["s3:GetObject"], [BUCKET])["s3:GetObject"])
    bound = {"AllowedByPermissionsBoundary": False}
    assert (only["EvalResourceDecision"], only["PermissionsBoundaryDecisionDetail"]) == ("implicitDeny", bound)


def simulation_of_nobody(aws: EmbeddedAws) -> None:
    nobody = f"arn:aws:iam::{aws.account_id}:role/nobody"
    asked = {"PolicySourceArn": nobody, "ActionNames": ["s3:GetObject"]}
    assert refused(aws.client("iam").simulate_principal_policy, **asked) == (404, "NoSuchEntity")


def simulation_by_who_may_simulate_some_roles(aws: EmbeddedAws) -> None:
    mine, other = role(aws, LAMBDA), role(aws, LAMBDA)
    simulate = client_of(aws, "iam", role(aws, LAMBDA, allow("iam:SimulatePrincipalPolicy", mine)))
    asked = {"ActionNames": ["s3:GetObject"], "ResourceArns": [f"{BUCKET}/1"]}
    assert simulate.simulate_principal_policy(PolicySourceArn=mine, **asked)["EvaluationResults"]
    assert refused(simulate.simulate_principal_policy, PolicySourceArn=other, **asked) == (403, "AccessDenied")
