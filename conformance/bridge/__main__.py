"""Serve Pulumi's provider protocol (pulumi/proto/pulumi/provider.proto); print the port, as the engine expects."""

from __future__ import annotations

import json
import os
import secrets
import sys
from concurrent import futures
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from conformance.bridge.names import arguments, camel, resource_type
from conformance.bridge.terraform import ProviderRefused, Terraform
from conformance.bridge.values import (
    Unknown,
    same,
    tells_the_same,
    to_pulumi,
    to_terraform,
    unwrapped,
    wired,
)
from local.streams import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.bridge.values import Block

VERSION = os.environ["STAND_IN_VERSION"]
QUESTIONS = {
    "getCallerIdentity": "aws_caller_identity",
    "getRegion": "aws_region",
    "getPartition": "aws_partition",
}
LARGEST = 400 << 20
GIVEN_NAMES = "__defaults"
"""Pulumi's own mark of the inputs that the provider filled in."""


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """Pulumi's AWS provider as far as a program needs it; its only functions are the three about account and region."""

    def __init__(self, terraform: Terraform) -> None:
        self._terraform = terraform

    def Handshake(self, _request: Any, _context: Any) -> Any:  # noqa: N802  # the protocol's names, from here on
        """Take values as they are: no outputs, no secrets, no references."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=False)

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802, D102
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802, D102
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": VERSION}))

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802, D102
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802, D102
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802, D102
        return empty_pb2.Empty()

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Configure the Terraform provider for the same region; credentials and endpoint come from the environment."""
        config = {"region": _plain(request.args).get("region"), "s3UsePathStyle": True, "skipMetadataApiCheck": "true"}
        with _errors_for(context):
            self._terraform.configure({**config, "maxRetries": 2})
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Answer a function call of the program."""
        kind = QUESTIONS[request.tok.split(":")[-1]]
        with _errors_for(context):
            told = self._terraform.ask(kind, _plain(request.args))
        if kind == "aws_region":
            told["region"] = told["name"]  # as the Terraform provider has it from version 6 on
        return provider_pb2.InvokeResponse(**{"return": _struct(told)})

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Add a name if the program gives none; return the provider's complaints."""
        kind, block = self._kind(request.urn)
        olds, news = _plain(request.olds), _plain(request.news)
        field, known = "bucket" if kind == "aws_s3_bucket" else "name", arguments(kind, block)
        news[GIVEN_NAMES] = []
        if field in known and known[field].settable and news.get(field) is None:
            before = olds.get(field) if field in (olds.get(GIVEN_NAMES) or []) else None
            news[field] = before or f"{request.urn.rsplit('::', 1)[1]}-{secrets.token_hex(4)[:7]}"
            news[GIVEN_NAMES] = [field]
        unknown = {name for name, value in news.items() if value is not None} - {*known, GIVEN_NAMES}
        faults = [(each, "the provider has no such argument") for each in sorted(unknown)]
        faults += self._terraform.faults(kind, to_terraform(kind, block, news))
        failures = [provider_pb2.CheckFailure(property=camel(path), reason=words) for path, words in faults]
        return provider_pb2.CheckResponse(inputs=_struct(news), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return which properties the provider plans to change, and which of them need a new resource."""
        kind, block = self._kind(request.urn)
        olds, news = _plain(request.olds), _plain(request.news)
        prior, config = to_terraform(kind, block, olds), to_terraform(kind, block, news)
        with _errors_for(context):
            plan = self._terraform.plan(kind, prior, config)
        changed = {name for name in prior if name != "timeouts" and not same(plan.state.get(name), prior[name])}
        if not changed:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        called = {each.name: each for each in arguments(kind, block).values()}
        inputs = {name for name in changed if called[name].settable}
        replaces = plan.replaces & changed
        named = "name" in news and "name" not in news.get(GIVEN_NAMES, []) and news["name"] == olds.get("name")
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME,
            diffs=sorted(called[name].pulumi for name in inputs or changed),
            replaces=sorted(called[name].pulumi for name in replaces),
            deleteBeforeReplace=bool(replaces and named),  # two of one name cannot be
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Create a resource; in a preview, return what its plan knows."""
        kind, block = self._kind(request.urn)
        news = _plain(request.properties)
        state = self._applied(kind, None, to_terraform(kind, block, news), context, preview=request.preview)
        properties = _outputs(kind, block, state, news)
        return provider_pb2.CreateResponse(
            id="" if request.preview else state.get("id") or "none", properties=properties
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Change a resource; in a preview, return what its plan knows."""
        kind, block = self._kind(request.urn)
        olds, news = _plain(request.olds), _plain(request.news)
        prior, config = to_terraform(kind, block, olds), to_terraform(kind, block, news)
        state = self._applied(kind, prior, config, context, preview=request.preview)
        return provider_pb2.UpdateResponse(properties=_outputs(kind, block, state, news))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Return a resource as it is now, its inputs updated to what was read."""
        kind, block = self._kind(request.urn)
        olds, inputs = _plain(request.properties), _plain(request.inputs)
        with _errors_for(context):
            state = self._terraform.read(kind, to_terraform(kind, block, {"id": request.id, **olds}))
        if state is None:
            return provider_pb2.ReadResponse(id="")
        outputs = to_pulumi(kind, block, state, olds)
        drifted = {name for name in inputs if name in olds and not tells_the_same(olds[name], outputs.get(name))}
        now = {name: outputs.get(name) if name in drifted else value for name, value in inputs.items()}
        told = {name: value for name, value in now.items() if value is not None}
        return provider_pb2.ReadResponse(id=request.id, properties=_struct(outputs), inputs=_struct(told))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Delete a resource."""
        kind, block = self._kind(request.urn)
        with _errors_for(context):
            self._terraform.apply(kind, to_terraform(kind, block, _plain(request.properties)), None, None)
        return empty_pb2.Empty()

    def _applied(self, kind: str, prior: Any, config: Any, context: Any, *, preview: bool) -> Any:
        with _errors_for(context):
            plan = self._terraform.plan(kind, prior, config)
            return plan.state if preview else self._terraform.apply(kind, prior, config, plan)

    def _kind(self, urn: str) -> tuple[str, Block]:
        kind = resource_type(urn.split("::")[2].rsplit("$", 1)[-1])
        return kind, self._terraform.block(kind)


@contextmanager
def _errors_for(context: Any) -> Iterator[None]:
    """Pass the provider's error messages to the engine."""
    try:
        yield
    except ProviderRefused as exc:
        context.abort(grpc.StatusCode.UNKNOWN, str(exc))


def _outputs(kind: str, block: Block, state: Any, given: dict[str, Any]) -> struct_pb2.Struct:
    outputs = to_pulumi(kind, block, state, given)
    if isinstance(outputs.get("id"), Unknown):
        del outputs["id"]
    return _struct(outputs)


def _plain(struct: Any) -> Any:
    return unwrapped(MessageToDict(struct))


def _struct(value: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(wired(value))
    return made


if __name__ == "__main__":
    prepare()
    sizes = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=sizes)
    terraform = Terraform(os.environ["STAND_IN_TERRAFORM"])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(terraform), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        server.wait_for_termination()
    finally:
        terraform.stop()
