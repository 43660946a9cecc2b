"""A Lambda's artifact run alone: an interpreter with its zip, its layer, the runtime's boto3, and nothing else."""

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

HERE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OF_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
PATH_FIRST = "import sys; sys.path[:0] = sys.argv[1:4]; del sys.argv[1:4]; "


@dataclass(frozen=True)
class Alone:
    """Where an artifact's parts are: the zip of its code, its layer unpacked, and what Lambda's runtime brings."""

    code: Path
    layer: Path
    runtime: Path

    def run(self, statements: str, *arguments: str, bytecode: Path | None = None) -> str:
        """Return what the statements print in an interpreter that sees no other package.

        Its bytecode lies beside the layer's sources, or in the folder given: an empty one makes a cold start.

        Raises:
            subprocess.CalledProcessError: they fail; what they said is shown.
        """
        places = (str(self.code), str(self.layer / "python"), str(self.runtime))
        kept = () if bytecode is None else ("-X", f"pycache_prefix={bytecode}")
        command = [sys.executable, "-I", "-S", *kept, "-c", PATH_FIRST + statements, *places, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def unpacked(names: Iterable[str], folder: Path) -> dict[str, Alone]:
    """Return the functions' artifacts for the Python and the processor at hand, each distinct layer unpacked once."""
    runtime = folder / "runtime"
    runtime.mkdir(parents=True)
    for package in OF_THE_RUNTIME:
        source = _installed(package)
        (runtime / source.name).symlink_to(source)
    found = {}
    for name in names:
        built = dependency_layer(name, HERE, PYTHON).path
        layer = folder / built.stem
        if not layer.is_dir():
            with zipfile.ZipFile(built) as packed:
                packed.extractall(layer)
        found[name] = Alone(function_zip(name).path, layer, runtime)
    return found


def _installed(package: str) -> Path:
    """Return the folder of a package, or the file of a module."""
    found = importlib.util.find_spec(package)
    assert found  # noqa: S101  # the development environment has them all
    assert found.origin  # noqa: S101  # none is a namespace
    source = Path(found.origin)
    return source.parent if source.name == "__init__.py" else source
