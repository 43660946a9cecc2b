"""Explain errors of this machine's operating system in one sentence."""

from __future__ import annotations

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a write that finds no room: a full disk, a quota, a limit for files."""


def of_this_machine(exc: OSError) -> str:
    """Return which operation this machine refused, and what to check."""
    where = f" {exc.filename}" if exc.filename else ""
    said = f"This machine refused{where}: {exc.strerror or exc}"
    if exc.errno not in FULL:
        return f"{said}. Check the path, its permissions and the free space."
    if exc.filename:
        return f"{said}. Free space there, then run the command again."
    return f"{said}. Free space where standard output and temporary files go, then run the command again."
