"""The user who deploys: the policy of docs/permissions/deployer.json, and what the provider did with it."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws import EmbeddedAws

PERMISSIONS = Path(__file__).resolve().parents[2] / "docs" / "permissions"
NAME = "deployer"
NAMED_OTHERWISE = [
    "budgets:CreateBudget",
    "budgets:CreateNotification",
    "budgets:DeleteBudget",
    "budgets:DescribeBudget",
    "budgets:DescribeNotificationsForBudget",
    "budgets:DescribeSubscribersForNotification",
    "lambda:ListLayers",
]
"""Actions that the embedded AWS checks by the operation's name. On AWS they are `budgets:ViewBudget`, `ModifyBudget`
and `lambda:GetLayerVersion` (Service Authorization Reference)."""
ON_ANYTHING = [
    "athena:CreateWorkGroup",
    "athena:GetNamedQuery",
    "athena:DeleteNamedQuery",
    "athena:ListTagsForResource",
    "budgets:ListTagsForResource",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DeleteDashboards",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutDashboard",
    "dynamodb:ListTagsOfResource",
    "events:ListTagsForResource",
    "events:DescribeRule",
    "events:DeleteRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:ListTargetsByRule",
    "glue:GetTags",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "lambda:CreateFunction",
    "scheduler:ListTagsForResource",
    "scheduler:CreateSchedule",
    "scheduler:GetSchedule",
    "scheduler:DeleteSchedule",
    "sns:ListTagsForResource",
    "states:ListTagsForResource",
]
"""Actions for which the embedded AWS does not work out the resource that AWS does."""


def policy(name: str, account: str) -> list[dict[str, Any]]:
    """Return the statements of a document of docs/permissions for an account."""
    text = (PERMISSIONS / f"{name}.json").read_text(encoding="utf-8").replace("ACCOUNT", account)
    statements: list[dict[str, Any]] = json.loads(text)["Statement"]
    return statements


def user(aws: EmbeddedAws) -> dict[str, str]:
    """Create a user with the deployer's policy, and return the variables that make a client this user."""
    iam = aws.client("iam")
    iam.create_user(UserName=NAME)
    here = {"Effect": "Allow", "Action": [*NAMED_OTHERWISE, *ON_ANYTHING], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [*policy(NAME, aws.account_id), here]}
    iam.put_user_policy(UserName=NAME, PolicyName=NAME, PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def denied(aws: EmbeddedAws) -> list[str]:
    """Return the denied requests of the deployer: the action and the resource."""
    return sorted({f"{each['action']} on {each['resource']}" for each in _calls(aws) if not each["allowed"]})


def done(aws: EmbeddedAws) -> set[str]:
    """Return the actions that the deployer took."""
    return {each["action"] for each in _calls(aws)}


def unallowed(actions: set[str]) -> list[str]:
    """Return the actions that no statement of deployer.json allows on anything."""
    allowed = [action for statement in policy(NAME, "*") for action in statement["Action"]]
    here = {*NAMED_OTHERWISE}
    return sorted(each for each in actions - here if not any(fnmatchcase(each, action) for action in allowed))


def _calls(aws: EmbeddedAws) -> Iterator[dict[str, Any]]:
    for line in aws.call_log.read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        if call["principal"].endswith(f":user/{NAME}"):
            yield call
