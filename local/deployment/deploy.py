"""Deploy: run the real program with its configuration, and create each resource in the embedded AWS."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from local.deployment import configuration, invokes, program, services
from local.deployment.calls import Calls, Cloud
from local.deployment.errors import ConfigurationError, ResourceFailed, WrongInput
from local.deployment.mapping import Created, Resource, create
from local.deployment.memory import Memory
from local.deployment.values import digest, plain, without_empty_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi.runtime.mocks import MockResourceArgs

PROJECT = Path(__file__).resolve().parents[2]

for _module in pkgutil.iter_modules(services.__path__):
    importlib.import_module(f"{services.__name__}.{_module.name}")  # each registers its mappers


def digest_of_mappers() -> str:
    """Return a digest of all mappers' texts."""
    return digest([file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.rglob("*.py"))])


MAPPERS_AS_THEY_ARE = digest_of_mappers()
"""The digest of all mappers, part of each resource's digest: a changed mapper creates its resources again."""


@dataclass(frozen=True)
class Deployed:
    """One resource as it is now: its type, its id, its inputs and what AWS added."""

    type: str
    id: str
    outputs: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Deployment:
    """A deployed stack: the program's exports, each resource by URN, and the leftovers of an earlier program.

    `changed` is how many resources were created or brought up to date.
    """

    stack: str
    outputs: dict[str, Any]
    resources: dict[str, Deployed]
    left_behind: list[str]
    changed: int

    def of_type(self, type_: str) -> dict[str, Deployed]:
        """Return the resources of one type by their logical names."""
        return {urn.rsplit("::", 1)[1]: each for urn, each in self.resources.items() if each.type == type_}


def deploy(
    aws: Cloud,
    stack: str,
    config: Mapping[str, str],
    *,
    project: Path = PROJECT,
    program_file: Path | None = None,
    memory: Path | None = None,
    generation: str | None = None,
    told: Callable[[str], None] = lambda _resource: None,
) -> Deployment:
    """Deploy the stack and return it.

    `config` overrides the stack's file, `memory` makes it repeatable, `told` hears of each resource that is there.
    What `memory` says was made of the same, in this `generation` of the AWS's state, is left alone, as Pulumi does.

    Raises:
        ConfigurationError: the program ends with an error for its user, such as a setting that is not valid.
        DeploymentError: an unmapped type, a dropped input, or a resource that the embedded AWS refuses, by its name.
    """
    deployer = _Deployer(Calls(aws), Memory(memory, generation), told)
    try:
        outputs = program.run(
            program_file or project / "__main__.py",
            configuration.project_name(project),
            stack,
            configuration.merged(project, stack, config),
            program.Handlers(deployer.register, deployer.invoke),
        )
    except pulumi.RunError as exc:
        raise ConfigurationError(str(exc)) from exc
    finally:
        deployer.memory.save()
    return Deployment(stack, outputs, deployer.resources, deployer.memory.left_behind(), len(deployer.changed))


def check(stack: str, *, project: Path = PROJECT) -> None:
    """Check the configuration of a stack as its file sets it, since what a local stack overrides is not seen later.

    Raises:
        ConfigurationError: it cannot be deployed; the message has a line for each key.
    """
    own = configuration.merged(project, stack, {})
    nothing = program.Handlers(lambda _urn, _args: ("", {}), lambda _token, _arguments: {})
    try:
        program.run(PROJECT / "infra" / "settings.py", configuration.project_name(project), stack, own, nothing)
    except pulumi.RunError as exc:
        raise ConfigurationError(str(exc)) from exc


class _Deployer:
    def __init__(self, aws: Calls, memory: Memory, told: Callable[[str], None]) -> None:
        self.aws = aws
        self.told = told
        self.memory = memory
        self.resources: dict[str, Deployed] = {}
        self.changed: list[str] = []  # by several threads: appending is atomic, adding to a number is not

    def register(self, urn: str, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = cast("dict[str, Any]", plain(args.inputs))
        if not args.custom:  # a component: a name for its children, nothing in AWS
            return "", inputs
        made_of = digest([MAPPERS_AS_THEY_ARE, args.typ, inputs])
        created = self.memory.unchanged(urn, made_of)
        if created is None:
            created = self._create(urn, args, inputs)
            self.changed.append(urn)
        self.memory.keep(urn, created, inputs, made_of)
        outputs = {**inputs, **created.outputs, "id": created.id}
        self.resources[urn] = Deployed(args.typ, created.id, outputs)
        self.told(f"{args.typ.rsplit(':', 1)[1]} {args.name}")
        return created.id, outputs

    def _create(self, urn: str, args: MockResourceArgs, inputs: dict[str, Any]) -> Created:
        """Create a resource, or bring it up to date."""
        try:
            sent = without_empty_blocks(inputs)
            return create(Resource(args.typ, args.name, sent, self.aws, self.memory.known_id(urn)))
        except (ClientError, BotoCoreError) as exc:
            raise ResourceFailed(f"{args.typ} {args.name!r}: {exc}") from exc
        except WrongInput as exc:
            raise WrongInput(f"{args.typ} {args.name!r}: {exc}") from exc

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return invokes.answer(token, cast("dict[str, Any]", plain(arguments)), self.aws)
