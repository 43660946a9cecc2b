"""The stack's configuration, merged as the Pulumi engine would merge it."""

from __future__ import annotations

import json
import reprlib
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
        ConfigurationError: a file is missing or has another form, a value is encrypted, or an override is not a key
            of Pulumi.yaml.
    """
    declared = _read(project / "Pulumi.yaml")
    namespace = str(declared["name"])
    values: dict[str, str] = {}
    declarations = _mapping(project / "Pulumi.yaml", "config", declared.get("config"))
    for key, declaration in declarations.items():
        if (default := _default(declaration)) is not None:
            values[_qualified(namespace, key)] = _text(default)
    file = project / f"Pulumi.{stack}.yaml"
    for key, value in _mapping(file, "config", _read(file).get("config")).items():
        if isinstance(value, dict) and "secure" in value:
            raise ConfigurationError(
                f"{file.name} has an encrypted value for {key}; a local stack has no key to decrypt it."
            )
        values[_qualified(namespace, key)] = _text(value)
    known = {_qualified(namespace, key) for key in declarations}
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
    except UnicodeDecodeError as exc:
        raise ConfigurationError(f"{file} is not UTF-8 text ({exc.reason}). Save it as UTF-8.") from exc
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"{file} is not valid YAML: {exc}") from exc
    return _mapping(file, "the file", document)


def _mapping(file: Path, part: str, found: object) -> dict[str, Any]:
    """Return a part of a file with its keys as text; an empty part has none.

    Raises:
        ConfigurationError: the part is a text, a number or a list.
    """
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigurationError(
            f"{file}: {part} is {reprlib.repr(found)}; expected lines KEY: VALUE, with a space after the colon."
        )
    return {str(key): value for key, value in found.items()}


def _default(declaration: object) -> object:
    """Return a declaration's default: Pulumi.yaml writes `key: value` or `key: {type, default, description}`."""
    if not isinstance(declaration, dict):
        return declaration
    return declaration.get("value", declaration.get("default"))


def _qualified(namespace: str, key: str) -> str:
    return key if ":" in key else f"{namespace}:{key}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
