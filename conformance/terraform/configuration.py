"""The program as a Terraform configuration: its resources under the provider's names, with references between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from conformance.bridge.names import Argument, arguments, resource_type
from local.deployment.configuration import merged, project_name
from local.deployment.deploy import PROJECT
from local.deployment.program import Handlers, run
from local.deployment.values import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi.runtime.mocks import MockResourceArgs

OURS = re.compile(r"\$\{(?!aws_[a-z_0-9]+\.)|%\{")
"""An opening of Terraform's templates in a text that is not one of the references written here."""


class NotAnArgument(Exception):
    """The program sets an input to which the provider has no argument."""


@dataclass
class Stack:
    """The resources of one stack, as Terraform reads them: by type, then by name."""

    name: str
    schemas: Mapping[str, Any]
    answer: Callable[[str, dict[str, Any]], dict[str, Any]]
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    dependencies: dict[str, list[str]] = field(default_factory=dict)

    def register(self, urn: str, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Add a resource and return its id and outputs: what it was given, and references to the rest."""
        inputs: Any = plain(args.inputs)
        if not args.custom:
            return "", inputs
        kind = resource_type(args.typ)
        known = arguments(kind, self.schemas[kind]["block"])
        for name in ("bucket" if kind == "aws_s3_bucket" else "name",):  # Pulumi names what the program does not
            if name in known and known[name].settable:
                inputs.setdefault(name, f"{args.name}-1a2b3c4")
        written = _block(kind, self.schemas[kind]["block"], inputs)
        self.resources.setdefault(kind, {})[args.name] = {**written, "depends_on": self.dependencies[_address(urn)]}
        told = {each.pulumi: f"${{{kind}.{args.name}.{each.name}}}" for each in known.values() if each.computed}
        return f"${{{kind}.{args.name}.id}}", {**told, **inputs}

    def see(self, request: Any) -> None:
        """Note which resources a registration waits for; only the wire format has them."""
        if request.custom:
            made = [urn for urn in request.dependencies if _type(urn).startswith("aws:")]
            self.dependencies[f"{resource_type(request.type)}.{request.name}"] = sorted({_address(urn) for urn in made})


def registered(stack: Stack, example: str, overrides: Mapping[str, str]) -> Stack:
    """Run the program for a stack, with the file of the stack `example` and `overrides` over it; return the stack."""
    handlers = Handlers(stack.register, stack.answer, stack.see)
    config = merged(PROJECT, example, overrides)
    run(PROJECT / "__main__.py", project_name(PROJECT), stack.name, config, handlers)
    return stack


def _address(urn: str) -> str:
    """Return the Terraform address of the resource that a URN names."""
    return f"{resource_type(_type(urn))}.{urn.rsplit('::', 1)[1]}"


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _block(kind: str, block: dict[str, Any], inputs: Mapping[str, Any], *, top: bool = True) -> dict[str, Any]:
    known = arguments(kind, block, top=top)
    if unknown := {name for name, value in inputs.items() if value is not None} - known.keys():
        raise NotAnArgument(f"{kind} has no argument for {', '.join(sorted(unknown))}; it has {', '.join(known)}.")
    return {known[name].name: _value(kind, known[name], value) for name, value in inputs.items() if value is not None}


def _value(kind: str, argument: Argument, value: Any) -> Any:
    if argument.block is None:
        return _plain(value)
    nested = argument.block
    return [_block(kind, nested, each, top=False) for each in (value if isinstance(value, list) else [value])]


def _plain(value: Any) -> Any:
    if isinstance(value, pulumi.FileArchive | pulumi.FileAsset):
        return str(value.path)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return OURS.sub(lambda opening: opening[0][0] + opening[0], value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
