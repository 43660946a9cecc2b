"""`python -m local`: the whole stack on this machine. Ctrl-C is handled from the first import on."""

from __future__ import annotations

import sys

from local.interrupts import STOPPED, stopped_soon
from local.os_errors import of_this_machine
from local.streams import flushed, prepare


def main() -> int:
    """Run one command and return its exit code."""
    try:
        with stopped_soon("Stopped. The state of the local stack is kept."):
            return _run()
    except KeyboardInterrupt:
        return STOPPED
    except SystemExit as ended:
        if ended.code != STOPPED:
            raise
        return STOPPED


def _run() -> int:
    """Run the command."""
    from local.app import app

    try:
        with flushed():
            app(prog_name="local")
    except OSError as exc:
        sys.stderr.write(f"{of_this_machine(exc)}\n")
        return 1
    return 0


if __name__ == "__main__":
    prepare()
    sys.exit(main())
