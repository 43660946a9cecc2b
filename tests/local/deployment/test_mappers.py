"""There is a mapper for each type of resource that the program registers, a result for each function, and no other."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import local.deployment.deploy  # noqa: F401  # it registers the mappers
from local.deployment.invokes import ANSWERS
from local.deployment.mapping import MAPPERS

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = [ROOT / "__main__.py", *sorted((ROOT / "infra").rglob("*.py"))]


def named() -> set[str]:
    """Return every name of Pulumi's AWS provider in the program, such as `s3.Bucket` or `get_region_output`."""
    nodes = (node for path in PROGRAM for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    return {name.removeprefix("aws.") for name in names if name.startswith("aws.") and "(" not in name}


def token(name: str) -> str | None:
    """Return the type of the resource that a name of the provider is, None if it is something else."""
    module, _, member = name.partition(".")
    if not member or "." in member:
        return None
    return getattr(getattr(importlib.import_module(f"pulumi_aws.{module}"), member, None), "pulumi_type", None)


def test_every_mapper_is_for_a_type_that_the_program_registers() -> None:
    provider = "pulumi:providers:aws"
    assert set(MAPPERS) - {provider} == {token(name) for name in named()} - {None, provider}


def test_every_answer_is_for_a_provider_function_that_the_program_calls() -> None:
    called = {name.replace("_output", "").replace("_", "") for name in named() if name.startswith("get_")}
    assert {function.rpartition(":")[2].lower() for function in ANSWERS} == called
