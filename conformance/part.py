"""A real part: what it is called, whether this machine has it, and how the program is run against it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Disagreement(Exception):
    """The real part differs from what the program or the embedded AWS assumes; the message has the difference."""


@dataclass(frozen=True)
class Part:
    """One real part.

    `missing` returns why the part cannot run here, or None. It may fetch what the part needs, through the part's
    ordinary registry client, into `cache(name)`. `run` returns one line that says what agreed, and raises Disagreement.
    A long part runs with `--all` only. Parts run side by side in threads of one process: leave the environment
    variables and the working directory of the process as they are.
    """

    name: str
    missing: Callable[[], str | None]
    run: Callable[[], str]
    long: bool = False


def cache(name: str) -> Path:
    """Return the folder, outside the checkout, that keeps one part's downloads and builds; it exists."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "spotify-lake" / "conformance" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
