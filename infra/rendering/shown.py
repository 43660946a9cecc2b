"""Wrap texts for a preview."""

from __future__ import annotations

import textwrap

WIDTH = 140  # Pulumi cuts each line that it prints at 150 characters: a change after that would not show


def wrapped(text: str) -> str:
    """Return a text with its long lines broken at blanks, so that a preview shows each changed word."""
    return "\n".join(part for line in text.splitlines() for part in _parts(line))


def _parts(line: str) -> list[str]:
    indent = line[: len(line) - len(line.lstrip())] + "    "
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]
