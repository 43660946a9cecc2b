"""Unwrap the program's values from Pulumi's wire format."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pulumi

from local.deployment.errors import WrongInput

SIGNATURE = "4dabf18193072939515e22adb298388d"  # Pulumi's key for "this is a special object"
UNCHANGING = (1980, 1, 1, 0, 0, 0)  # zips of equal files are equal bytes


def plain(value: object) -> object:
    """Return a value without the wrappers of secrets and outputs, at any depth."""
    if isinstance(value, dict):
        if SIGNATURE in value and "value" in value:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def without_empty_blocks(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return inputs without empty objects and lists of nothing else, at any depth.

    The AWS provider sends nothing for a block that sets nothing: its expanders return nil where Terraform's state has
    an empty block (https://github.com/hashicorp/terraform-provider-aws/issues/28517 for `ser_de_info {}`).
    """
    return {key: kept for key, value in inputs.items() if (kept := _without_empty(value)) not in ({}, [])}


def _without_empty(value: object) -> object:
    if isinstance(value, dict):
        return without_empty_blocks(value)
    if isinstance(value, list):
        return [kept for item in value if (kept := _without_empty(item)) != {}]
    return value


def zipped(archive: object) -> bytes:
    """Return an archive as the bytes of a zip: a .zip file as it is, a folder or a collection packed."""
    if isinstance(archive, pulumi.FileArchive) and Path(archive.path).is_file():
        return Path(archive.path).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(_files(archive, "").items()):
            packed.writestr(zipfile.ZipInfo(name, UNCHANGING), content)
    return buffer.getvalue()


def content(asset: object) -> bytes:
    """Return the bytes of one asset."""
    if isinstance(asset, pulumi.StringAsset):
        return asset.text.encode()
    if isinstance(asset, pulumi.FileAsset):
        return Path(asset.path).read_bytes()
    raise WrongInput(f"An asset of type {type(asset).__name__} cannot be read; expected a file or a string.")


def _files(node: object, at: str) -> dict[str, bytes]:
    if isinstance(node, pulumi.AssetArchive):
        packed: dict[str, bytes] = {}
        for name, child in node.assets.items():
            packed.update(_files(child, f"{at}{name}" if isinstance(child, pulumi.Asset) else f"{at}{name}/"))
        return packed
    if isinstance(node, pulumi.FileArchive):
        root = Path(node.path)
        if not root.is_dir():
            raise WrongInput(f"{root} does not exist; expected a folder or a .zip file to pack.")
        found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {f"{at}{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}
    if isinstance(node, pulumi.Asset):
        return {at: content(node)}
    raise WrongInput(f"{at or 'The archive'} is a {type(node).__name__}; expected an archive or an asset.")


def sha256_base64(data: bytes) -> str:
    """Return the digest of bytes as Lambda writes it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def digest(value: object) -> str:
    """Return a digest of a value: of an asset or an archive its content, not its path."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=_content_digest).encode()).hexdigest()


def _content_digest(value: object) -> str:
    data = zipped(value) if isinstance(value, pulumi.Archive) else content(value)
    return hashlib.sha256(data).hexdigest()


def as_json(document: object) -> str:
    """Return a policy or a definition as text: the program gives either text or an object."""
    return document if isinstance(document, str) else json.dumps(document)
