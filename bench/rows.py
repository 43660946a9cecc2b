"""Print a table row by row, each measured in a process of its own: its memory is then that of the row."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def print_rows(module: str, heads: Sequence[str], row: Callable[[int, int], str], *axes: Iterable[int]) -> int:
    """Print the row of the two numbers that the command line names, or else the table of all; return the exit code."""
    if asked := sys.argv[1:]:
        print(row(*map(int, asked)))
        return 0
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|", flush=True)
    for artists, day in product(*axes):
        subprocess.run([sys.executable, "-m", module, str(artists), str(day)], check=True)
    return 0
