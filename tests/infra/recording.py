"""The program run once under recording mocks: what it registered, as plain dicts."""

from __future__ import annotations

import asyncio
import json
import runpy
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import mocks, set_all_config, stack
from pulumi.runtime.sync_await import _ensure_event_loop

from local.deployment.configuration import merged
from local.deployment.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Run the program of `root` as the engine would, with the stack's file and `config` over it.

    It runs in a thread of its own: Pulumi keeps its settings in context variables and in the thread's event loop.
    """
    recorded, errors = Recorded(), []
    values = {**merged(root, stack_name, {}), **{f"spotify-lake:{key}": value for key, value in (config or {}).items()}}

    def in_thread() -> None:
        try:
            _run(recorded, root / "__main__.py", stack_name, values)
        except BaseException as exc:  # noqa: BLE001  # carried to the calling thread, where it is raised again
            errors.append(exc)

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return recorded


def _run(recorded: Recorded, main: Path, stack_name: str, config: dict[str, str]) -> None:
    loop = _ensure_event_loop()  # type: ignore[no-untyped-call]  # Pulumi types no such function
    asyncio.set_event_loop(loop)
    set_all_config(config)
    answers = _Answers()
    mocks.set_mocks(
        answers, project="spotify-lake", stack=stack_name, preview=False, monitor=_Recorder(answers, recorded)
    )

    def execute() -> None:
        runpy.run_path(str(main), run_name="__main__")

    try:
        loop.run_until_complete(stack.run_pulumi_func(execute))
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, stack.Stack)
        recorded.exports = loop.run_until_complete(pulumi.Output.from_input(root.outputs).future())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


class _Recorder(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks, recorded: Recorded) -> None:
        super().__init__(answers)
        self._recorded = recorded

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # gRPC's name; its messages have no types
        inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
        aliases = [each.spec.name or each.urn for each in request.aliases]
        resource = Registered(request.type, request.name, plain(inputs), request.protect, aliases, request.custom)  # type: ignore[arg-type]  # an object's properties are a dict
        self._recorded.resources.append(resource)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # nor this one


class _Answers(mocks.Mocks):
    """Gives each resource an id, an ARN and the name AWS or Pulumi would give it."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = dict(args.inputs)
        noun = args.typ.rsplit(":", 1)[1]
        named = inputs.get("name") or f"{args.name}-1a2b3c4"
        service = args.typ.split(":")[1].split("/")[0]
        given: dict[str, Any] = {"name": named, "arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{noun}/{named}"}
        if noun == "Bucket":
            given = {"bucket": named, "arn": f"arn:aws:s3:::{named}"}
        if noun == "Key":
            given |= {"keyId": "0a1b"}
        if noun == "Queue":
            given |= {"url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{named}"}
        return f"{args.name}-id", {**inputs, **given}

    def call(self, args: mocks.MockCallArgs) -> Any:  # the SDK says a tuple and takes a dict
        return ANSWERS[args.token]
