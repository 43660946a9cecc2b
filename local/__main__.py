"""`python -m local`: the whole stack on this machine. Ctrl-C is handled from the first import on."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

STOPPED = 130  # also what typer ends with at Ctrl-C


def main() -> int:
    """Run one command and return its exit code."""
    signal.signal(signal.SIGTERM, _stop)  # as Ctrl-C: everything started is stopped
    try:
        from local.app import app

        app(prog_name="local")
    except KeyboardInterrupt:
        return STOPPED
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
