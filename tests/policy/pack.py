"""The policy pack as Pulumi's engine runs it: a separate process, called over gRPC for each resource and for all."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.infra.recording import ACCOUNT, KEY_ID, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.infra.recording import Registered

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's text for an unknown value."""


@dataclass(frozen=True)
class Said:
    """A policy's message: the resource (none for the whole stack), and whether it refuses it."""

    policy: str
    on: str
    message: str
    refuses: bool


@contextmanager
def served(python: Path) -> Iterator[Callable[[Iterable[Registered]], list[Said]]]:
    """Yield a function that sends resources to the pack, run by this interpreter, and returns its messages."""
    command = [str(python), "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(ROOT / "policy")]
    pack = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PULUMI_DRY_RUN": "true"})
    try:
        assert pack.stdout
        channel = grpc.insecure_channel(f"127.0.0.1:{int(pack.stdout.readline())}")
        yield _asking(analyzer_pb2_grpc.AnalyzerStub(channel))
        channel.close()
    finally:
        pack.kill()
        pack.wait()


def previewed(resources: Iterable[Registered], unknown: object = UNKNOWN) -> Iterator[Registered]:
    """Yield the resources as the first preview of a stack knows them, without the values that AWS or Pulumi gives."""
    for each in resources:
        yield replace(each, inputs=_hidden(each.inputs, unknown))


def _asking(stub: Any) -> Callable[[Iterable[Registered]], list[Said]]:
    def ask(resources: Iterable[Registered]) -> list[Said]:
        asked = [
            {"type": each.type, "name": each.name, "urn": each.name, "properties": _struct(each.inputs)}
            for each in resources
        ]
        told = []
        for each in asked:
            answer = stub.Analyze(analyzer_pb2.AnalyzeRequest(**each), timeout=60)
            told += [_said(str(each["name"]), diagnostic) for diagnostic in answer.diagnostics]
        whole = analyzer_pb2.AnalyzeStackRequest(resources=[analyzer_pb2.AnalyzerResource(**each) for each in asked])
        return told + [_said("", each) for each in stub.AnalyzeStack(whole, timeout=60).diagnostics]

    return ask


def _said(on: str, diagnostic: Any) -> Said:
    return Said(diagnostic.policyName, on, diagnostic.message, diagnostic.enforcementLevel == analyzer_pb2.MANDATORY)


def _struct(inputs: dict[str, Any]) -> struct_pb2.Struct:
    written = struct_pb2.Struct()
    written.update({key: value for key, value in inputs.items() if key not in {"code", "source"}})
    return written


def _hidden(value: Any, unknown: object) -> Any:
    if isinstance(value, dict):
        return {key: _hidden(each, unknown) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, unknown) for each in value]
    given = isinstance(value, str) and any(sign in value for sign in (ACCOUNT, KEY_ID, "-1a2b3c4"))
    return unknown if given else value
