"""The program run once under recording mocks: what it registered, as plain dicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.runtime.rpc import deserialize_properties

from local.deployment import program
from local.deployment.configuration import merged
from local.deployment.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.runtime.mocks import MockResourceArgs

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "123456789012", "eu-west-1"
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


@dataclass
class Recorded:
    """What the program registered and exported."""

    resources: list[Registered] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def see(self, request: Any) -> None:
        """Note a registration as it goes over the wire."""
        inputs = plain(deserialize_properties(request.object))
        aliases = [each.spec.name or each.urn for each in request.aliases]
        custom, protect = bool(request.custom), bool(request.protect)
        self.resources.append(Registered(request.type, request.name, inputs, protect, aliases, custom))  # type: ignore[arg-type]  # the properties of an object are a dict

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


def _long(full: str, short: str) -> set[str]:
    return {full} if full.rsplit(":", 1)[1] == short else set()


def record(stack_name: str = "dev", config: Mapping[str, str] | None = None, root: Path = ROOT) -> Recorded:
    """Run the program of `root` as the engine would, with the stack's file and `config` over it."""
    recorded = Recorded()
    handlers = program.Handlers(register=_register, invoke=lambda token, _arguments: ANSWERS[token], see=recorded.see)
    values = merged(root, stack_name, config or {})
    recorded.exports = program.run(root / "__main__.py", "spotify-lake", stack_name, values, handlers)
    return recorded


def _register(_urn: str, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
    """Return the id, the ARN and the name that AWS or Pulumi would give a resource."""
    noun, service = args.typ.rsplit(":", 1)[1], args.typ.split(":")[1].split("/")[0]
    named = args.inputs.get("name") or f"{args.name}-1a2b3c4"
    given: dict[str, Any] = {"name": named, "arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{noun}/{named}"}
    if noun == "Bucket":
        given = {"bucket": named, "arn": f"arn:aws:s3:::{named}"}
    if noun == "Key":
        given |= {"keyId": "0a1b"}
    if noun == "Queue":
        given |= {"url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{named}"}
    return f"{args.name}-id", {**args.inputs, **given}
