"""The Terraform AWS provider, which Pulumi's AWS provider is generated from.

Each stack is written as a Terraform configuration and validated, applied to the embedded AWS, planned again without a
change, and destroyed. So what the program sends, and what the embedded AWS returns, is as the provider has it. Whoever
runs it holds the policy of docs/permissions/deployer.json and nothing else.
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.part import Disagreement, Part
from conformance.terraform import deployer
from conformance.terraform.commands import MANY_AT_ONCE, REQUIRED, TerraformFailed, missing, summary, terraform
from conformance.terraform.configuration import Stack, registered
from conformance.terraform.stacks import STACKS, prerequisites
from local.aws import EmbeddedAws
from local.deployment import invokes
from local.deployment.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from conformance.terraform.commands import Terraform


QUICK = ("dev", "given")


def run(names: tuple[str, ...] = QUICK) -> str:
    """Validate every stack; apply, plan again and destroy the named ones; return a summary."""
    with tempfile.TemporaryDirectory() as state, EmbeddedAws.start(Path(state) / "aws") as aws:
        environment = {**aws.environment(), **deployer.user(aws)}
        try:
            return _through_their_life(Path(state), environment, aws, names)
        except TerraformFailed as exc:
            denied = [f"denied: {each}" for each in deployer.denied(aws)]
            raise Disagreement("\n".join([str(exc), *denied])) from exc


def _through_their_life(state: Path, environment: Mapping[str, str], aws: EmbeddedAws, names: tuple[str, ...]) -> str:
    every = _initialized(state / "all", environment)
    schemas, calls = every.schemas(), Calls(aws)
    prerequisites(aws)
    stacks = {}
    for name, (example, overrides) in STACKS.items():
        stack = Stack(name, schemas, lambda token, arguments: invokes.answer(token, arguments, calls))
        stacks[name] = registered(stack, example, overrides(aws)).resources
    _write(every.folder, _configuration(aws, *stacks.values()))
    each = {name: _initialized(state / name, environment) for name in names}
    with ThreadPoolExecutor(1 + len(names)) as side_by_side:
        running: list[Future[Any]] = [side_by_side.submit(every, "validate", "-no-color")]
        running += [side_by_side.submit(_life, each[name], aws, stacks[name]) for name in names]
        for ended in running:
            ended.result()
    if unallowed := deployer.unallowed(deployer.done(aws)):
        raise Disagreement(f"docs/permissions/deployer.json does not allow {', '.join(unallowed)}")
    count = sum(len(made) for name in names for made in stacks[name].values())
    valid, made = ", ".join(STACKS), ", ".join(names)
    return f"{every.version()}: {valid} are valid; {made}: {count} resources made, no second change, destroyed"


def _life(command: Terraform, aws: EmbeddedAws, stack: dict[str, dict[str, object]]) -> None:
    """Apply, plan again and destroy one stack, in a process of its own.

    Most of it is waiting: of a process the provider makes one function after the other, each for five seconds
    (internal/service/lambda/function.go, a lock around a zip), and of each lifecycle it wants to see that it stays.
    """
    _write(command.folder, _configuration(aws, stack))
    command("apply", "-no-color", "-input=false", "-auto-approve", MANY_AT_ONCE)
    if changes := command.changes():
        raise Disagreement(f"a second plan changes {len(changes)} resources\n{summary(changes)}")
    if keys := [f"aws_kms_key.{key}" for key in stack.get("aws_kms_key", ())]:
        command("state", "rm", *keys)  # as Pulumi retains them
    command("destroy", "-no-color", "-input=false", "-auto-approve", "-refresh=false", MANY_AT_ONCE)


def _initialized(folder: Path, environment: Mapping[str, str]) -> Terraform:
    folder.mkdir()
    command = terraform(folder, environment)
    _write(folder, {"terraform": REQUIRED})
    command.init()
    return command


def _configuration(aws: EmbeddedAws, *stacks: dict[str, dict[str, object]]) -> dict[str, object]:
    resources: dict[str, dict[str, object]] = {}
    for stack in stacks:
        for kind, made in stack.items():
            resources.setdefault(kind, {}).update(made)
    provider = {"region": aws.region, "s3_use_path_style": True, "skip_metadata_api_check": "true", "max_retries": 6}
    return {"terraform": REQUIRED, "provider": {"aws": provider}, "resource": resources}


def _write(folder: Path, configuration: dict[str, object]) -> None:
    (folder / "main.tf.json").write_text(json.dumps(configuration, indent=1), encoding="utf-8")


PART = Part("terraform-aws-provider", missing, run)
EVERY_STACK = Part("terraform-every-stack", missing, lambda: run(tuple(STACKS)), long=True)
