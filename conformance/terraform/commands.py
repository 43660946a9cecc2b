"""Terraform's command line, and the AWS provider's binary that it runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.part import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "registry.terraform.io/hashicorp/aws"
REQUIRED = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.100"}}}
MANY_AT_ONCE = "-parallelism=60"  # most resources wait for S3: the provider wants each lifecycle to stay for a while


class TerraformFailed(Exception):
    """A command of Terraform's ended with an error; the message quotes it."""


@dataclass(frozen=True)
class Terraform:
    """Terraform in a folder that holds one configuration and its state."""

    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> tuple[int, str]:
        """Run a command and return its exit code and what it printed; raise TerraformFailed for another exit code."""
        command = ["terraform", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode not in accept:
            said = "\n".join(line for line in done.stderr.splitlines() if line.strip(" ╷│╵"))
            raise TerraformFailed(f"terraform {arguments[0]} ended with {done.returncode}:\n{said[-4000:]}")
        return done.returncode, done.stdout

    def init(self) -> None:
        """Install the provider: from a folder of this machine that has it, or else from Terraform's registry."""
        if mirror := found_here():
            self("init", "-no-color", "-input=false", f"-plugin-dir={mirror}")
            return
        kept = {"TF_PLUGIN_CACHE_DIR": str(cache("terraform-plugins"))}
        Terraform(self.folder, {**self.environment, **kept})("init", "-no-color", "-input=false")

    def version(self) -> str:
        """Return the version of the provider that `init` chose."""
        chosen = json.loads(self("version", "-json")[1])["provider_selections"]
        return str(chosen[SOURCE])

    def schemas(self) -> dict[str, Any]:
        """Return the schema of each resource type."""
        schemas = json.loads(self("providers", "schema", "-json")[1])["provider_schemas"][SOURCE]["resource_schemas"]
        assert isinstance(schemas, dict)  # noqa: S101  # as Terraform documents its output
        return schemas

    def changes(self) -> list[Change]:
        """Return the changes of a plan."""
        code, _ = self(
            "plan", "-no-color", "-input=false", "-detailed-exitcode", "-out=plan", MANY_AT_ONCE, accept=(0, 2)
        )
        if code == 0:
            return []
        planned = json.loads(self("show", "-json", "plan")[1])
        return [change for each in planned.get("resource_changes", []) if (change := _change(each)) is not None]


def terraform(folder: Path, environment: Mapping[str, str]) -> Terraform:
    """Return Terraform in a folder, without the user's configuration file and credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return Terraform(folder, {**kept, "CHECKPOINT_DISABLE": "1", **environment})


def found_here() -> Path | None:
    """Return a folder of this machine that mirrors the provider as Terraform lays out mirrors, or None.

    Terraform itself looks into its own folders (https://developer.hashicorp.com/terraform/cli/config/config-file,
    "Implied Local Mirror Directories"); these are the ones fetched before, and where add-on software is kept.
    """
    for folder in (cache("terraform-plugins"), *sorted(Path("/opt").glob("*"))):
        if any((folder / SOURCE).glob("*/*/terraform-provider-aws_v*")):
            return folder
    return None


def missing() -> str | None:
    """Return why the provider cannot be run here, or None."""
    if shutil.which("terraform") is None:
        return "no terraform on the PATH"
    folder = cache("terraform-init")
    (folder / "main.tf.json").write_text(json.dumps({"terraform": REQUIRED}), encoding="utf-8")
    try:
        terraform(folder, {}).init()
    except TerraformFailed as exc:
        return f"no provider {SOURCE} on this machine, and it could not be fetched: {str(exc).splitlines()[-1]}"
    return None


@dataclass(frozen=True)
class Change:
    """The planned change of one resource: the actions, and for an update each argument with both values."""

    address: str
    actions: str
    values: dict[str, tuple[Any, Any]]

    @property
    def kind(self) -> str:
        """The resource's type and what changes: equal for resources that change in the same way."""
        return f"{self.address.split('.')[0]}: {self.actions} {', '.join(sorted(self.values))}"


def _change(planned: Mapping[str, Any]) -> Change | None:
    actions, before, after = (planned["change"][key] for key in ("actions", "before", "after"))
    if actions in (["no-op"], ["read"]):
        return None
    values = {}
    if actions == ["update"]:
        names = {*before, *after}
        values = {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}
    return Change(planned["address"], " and ".join(actions), values)


def summary(changes: list[Change]) -> str:
    """Return changes as lines: each kind of change once, with how many resources have it and one example."""
    lines = []
    for kind in sorted({each.kind for each in changes}):
        same = [each for each in changes if each.kind == kind]
        told = "; ".join(f"{name} {old!r:.60} -> {new!r:.60}" for name, (old, new) in sorted(same[0].values.items()))
        lines.append(f"{len(same)} x {kind}, such as {same[0].address}: {told}")
    return "\n".join(lines)
