"""One process of the Terraform AWS provider, reached over Terraform's plugin protocol, version 5."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

import grpc
import msgpack
import tfplugin5_pb2 as wire
import tfplugin5_pb2_grpc as rpc

from conformance.bridge.values import UNKNOWN, Block, Unknown, proposed, to_pulumi, to_terraform

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""The handshake that Terraform's core sends a plugin: github.com/hashicorp/terraform, internal/plugin/serve.go."""
NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}
LARGEST = 512 << 20
ERROR = 1


class ProviderRefused(Exception):
    """The provider found an error; the message has its own words."""


@dataclass(frozen=True)
class Plan:
    """The provider's plan for a resource: its state afterwards, and the arguments whose change replaces it."""

    state: Any
    replaces: set[str]
    private: bytes


class Terraform:
    """The provider; its schemas are dicts as `terraform providers schema -json` prints them."""

    def __init__(self, binary: str) -> None:
        environment = {**os.environ, "TF_PLUGIN_MAGIC_COOKIE": COOKIE, "PLUGIN_PROTOCOL_VERSIONS": "5"}
        self._process = subprocess.Popen(
            [binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        assert self._process.stdout  # noqa: S101  # it is a pipe
        address = self._process.stdout.readline().strip().split("|")[3]
        options = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
        self._stub = rpc.ProviderStub(grpc.insecure_channel(f"unix:{address}", options))
        told = self._stub.GetSchema(wire.GetProviderSchema.Request())
        self._provider = _block(told.provider.block)
        self._resources, self._data = told.resource_schemas, told.data_source_schemas
        self._blocks: dict[str, Block] = {}

    def stop(self) -> None:
        """End the provider. It ignores the interrupt with which Pulumi ends a plugin and all of its group."""
        self._process.kill()
        self._process.wait()

    def block(self, kind: str) -> Block:
        """Return the schema of a resource type."""
        if kind not in self._blocks:
            self._blocks[kind] = _block(self._resources[kind].block)
        return self._blocks[kind]

    def configure(self, config: dict[str, Any]) -> None:
        """Configure the provider's region and endpoints."""
        packed = _packed(to_terraform("provider", self._provider, config))
        _raise(self._stub.Configure(wire.Configure.Request(terraform_version="1.11.4", config=packed)).diagnostics)

    def faults(self, kind: str, config: Any) -> list[tuple[str, str]]:
        """Return the errors in a configuration: the argument and the provider's message."""
        asked = wire.ValidateResourceTypeConfig.Request(type_name=kind, config=_packed(config))
        return [
            (".".join(step.attribute_name for step in each.attribute.steps if step.attribute_name), _words(each))
            for each in self._stub.ValidateResourceTypeConfig(asked).diagnostics
            if each.severity == ERROR
        ]

    def plan(self, kind: str, prior: Any, config: Any) -> Plan:
        """Return the provider's plan from a state (or none) to a configuration."""
        asked = wire.PlanResourceChange.Request(
            type_name=kind,
            prior_state=_packed(prior),
            proposed_new_state=_packed(proposed(self.block(kind), prior, config)),
            config=_packed(config),
        )
        told = self._stub.PlanResourceChange(asked)
        _raise(told.diagnostics)
        replaces = {path.steps[0].attribute_name for path in told.requires_replace}
        return Plan(_unpacked(told.planned_state), replaces, told.planned_private)

    def apply(self, kind: str, prior: Any, config: Any, plan: Plan | None) -> Any:
        """Create, change or (without a plan) delete a resource, and return its state."""
        asked = wire.ApplyResourceChange.Request(
            type_name=kind,
            prior_state=_packed(prior),
            config=_packed(config),
            planned_state=_packed(plan.state if plan else None),
            planned_private=plan.private if plan else b"",
        )
        told = self._stub.ApplyResourceChange(asked)
        _raise(told.diagnostics)
        return _unpacked(told.new_state)

    def read(self, kind: str, state: Any) -> Any:
        """Return a resource's state as it is now, or None if it is gone."""
        told = self._stub.ReadResource(wire.ReadResource.Request(type_name=kind, current_state=_packed(state)))
        _raise(told.diagnostics)
        return _unpacked(told.new_state)

    def ask(self, kind: str, arguments: dict[str, Any]) -> Any:
        """Return the attributes of a data source, by Pulumi's names."""
        block = _block(self._data[kind].block)
        config = _packed(to_terraform(kind, block, arguments))
        told = self._stub.ReadDataSource(wire.ReadDataSource.Request(type_name=kind, config=config))
        _raise(told.diagnostics)
        return to_pulumi(kind, block, _unpacked(told.state))


def _block(block: Any) -> Block:
    """Return a schema as `terraform providers schema -json` prints it."""
    attributes = {
        each.name: {
            "type": json.loads(each.type),
            "optional": each.optional,
            "required": each.required,
            "computed": each.computed,
            "sensitive": each.sensitive,
        }
        for each in block.attributes
    }
    nested = {
        each.type_name: {
            "nesting_mode": NESTING[each.nesting],
            "max_items": each.max_items,
            "block": _block(each.block),
        }
        for each in block.block_types
    }
    return {"attributes": attributes, "block_types": nested}


def _packed(value: Any) -> Any:
    def walk(each: Any) -> Any:
        if isinstance(each, Unknown):
            return msgpack.ExtType(0, b"\0")
        if isinstance(each, dict):
            return {key: walk(part) for key, part in each.items()}
        if isinstance(each, list):
            return [walk(part) for part in each]
        return int(each) if isinstance(each, float) and each.is_integer() else each

    return wire.DynamicValue(msgpack=msgpack.packb(walk(value)))


def _unpacked(value: Any) -> Any:
    if not value.msgpack:
        return json.loads(value.json) if value.json else None
    return msgpack.unpackb(value.msgpack, ext_hook=lambda _code, _data: UNKNOWN, strict_map_key=False)


def _words(diagnostic: Any) -> str:
    return f"{diagnostic.summary}: {diagnostic.detail}" if diagnostic.detail else str(diagnostic.summary)


def _raise(diagnostics: Any) -> None:
    """Raise ProviderRefused if there is an error among the diagnostics."""
    errors = [_words(each) for each in diagnostics if each.severity == ERROR]
    if errors:
        raise ProviderRefused("\n".join(errors))
