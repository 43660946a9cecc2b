"""Explain errors of this machine's operating system in one sentence."""

from __future__ import annotations


def of_this_machine(exc: OSError) -> str:
    """Return which operation this machine refused, and what to check."""
    where = f" {exc.filename}" if exc.filename else ""
    return f"This machine refused{where}: {exc.strerror or exc}. Check the path, its permissions and the free space."
