"""Pulumi's command line and the stand-in for its AWS provider: found on this machine, or built once and cached."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from conformance import terraform
from conformance.part import cache
from conformance.terraform.commands import SOURCE, found_here

ROOT = Path(__file__).resolve().parents[2]
ENGINE = "v3.274.0"
PLUGIN_PROTOCOL = "github.com/hashicorp/terraform-plugin-go@v0.25.0"
LOCK = Path(__file__).with_name("requirements.txt")
MODULE = f"""module engine
go 1.26
replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
require (
	github.com/pulumi/pulumi/pkg/v3 {ENGINE}
	github.com/pulumi/pulumi/sdk/v3 {ENGINE}
)
"""
TOOLS = '//go:build tools\n\npackage tools\n\nimport _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"\n'
COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
STAMP = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={ENGINE}"


@dataclass(frozen=True)
class Engine:
    """Paths of the Pulumi CLI and of the home folder that holds the stand-in provider as a plugin."""

    folder: Path
    home: Path


def missing() -> str | None:
    """Return why the engine cannot run here, or None; nothing is built yet."""
    if reason := terraform.PART.missing():
        return f"it needs the Terraform AWS provider: {reason}"
    if shutil.which("pulumi") is None and shutil.which("go") is None:
        return "neither pulumi nor go on the PATH"
    if shutil.which("go") is None:
        return "go is not on the PATH; install Go, which fetches Terraform's plugin protocol"
    return None


def engine() -> Engine:
    """Return the engine: the `pulumi` on the PATH, or one built from its Go modules, once: it takes minutes."""
    found = shutil.which("pulumi")
    folder = Path(found).parent if found else _built()
    home = cache("pulumi-home")
    plugin = home / "plugins" / f"resource-aws-v{version('pulumi-aws')}" / "pulumi-resource-aws"
    plugin.parent.mkdir(parents=True, exist_ok=True)
    python = _environment()
    lines = (
        "#!/bin/sh",
        f'export PYTHONPATH="{ROOT}:{cache("terraform-protocol")}" STAND_IN_TERRAFORM="{_provider()}"',
        f'export STAND_IN_VERSION="{version("pulumi-aws")}"',
        f'exec "{python}" -u -m conformance.bridge "$@"',
    )
    plugin.write_text("\n".join(lines) + "\n", encoding="utf-8")
    plugin.chmod(0o755)
    return Engine(folder, home)


def _built() -> Path:
    """Return the folder of the command line built here before, or build it."""
    folder = cache(f"pulumi-{ENGINE}")
    if not (folder / "bin" / "pulumi").is_file():
        source = folder / "source"
        source.mkdir(exist_ok=True)
        (source / "go.mod").write_text(MODULE, encoding="utf-8")
        (source / "tools.go").write_text(TOOLS, encoding="utf-8")
        _go(source, "mod", "tidy")
        _go(source, "build", "-ldflags", STAMP, "-o", str(folder / "bin" / "half"), COMMAND)
        (folder / "bin" / "half").rename(folder / "bin" / "pulumi")
    return folder / "bin"


def _go(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GOFLAGS": "-p=2 -buildvcs=false"}
    return subprocess.run(
        ["go", *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def _environment() -> Path:
    """Return the Python of the stand-in's environment, with Terraform's plugin protocol compiled beside it."""
    folder = cache("provider-environment")
    python, done = folder / "bin" / "python", folder / "lock"
    if not done.is_file() or done.read_text(encoding="utf-8") != LOCK.read_text(encoding="utf-8"):
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        install = [*uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(python), "-r", str(LOCK)]
        subprocess.run(install, check=True)
        _compile_protocol(python)
        done.write_text(LOCK.read_text(encoding="utf-8"), encoding="utf-8")
    return python


def _compile_protocol(python: Path) -> None:
    folder = cache("terraform-protocol")
    module = json.loads(_go(folder, "mod", "download", "-json", PLUGIN_PROTOCOL))["Dir"]
    source = Path(module) / "tfprotov5" / "internal" / "tfplugin5"
    compile_ = [str(python), "-m", "grpc_tools.protoc", f"-I{source}", f"--python_out={folder}"]
    subprocess.run([*compile_, f"--grpc_python_out={folder}", "tfplugin5.proto"], check=True)


def _provider() -> Path:
    """Return the Terraform provider's binary; `missing` has fetched it if there was none."""
    folder = found_here()
    assert folder is not None  # noqa: S101  # the Terraform part was not missing
    return next((folder / SOURCE).glob("*/*/terraform-provider-aws_v5*"))
