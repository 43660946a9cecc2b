"""A stack's policies, asked about recorded calls: which statement each call needs, and what is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.session import Session

S3_KEYS = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}


@dataclass(frozen=True)
class Call:
    """One call that a role made, or that AWS makes with it."""

    role: str
    action: str
    resource: str
    context: dict[str, Any] = field(default_factory=dict, hash=False)


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

    def decision(self, call: Call, without: tuple[Any, str] | None = None) -> str:
        """Return what the role's policy says of a call, with one resource of one statement left out."""
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
        if without:
            short = [resource for resource in without[0].resources if resource != without[1]]
            rest = [each for each in statements if each is not without[0]]
            statements = [*rest, replace(without[0], resources=short)] if short else rest
        return str(evaluate(question, [statements]).decision)

    def unneeded(self, role: str) -> list[str]:
        """Return each resource of each statement without which every recorded call of the role is still allowed."""
        own = {json.dumps([call.action, call.resource, call.context]): call for call in self.calls if call.role == role}
        return [
            f"{statement.actions} on {resource}"
            for statement in self.policies[role]
            if statement.effect == "Allow"
            for resource in statement.resources
            if all(self.decision(call, without=(statement, resource)) == "Allow" for call in own.values())
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
        """Athena finds the buckets, cleans up after failed uploads and reads results with its caller's rights."""
        statements = [each for each in self.policies[role] if "s3:ListBucketMultipartUploads" in each.actions]
        (results,) = statements[0].resources
        yield Call(role, "s3:ListBucketMultipartUploads", results)
        yield Call(role, "s3:AbortMultipartUpload", f"{results}/athena/0a1b.csv")
        yield Call(role, "s3:ListBucket", results, {"s3:prefix": "athena/0a1b"})
        yield Call(role, "s3:GetObject", f"{results}/athena/0a1b.csv")
        for statement in self.policies[role]:
            if "s3:GetBucketLocation" in statement.actions:
                yield from (Call(role, "s3:GetBucketLocation", bucket) for bucket in statement.resources)

    def _for_services(self) -> Iterator[Call]:
        """What no execution here shows: setting logs up, traces, the scheduler's start and its dead letter."""
        group = f"arn:aws:logs:{self.region}:{self.account}:log-group:/aws-glue/crawlers"
        yield Call(self.role("crawler"), "logs:CreateLogGroup", group)
        pipeline, daily = self.role("pipeline"), self.role("daily")
        yield Call(pipeline, "logs:CreateLogDelivery", "*")
        yield Call(pipeline, "xray:PutTraceSegments", "*")
        for statement in self.policies[daily]:
            if "kms:GenerateDataKey" not in statement.actions:
                yield Call(daily, statement.actions[0], statement.resources[0])
        yield self._keyed(daily, "kms:GenerateDataKey", "sqs")
