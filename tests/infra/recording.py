"""Run the program once under recording mocks, and return its registrations as plain dicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.rpc import deserialize_properties

from infra.packaging import artifacts
from local.deployment.configuration import merged
from local.deployment.program import Handlers, run
from local.deployment.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.runtime.mocks import MockResourceArgs

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY_ID = "0a1b2c3d-1111-4222-8333-444455556666"
ANSWERS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "arn": "", "id": ACCOUNT, "userId": ""},
    "aws:index/getRegion:getRegion": {"region": REGION, "name": REGION, "id": REGION},
    "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"},
}


@dataclass(frozen=True)
class Registered:
    """One resource: its type, its logical name, its inputs, and the options the mocks do not show."""

    type: str
    name: str
    inputs: dict[str, Any]
    protect: bool
    aliases: list[str]
    custom: bool
    under: str = ""
    retained: bool = False
    hidden: tuple[str, ...] = ()
    after: frozenset[tuple[str, str]] = frozenset()

    @property
    def known_as(self) -> str:
        """The name by which the engine knows the resource."""
        return known_as(self.under, self.type, self.name)


@dataclass
class Recorded:
    """The resources that the program registered, and its exports."""

    resources: list[Registered] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def see(self, request: Any) -> None:
        """Record a registration as it is sent to the engine."""
        inputs: Any = plain(deserialize_properties(request.object))
        aliases = [_alias(request, each) for each in request.aliases]
        options = (bool(request.protect), aliases, bool(request.custom), _types(request.parent))
        seen = Registered(request.type, request.name, inputs, *options)
        self.resources.append(
            replace(
                seen,
                retained=bool(request.retainOnDelete),
                hidden=tuple(request.hideDiffs),
                after=frozenset(_named(each) for each in request.dependencies),
            )
        )

    def of_type(self, type_: str) -> dict[str, dict[str, Any]]:
        """Return the inputs of the resources of a type, by logical name; the type's last part is enough."""
        return {each.name: each.inputs for each in self.resources if each.type in {type_, *_long(each.type, type_)}}

    def one(self, type_: str) -> dict[str, Any]:
        """Return the inputs of the only resource of a type."""
        (found,) = self.of_type(type_).values()
        return found

    def policy(self, role: str) -> list[dict[str, Any]]:
        """Return the statements of a role's policy."""
        statements: list[dict[str, Any]] = json.loads(self.of_type("RolePolicy")[f"spotify-lake-dev-{role}"]["policy"])[
            "Statement"
        ]
        return statements


def known_as(under: str, type_: str, name: str) -> str:
    """Return the end of a URN: the types that a resource stands under, its own, its name."""
    return f"{under}{'$' if under else ''}{type_}::{name}"


def _alias(request: Any, alias: Any) -> str:
    """Return the former name of a resource from one of its aliases, which is complete or states the differences."""
    if alias.urn:
        return "::".join([_types(alias.urn), alias.urn.split("::")[3]])
    spec = alias.spec
    under = "" if spec.noParent else _types(spec.parentUrn or request.parent)
    return known_as(under, spec.type or request.type, spec.name or request.name)


def _named(urn: str) -> tuple[str, str]:
    """Return the type and the logical name that a URN ends with."""
    types, name = urn.split("::")[2:4]
    return types.rsplit("$", 1)[-1], name


def _types(urn: str) -> str:
    """Return the types in a URN, less the stack's."""
    return urn.split("::")[2].removeprefix("pulumi:pulumi:Stack").removeprefix("$") if urn else ""


def _long(full: str, short: str) -> set[str]:
    return {full} if full.rsplit(":", 1)[1] == short else set()


def program(stack_name: str, **config: str) -> Recorded:
    """The program's registrations for a stack and its changed settings, recorded once for all tests.

    The layers are registered, but not built: other tests build them.
    """
    return _once(stack_name, tuple(sorted(config.items())))


@cache
def _once(stack_name: str, config: tuple[tuple[str, str], ...]) -> Recorded:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            artifacts, "dependency_layer", lambda name, _architecture, _python: artifacts.function_zip(name)
        )
        return record(stack_name, dict(config))


def record(stack_name: str = "dev", config: Mapping[str, str] | None = None, root: Path = ROOT) -> Recorded:
    """Run the program of `root` as the engine would, with the stack's file and `config` over it."""
    recorded = Recorded()
    handlers = Handlers(register=_register, invoke=lambda token, _arguments: ANSWERS[token], see=recorded.see)
    values = merged(root, stack_name, config or {})
    recorded.exports = run(root / "__main__.py", "spotify-lake", stack_name, values, handlers)
    return recorded


OTHERWISE = {
    "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d",
    "logBucket": "the-accounts-logs",
    "alertEmail": "me@example.org",
    "digestEmail": "you@example.org",
    "digestAlways": "true",
    "scheduleEnabled": "false",
    "reserveConcurrency": "true",
    "architecture": "x86_64",
    "dependencyLayers": "false",
}
"""Configuration that is the opposite of the dev stack's file."""

ARN_FORMS = {  # what follows `arn:aws:` and the service, where it is not the resource's name alone
    "Secret": "secret:{}-1a2b3c", "LogGroup": "log-group:{}", "StateMachine": "stateMachine:{}",
    "Function": "function:{}", "LayerVersion": "layer:{}:1", "Table": "table/{}", "Workgroup": "workgroup/{}",
    "EventRule": "rule/{}", "Crawler": "crawler/{}", "CatalogDatabase": "database/{}",
    "ScheduleGroup": "schedule-group/{}", "Schedule": "schedule/{}", "MetricAlarm": "alarm:{}", "Key": "key/{}",
}  # fmt: skip
SERVICES = {"sfn": "states", "cloudwatch/logGroup": "logs", "cloudwatch/eventRule": "events"}
GLOBAL = {"iam": f"arn:aws:iam::{ACCOUNT}:role/{{}}", "s3": "arn:aws:s3:::{}"}


def arn(type_: str, name: str) -> str:
    """Return the ARN that AWS gives a resource of a type such as `aws:sqs/queue:Queue`."""
    _, module, noun = type_.split(":")
    service = module.split("/")[0]
    if service in GLOBAL:
        return GLOBAL[service].format(name)
    called = SERVICES.get(module) or SERVICES.get(service, service)
    return f"arn:aws:{called}:{REGION}:{ACCOUNT}:{ARN_FORMS.get(noun, '{}').format(name)}"


def given(type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that AWS or Pulumi adds to a resource: its ARN, a name if the program gives none, etc."""
    noun = type_.rsplit(":", 1)[1]
    named = str(inputs.get("name") or inputs.get("layerName") or f"{name}-1a2b3c4")
    if noun == "Key":
        return {"keyId": KEY_ID, "arn": arn(type_, KEY_ID)}
    if noun == "Bucket":
        return {"bucket": named, "arn": arn(type_, named)}
    if noun == "Queue":
        return {"name": named, "arn": arn(type_, named), "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{named}"}
    return {"name": named, "arn": arn(type_, named)}


def _register(_urn: str, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
    return f"{args.name}-id", {**args.inputs, **given(args.typ, args.name, args.inputs)}
