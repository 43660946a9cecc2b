"""Write files so that an error names the path, and what was there before stays if it fails."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from local.os_errors import FULL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the path in the error of a full disk, which Python raises without one."""
    try:
        yield
    except OSError as exc:
        if exc.filename is None and exc.errno in FULL:
            exc.filename = str(path)
        raise


def replace(file: Path, text: str, *, private: bool = False) -> None:
    """Replace a file's text in one step: whoever reads it finds the text before or this one, never a part.

    `private` keeps it from other users of this machine.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    half = file.with_suffix(".half")
    try:
        with named(file):
            half.touch(mode=0o600 if private else 0o666)
            half.write_text(text, encoding="utf-8")
            half.replace(file)
    except OSError:
        with suppress(OSError):
            half.unlink()
        raise
