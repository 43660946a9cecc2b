"""What this machine refused, in one sentence."""

from __future__ import annotations


def of_this_machine(exc: OSError) -> str:
    """Return what this machine refused, and what to look at."""
    where = f" {exc.filename}" if exc.filename else ""
    return f"This machine refused{where}: {exc.strerror or exc}. Check the path, its rights and the space left."
