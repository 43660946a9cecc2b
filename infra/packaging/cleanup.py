"""Select the files of installed packages that a layer keeps. This file's text is part of each layer's digest."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

FOLDERS = {"tests", "test", "testing", "__pycache__", "include", "bin", "benchmarks", "_examples"}
KEPT_FOLDERS = {"numpy/testing"}  # numpy imports it when its public names are listed
SUFFIXES = {".pyi", ".pyx", ".pxd", ".pxi", ".h", ".hpp", ".c", ".cpp", ".cc", ".a", ".lib", ".pc", ".cmake", ".md"}
RECORDS = {".lock", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "py.typed"}
UNUSED = (  # patterns of files that no function imports, with their contents
    "pyarrow/libarrow_flight.so*",  # RPC: 32 MB
    "pyarrow/libarrow_python_flight.so*",
    "pyarrow/_flight.*",
    "pyarrow/libarrow_s3.so*",  # Arrow's own S3 client, 17 MB: objects are read with boto3
    "pyarrow/_s3fs.*",
    "pyarrow/libarrow_python.so",  # copies of libarrow_python.so.2600, which is the name that is loaded
    "pyarrow/libarrow_python.so.*.*",
    "pyarrow/libarrow_python_parquet_encryption.so*",
    "pyarrow/_parquet_encryption.*",
    "pyarrow/_pyarrow_cpp_tests.*",
    "numpy/f2py/*",
    "numpy/_core/_simd.*",  # numpy's own tests of its vector instructions
    "numpy/_core/_*_tests.*",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*",  # a web page
)


def kept_files(folder: Path) -> list[str]:
    """Return the files of an installed folder that a layer keeps, as relative paths."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [path for path in found if is_kept(PurePosixPath(path))]


def is_kept(path: PurePosixPath) -> bool:
    """Return whether a Lambda function needs the file at this path below its packages."""
    dropped = path.suffix in SUFFIXES or path.name in RECORDS or any(path.match(pattern) for pattern in UNUSED)
    return not dropped and not _in_dropped_folder(path)


def _in_dropped_folder(path: PurePosixPath) -> bool:
    parents = (parent for parent in path.parents if parent.name)
    return any(parent.name in FOLDERS and parent.as_posix() not in KEPT_FOLDERS for parent in parents)
