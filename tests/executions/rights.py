"""Check a stack's policies against recorded calls: the statement that each call needs, and refused calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.session import Session

# Athena's requests with its caller's rights, besides those of the embedded one: the policy that AWS documents for
# athena:startQueryExecution.sync (https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html), without
# the actions that create and delete.
ATHENAS_CATALOGUE = {
    "glue:GetDatabase", "glue:GetTable", "glue:GetTables",
    "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
}  # fmt: skip
# The requests of a crawler over catalog targets: a guess, within AWSGlueServiceRole's glue:* (AWS documents no narrower
# list, https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html). CloudTrail shows them after a first crawl.
CRAWLERS_CATALOGUE = ATHENAS_CATALOGUE | {
    "glue:CreatePartition", "glue:BatchCreatePartition", "glue:UpdatePartition", "glue:BatchUpdatePartition",
}  # fmt: skip

S3_KEYS = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}


@dataclass(frozen=True)
class Call:
    """One call that a role made, or that AWS makes with the role."""

    role: str
    action: str
    resource: str
    context: dict[str, Any] = field(default_factory=dict, hash=False)


def narrowed(statement: Any) -> Iterator[tuple[str, Any]]:
    """Yield every statement that is narrower by one action, resource or condition value, with its name.

    None stands for a statement that has become empty.
    """
    for name in ("actions", "resources"):
        values = getattr(statement, name)
        for one in values:
            rest = [each for each in values if each != one]
            yield f"{name} {one}", replace(statement, **{name: rest}) if rest else None
    for operator, keys in statement.conditions.items():
        for key, values in keys.items():
            for one in values if isinstance(values, list) else []:
                rest = [each for each in values if each != one]
                conditions = {**statement.conditions, operator: {**keys, key: rest}}
                yield f"{operator} {key} {one}", replace(statement, conditions=conditions) if rest else None


@dataclass
class Rights:
    """The policy of each role of a stack, and the calls of a recorded log."""

    policies: dict[str, list[Any]]
    calls: list[Call]
    key: str
    region: str
    account: str

    @classmethod
    def of(cls, session: Session) -> Rights:
        """Return a running stack's rights; calls that were refused are left out."""
        iam = session.client("iam")
        names = [each["RoleName"] for page in iam.get_paginator("list_roles").paginate() for each in page["Roles"]]
        policies = {}
        for name in names:
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                policies[name] = parse_policy_document(
                    iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                )
        lines = (json.loads(line) for line in (Path(session.state_dir) / "calls.ndjson").read_text().splitlines())
        calls = [
            Call(line["principal"].split("/")[1], line["action"], line["resource"], line["context"])
            for line in lines
            if line["allowed"] and ":assumed-role/" in line["principal"]
        ]
        (key,) = {each["KeyArn"] for each in session.client("kms").list_keys()["Keys"]}
        _, _, _, region, account, _ = key.split(":", 5)
        rights = cls(policies, [call for call in calls if call.role in policies], key, region, account)
        rights.calls += [*rights.implied()]
        return rights

    def role(self, noun: str) -> str:
        """Return the full name of the role of a function, the pipeline, the crawler or a trigger."""
        (found,) = (name for name in self.policies if name.rsplit("-", 1)[0].endswith(f"-{noun}"))
        return found

    def decision(self, call: Call, *, mutant: tuple[Any, Any] | None = None) -> str:
        """Return the decision of the role's policy on a call, or with one statement replaced (None: left out)."""
        question = EvalContext(
            principal_arn=f"arn:aws:sts::{self.account}:assumed-role/{call.role}/session",
            principal_type="AssumedRole",
            principal_account=self.account,
            action=call.action,
            resource_arn=call.resource,
            region=self.region,
            secure_transport=True,
            service_context={key.lower(): value for key, value in call.context.items()},
        )
        statements = self.policies[call.role]
        if mutant:
            replaced, by = mutant
            statements = [*(each for each in statements if each is not replaced), *([by] if by else [])]
        return str(evaluate(question, [statements]).decision)

    def unneeded(self, role: str) -> list[str]:
        """Return each action, resource and condition value without which every recorded call is still allowed."""
        own = {json.dumps([call.action, call.resource, call.context]): call for call in self.calls if call.role == role}
        return [
            f"{part} in {statement.sid} ({', '.join(statement.actions)})"
            for statement in self.policies[role]
            if statement.effect == "Allow"
            for part, narrower in narrowed(statement)
            if all(self.decision(call, mutant=(statement, narrower)) == "Allow" for call in own.values())
        ]

    def implied(self) -> Iterator[Call]:
        """Yield the calls that AWS makes with a role and the embedded AWS does not check, by its documentation."""
        for call in self.calls[:]:
            service = call.action.split(":")[0]
            if call.action in S3_KEYS:
                yield self._keyed(call.role, S3_KEYS[call.action], "s3")
            elif service in {"secretsmanager", "dynamodb"}:
                yield self._keyed(call.role, "kms:Decrypt", service)
            elif call.action == "sns:Publish":
                yield self._keyed(call.role, "kms:GenerateDataKey", "sns")
            elif call.action == "athena:StartQueryExecution":
                yield from self._for_athena(call.role)
            elif call.action == "lambda:InvokeFunction":
                yield from self._for_a_function(call.resource.rsplit(":", 1)[1])
        yield from self._for_services()

    def _keyed(self, role: str, action: str, through: str) -> Call:
        return Call(role, action, self.key, {"kms:ViaService": f"{through}.{self.region}.amazonaws.com"})

    def _for_a_function(self, name: str) -> Iterator[Call]:
        """Lambda writes the function's logs and traces with its role."""
        role = self.role(name.rsplit("-", 1)[1])
        group = f"arn:aws:logs:{self.region}:{self.account}:log-group:/aws/lambda/{name}"
        yield Call(role, "logs:PutLogEvents", f"{group}:log-stream:2026/11/23/[$LATEST]0a1b")
        yield Call(role, "xray:PutTraceSegments", "*")

    def _for_athena(self, role: str) -> Iterator[Call]:
        """Athena finds buckets, reads the catalogue, cleans up uploads and reads results with its caller's rights.

        A task that waits for its query (`.sync`) stops the query when it is aborted.
        """
        statements = [each for each in self.policies[role] if "s3:ListBucketMultipartUploads" in each.actions]
        (results,) = statements[0].resources
        yield Call(role, "s3:ListBucketMultipartUploads", results)
        yield Call(role, "s3:AbortMultipartUpload", f"{results}/athena/0a1b.csv")
        yield Call(role, "s3:ListMultipartUploadParts", f"{results}/athena/0a1b.csv")
        yield Call(role, "s3:ListBucket", results, {"s3:prefix": "athena/0a1b"})
        yield Call(role, "s3:GetObject", f"{results}/athena/0a1b.csv")
        yield from self._named(role, {"s3:GetBucketLocation", "athena:StopQueryExecution"} | ATHENAS_CATALOGUE)

    def _named(self, role: str, actions: set[str]) -> Iterator[Call]:
        """Yield a call of each of these actions on each resource that a statement of the role names for it."""
        for statement in self.policies[role]:
            for action in actions & set(statement.actions):
                yield from (Call(role, action, resource) for resource in statement.resources)

    def _for_services(self) -> Iterator[Call]:
        """Yield requests that no execution here makes: log setup, traces, the scheduler's start and its dead letter."""
        group = f"arn:aws:logs:{self.region}:{self.account}:log-group:/aws-glue/crawlers"
        yield Call(self.role("crawler"), "logs:CreateLogGroup", group)
        yield from self._named(self.role("crawler"), CRAWLERS_CATALOGUE)
        pipeline, daily = self.role("pipeline"), self.role("daily")
        yield Call(pipeline, "logs:CreateLogDelivery", "*")
        yield Call(pipeline, "xray:PutTraceSegments", "*")
        for statement in self.policies[daily]:
            if "kms:GenerateDataKey" not in statement.actions:
                yield Call(daily, statement.actions[0], statement.resources[0])
        yield from (self._keyed(daily, action, "sqs") for action in ("kms:GenerateDataKey", "kms:Decrypt"))
