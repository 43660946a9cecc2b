"""The stack's configuration, merged as the Pulumi engine would merge it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from local.deployment.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def project_name(project: Path) -> str:
    """Return the project's name, as Pulumi.yaml says it."""
    return str(_read(project / "Pulumi.yaml")["name"])


def merged(project: Path, stack: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return every config key with its namespace: Pulumi.yaml's defaults, then the stack's file, then `overrides`.

    Values are text, as Pulumi hands them to a program: JSON for anything that is not a string. An override without a
    namespace is one of the project's.

    Raises:
        ConfigurationError: a file is missing, a value is encrypted, or an override is not a key of Pulumi.yaml.
    """
    declared = _read(project / "Pulumi.yaml")
    namespace = str(declared["name"])
    values: dict[str, str] = {}
    for key, declaration in (declared.get("config") or {}).items():
        if (default := _default(declaration)) is not None:
            values[_qualified(namespace, key)] = _text(default)
    file = project / f"Pulumi.{stack}.yaml"
    for key, value in (_read(file).get("config") or {}).items():
        if isinstance(value, dict) and "secure" in value:
            raise ConfigurationError(
                f"{file.name} has an encrypted value for {key}; a local stack has no key to decrypt it."
            )
        values[_qualified(namespace, key)] = _text(value)
    known = {_qualified(namespace, key) for key in declared.get("config") or {}}
    for key, value in overrides.items():
        qualified = _qualified(namespace, key)
        if qualified.startswith(f"{namespace}:") and qualified not in known:
            raise ConfigurationError(
                f"{key} is not a configuration key of Pulumi.yaml, which declares {sorted(known)}."
            )
        values[qualified] = value
    return values


def _read(file: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigurationError(
            f"{file} cannot be read ({exc.strerror}). A stack NAME needs a file Pulumi.NAME.yaml beside Pulumi.yaml."
        ) from exc
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"{file} is not valid YAML: {exc}") from exc
    return document or {}


def _default(declaration: object) -> object:
    """Return a declaration's default: Pulumi.yaml writes `key: value` or `key: {type, default, description}`."""
    if not isinstance(declaration, dict):
        return declaration
    return declaration.get("value", declaration.get("default"))


def _qualified(namespace: str, key: str) -> str:
    return key if ":" in key else f"{namespace}:{key}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
