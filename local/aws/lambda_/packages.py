"""The packages that a function can import: those of its own lock, and those of Lambda's runtime.

A zip that holds a `requirements.txt` beside its handler gets what that file locks: links to the distributions that are
installed here, in exactly those versions, since a layer holds the wheels of Lambda's Python. Each set of links is made
once and kept in the environment's `lambda` folder. A function with layers gets its layers instead.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

KEPT = Path(sys.prefix) / "lambda"
BYTECODE = KEPT / "bytecode"  # of all packages, at the places where those lie
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)\s*(;[^\\\n]*)?", re.MULTILINE)
RUNTIME = (
    "awslambdaric", "simplejson", "snapshot-restore-py",  # the runtime client
    "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3",
)  # fmt: skip
"""The packages of the managed runtime (https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html)."""


class PackagesMissing(Exception):
    """A function's lock names a package that is not installed here."""


def locked(lock: str) -> dict[str, set[str]]:
    """Return the versions of each distribution that a lock names: several where it names one per Python or system."""
    versions: dict[str, set[str]] = {}
    for pin in PIN.finditer(lock):
        versions.setdefault(pin[1], set()).add(pin[2])
    return versions


def folder_of_lock(lock: str) -> Path:
    """Return a folder with a lock's packages.

    Raises:
        PackagesMissing: something is not installed, or in another version.
    """
    conditional = {pin[1] for pin in PIN.finditer(lock) if pin[3]}
    found, missing = [], []
    for name, versions in locked(lock).items():
        installed = _installed(name)
        if installed and installed.version in versions:
            found.append(installed)
        elif installed or name not in conditional:  # what only another system needs is not installed
            has = installed.version if installed else "none"
            missing.append(f"{name} {' or '.join(sorted(versions))} (installed: {has})")
    if missing:
        raise PackagesMissing(
            f"The function's lock names what is not installed here: {', '.join(missing)}. "
            "Install the project's lock, which has the versions of the functions' locks."
        )
    return _folder(found)


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def runtime_folder() -> Path:
    """Return the folder with the packages of Lambda's runtime."""
    return _folder([distribution(name) for name in RUNTIME])


def clock_folder(module: str) -> Path:
    """Return a folder with a module that shifts the clock, and its requirements.

    Raises:
        PackagesMissing: there is no such module.
    """
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise PackagesMissing(f"The clock is to be shifted, and there is no module {module} to do it.")
    return _linked({Path(found.origin).name: Path(found.origin)} | _links(distribution("time-machine")))


def _folder(distributions: list[Distribution]) -> Path:
    return _linked({name: path for each in distributions for name, path in _links(each).items()})


def _links(installed: Distribution) -> dict[str, Path]:
    """Return the entries of the import path that belong to a distribution, and where they are.

    They are read from its RECORD: `Distribution.files` makes a path of each of botocore's 2,000 files.
    """
    record = csv.reader((installed.read_text("RECORD") or "").splitlines())
    tops = {row[0].split("/", 1)[0] for row in record} - {"..", "__pycache__"}
    return {top: Path(str(installed.locate_file(top))) for top in tops}


def _linked(links: dict[str, Path]) -> Path:
    """Return the folder of these links, made in one step, so that two processes never see each other's half."""
    digest = hashlib.sha256("\n".join(f"{name}\t{path}" for name, path in sorted(links.items())).encode()).hexdigest()
    folder = KEPT / digest[:16]
    if folder.is_dir():
        return folder
    KEPT.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=KEPT))
    for name, path in links.items():
        (half / name).symlink_to(path)
    try:
        half.chmod(0o755)
        os.replace(half, folder)  # noqa: PTH105 - Path.replace would need the same two names
    except OSError:  # another process was first
        shutil.rmtree(half)
    return folder
