"""Build a Lambda function's zip and the layer of its locked requirements; equal inputs give equal bytes.

Both have bytecode if this machine has Lambda's minor version of Python, and none otherwise (bytecode.py).

`python -m infra.packaging.artifacts [arm64|x86_64]` builds all of them into `.local/artifacts` and prints their sizes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from infra.packaging import bytecode, cleanup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
BUILT = ROOT / ".local" / "artifacts"
CODE = {".py", ".sql", ".html", ".css", ".js"}  # the files of a function's folder that its zip contains
PYTHON = "3.13"
PLATFORMS = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}  # Lambda's Python 3.13 has glibc 2.34
UNCHANGING = (1980, 1, 1, 0, 0, 0)


class LayerNotBuilt(Exception):
    """A function's requirements could not be installed for Lambda; the message quotes the installer."""


@dataclass(frozen=True)
class Artifact:
    """A zip: its path, its digest as Lambda writes it, and its unpacked size."""

    path: Path
    sha256: str
    unzipped_bytes: int


def function_names() -> list[str]:
    """Return the functions: the folders of `functions/` that have a handler."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))


def function_zip(name: str, python: str = PYTHON) -> Artifact:
    """Return the zip of a function's own code: its folder with its lock, and the shared code.

    Lambda does not use the lock. It records the function's locked requirements, which the embedded Lambda uses.

    Raises:
        NotCompiled: a module is not valid Python of that version.
    """
    folders = (FUNCTIONS / name, FUNCTIONS / "shared")
    files = [
        FUNCTIONS / "__init__.py",
        FUNCTIONS / name / "requirements.txt",
        *(path for folder in folders for path in folder.rglob("*") if path.suffix in CODE),
    ]
    code = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
    built = BUILT / f"{name}-{_digest(python, pack(code))}.zip"
    if not built.is_file():
        _keep(pack(code | bytecode.compiled(code, python)), built.name)
    return _described(built)


def dependency_layer(name: str, architecture: str, python: str = PYTHON) -> Artifact:
    """Return the layer of a function's locked requirements for a processor, from the cache if it was built before.

    Functions with the same requirements share a layer: comments in a lock are not part of its digest.

    Raises:
        LayerNotBuilt: a requirement has no wheel for the processor, or a hash differs from the lock's.
        NotCompiled: a module is not valid Python of that version.
    """
    lock = FUNCTIONS / name / "requirements.txt"
    pins = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.strip().startswith("#")]
    recipe = "\0".join(["\n".join(pins), PLATFORMS[architecture], Path(cleanup.__file__).read_text(encoding="utf-8")])
    built = BUILT / f"dependencies-{architecture}-py{python}-{_digest(python, recipe.encode())}.zip"
    if not built.is_file():
        with tempfile.TemporaryDirectory() as folder:
            install(lock, Path(folder), PLATFORMS[architecture], python)
            kept = {f"python/{path}": (Path(folder) / path).read_bytes() for path in cleanup.kept_files(Path(folder))}
            _keep(pack(kept | bytecode.compiled(kept, python)), built.name)
    return _described(built)


def install(lock: Path, folder: Path, platform: str, python: str) -> None:
    """Install the lock's wheels for that platform into the folder; nothing is compiled or built."""
    command = [
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-config",
        "--only-binary", ":all:", "--link-mode", "copy", "--python-platform", platform, "--python-version", python,
        "--target", str(folder), "-r", str(lock),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        if "No module named uv" in done.stderr:
            raise LayerNotBuilt(
                f"{sys.executable} has no uv, which builds the functions' layers. Install what requirements.txt locks: "
                "make .venv/run (or pulumi install), then run the program again."
            )
        raise LayerNotBuilt(
            f"{lock.relative_to(ROOT)} could not be installed for {platform}, Python {python}:\n{done.stderr}"
            "If a requirement has no such wheel, pin another version in requirements.in and run: make locks"
        )


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a zip whose bytes depend on the names and contents only.

    It is stored, not deflated: zlib's output differs between its builds.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, UNCHANGING)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, also if packed elsewhere
            packed.writestr(entry, content)
    return buffer.getvalue()


def _digest(python: str, sources: bytes) -> str:
    """Return the digest of an artifact's inputs: equal digests, equal bytes."""
    compiler = bytecode.version(python)
    return hashlib.sha256(f"{python}\0{compiler}\0".encode() + sources).hexdigest()[:16]


def _keep(packed: bytes, name: str) -> Path:
    """Write a file in one step, so that two builds at once never read each other's partial file."""
    BUILT.mkdir(parents=True, exist_ok=True)
    path = BUILT / name
    if not path.is_file():
        with tempfile.NamedTemporaryFile(dir=BUILT, delete=False) as half:
            half.write(packed)
        os.replace(half.name, path)  # noqa: PTH105  # Path.replace would need the same two names
    return path


@cache
def _described(path: Path) -> Artifact:
    """Return a built artifact. Its name has the digest of its inputs, so that its bytes stay what they are."""
    digest = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    with zipfile.ZipFile(path) as packed:
        return Artifact(path, digest, sum(entry.file_size for entry in packed.infolist()))


def _report(architectures: Iterable[str]) -> None:
    for architecture in architectures:
        for name in function_names():
            layer, code = dependency_layer(name, architecture), function_zip(name)
            total = (layer.unzipped_bytes + code.unzipped_bytes) / 1e6
            size = f"{total:8.1f} MB unzipped"
            print(f"{architecture:8}{name:12}{size}  {layer.sha256[:16]}  {layer.path.name}")


if __name__ == "__main__":
    _report(sys.argv[1:] or PLATFORMS)
