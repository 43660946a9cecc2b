"""Run a Lambda's artifact alone: an interpreter with its zip, its layer, the runtime's boto3, and nothing else."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.packaging.artifacts import dependency_layer, function_zip

if TYPE_CHECKING:
    from collections.abc import Iterable

ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OF_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
PATH_FIRST = "import sys; sys.path[:0] = sys.argv[1:4]; del sys.argv[1:4]; "


@dataclass(frozen=True)
class Alone:
    """The unpacked parts of an artifact: its code, its layer, and what Lambda's runtime brings."""

    code: Path
    layer: Path
    runtime: Path

    def run(self, statements: str, *arguments: str) -> str:
        """Return the output of the statements in an interpreter that sees no other package.

        As on Lambda, it loads the bytecode that the artifact carries and writes none.

        Raises:
            subprocess.CalledProcessError: they fail; what they said is shown.
        """
        places = (str(self.code), str(self.layer / "python"), str(self.runtime))
        command = [sys.executable, "-I", "-S", "-B", "-c", PATH_FIRST + statements, *places, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def unpacked(names: Iterable[str], folder: Path) -> dict[str, Alone]:
    """Return the functions' unpacked artifacts for the Python and processor at hand, each distinct layer once."""
    runtime = folder / "runtime"
    runtime.mkdir(parents=True)
    for package in OF_THE_RUNTIME:
        source = _installed(package)
        (runtime / source.name).symlink_to(source)
    found = {}
    for name in names:
        code, layer = (
            _unpacked(each.path, folder)
            for each in (function_zip(name, PYTHON), dependency_layer(name, ARCHITECTURE, PYTHON))
        )
        found[name] = Alone(code, layer, runtime)
    return found


def _unpacked(artifact: Path, folder: Path) -> Path:
    """Return the folder of an artifact below this one; unpack it if it is not there yet."""
    unpacked = folder / artifact.stem
    if not unpacked.is_dir():
        with zipfile.ZipFile(artifact) as packed:
            packed.extractall(unpacked)
    return unpacked


def _installed(package: str) -> Path:
    """Return the folder of a package, or the file of a module."""
    found = importlib.util.find_spec(package)
    assert found  # noqa: S101  # the development environment has them all
    assert found.origin  # noqa: S101  # none is a namespace
    source = Path(found.origin)
    return source.parent if source.name == "__init__.py" else source
