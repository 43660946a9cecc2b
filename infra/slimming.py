"""What of the installed packages a Lambda carries. This file's text is part of each layer's digest."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

FOLDERS = {"tests", "test", "testing", "__pycache__", "include", "bin", "benchmarks", "_examples"}
KEPT_FOLDERS = {"pandas/testing", "numpy/testing", "pandas/_testing"}  # imported by the packages themselves
SUFFIXES = {".pyi", ".pyx", ".pxd", ".pxi", ".h", ".hpp", ".c", ".cpp", ".cc", ".a", ".lib", ".pc", ".cmake", ".md"}
RECORDS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "py.typed"}


def kept_files(folder: Path) -> list[str]:
    """Return the files of an installed folder that a layer keeps, as relative paths, sorted."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if is_kept(PurePosixPath(path)))


def is_kept(path: PurePosixPath) -> bool:
    """Return whether a Lambda needs the file at this place below its packages."""
    return path.suffix not in SUFFIXES and path.name not in RECORDS and not _in_dropped_folder(path)


def _in_dropped_folder(path: PurePosixPath) -> bool:
    return any(
        parent.name in FOLDERS and parent.as_posix() not in KEPT_FOLDERS for parent in path.parents if parent.name
    )
