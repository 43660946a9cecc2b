"""The Terraform AWS provider, which Pulumi's AWS provider is generated from.

Each stack is written as a Terraform configuration and validated, applied to the embedded AWS, planned again without a
change, and destroyed. So what the program sends, and what the embedded AWS returns, is as the provider has it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.part import Disagreement, Part
from conformance.terraform.commands import MANY_AT_ONCE, REQUIRED, TerraformFailed, missing, summary, terraform
from conformance.terraform.configuration import Stack, registered
from conformance.terraform.stacks import STACKS, prerequisites
from local.aws import EmbeddedAws
from local.deployment import invokes
from local.deployment.calls import Calls

if TYPE_CHECKING:
    from conformance.terraform.commands import Terraform


def run() -> str:
    """Validate, apply, plan and destroy the stacks, and return what agreed."""
    with tempfile.TemporaryDirectory() as state, EmbeddedAws.start(Path(state) / "aws") as aws:
        folder = Path(state) / "terraform"
        folder.mkdir()
        command = terraform(folder, aws.environment())
        try:
            return _through_their_life(command, aws)
        except TerraformFailed as exc:
            raise Disagreement(str(exc)) from exc


def _through_their_life(command: Terraform, aws: EmbeddedAws) -> str:
    _write(command.folder, {"terraform": REQUIRED})
    command.init()
    schemas, calls = command.schemas(), Calls(aws)
    prerequisites(aws)
    resources: dict[str, dict[str, object]] = {}
    for name, (example, overrides) in STACKS.items():
        stack = Stack(name, schemas, lambda token, arguments: invokes.answer(token, arguments, calls))
        for kind, made in registered(stack, example, overrides(aws)).resources.items():
            resources.setdefault(kind, {}).update(made)
    provider = {"region": aws.region, "s3_use_path_style": True, "skip_metadata_api_check": "true", "max_retries": 2}
    _write(command.folder, {"terraform": REQUIRED, "provider": {"aws": provider}, "resource": resources})
    command("validate", "-no-color")
    command("apply", "-no-color", "-input=false", "-auto-approve", MANY_AT_ONCE)
    if changes := command.changes():
        raise Disagreement(f"a second plan changes {len(changes)} resources\n{summary(changes)}")
    command("destroy", "-no-color", "-input=false", "-auto-approve", MANY_AT_ONCE)
    count = sum(map(len, resources.values()))
    return f"{command.version()}: {', '.join(STACKS)}: {count} resources made, planned again without changes, destroyed"


def _write(folder: Path, configuration: dict[str, object]) -> None:
    (folder / "main.tf.json").write_text(json.dumps(configuration, indent=1))


PART = Part("terraform-aws-provider", missing, run)
