"""Compile the modules of a Lambda function, since its folder there is read-only and cannot cache bytecode.

Without bytecode, each cold start compiles what it imports. Only an interpreter of Lambda's own minor version compiles,
since no other version can load the result. The files are `unchecked-hash` ones (PEP 552): they contain no time, and
Python does not compare them with their sources.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotCompiled(Exception):
    """The interpreter could not compile a module; the message quotes it."""


@cache
def interpreter(python: str) -> Path | None:
    """Return an interpreter of this minor version ("3.13") on this machine, or None.

    It is the running one, one on the PATH, or one that pyenv or uv installed.
    """
    name = f"python{python}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python")
    on_path = shutil.which(name)
    found = [
        *([Path(sys.executable)] if python == f"{sys.version_info.major}.{sys.version_info.minor}" else []),
        *([Path(on_path)] if on_path else []),
        *sorted(pyenv.glob(f"{python}.*/bin/{name}")),
        *sorted(managed.glob(f"cpython-{python}.*/bin/{name}")),
    ]
    return next((each for each in found if _runs(each)), None)


@cache
def version(python: str) -> str:
    """Return the full version of the interpreter that compiles for this minor version ("3.13.0"), or "none"."""
    found = interpreter(python)
    if found is None:
        return "none"
    asked = [str(found), "-I", "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, capture_output=True, encoding="utf-8", check=True).stdout.strip()


def compiled(files: Mapping[str, bytes], python: str) -> dict[str, bytes]:
    """Return the bytecode files of the modules among the files, by path; none without an interpreter of that version.

    Args:
        files: contents by path, relative to where Lambda unpacks them.
        python: Lambda's minor version, such as "3.13".

    Raises:
        NotCompiled: a module is not valid Python of that version.
    """
    found = interpreter(python)
    if found is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            if path.endswith(".py"):
                module = Path(folder, path)
                module.parent.mkdir(parents=True, exist_ok=True)
                module.write_bytes(content)
        command = [
            str(found), "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
            "-s", folder, folder,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            raise NotCompiled(f"{found} could not compile a function's modules:\n{done.stdout}{done.stderr}")
        files_there = (path for path in Path(folder).rglob("*.pyc"))
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_there}


def _runs(executable: Path) -> bool:
    """Return whether the interpreter starts: a shim of pyenv may exist for a version that is not selected."""
    return subprocess.run([executable, "-c", ""], capture_output=True, check=False).returncode == 0
