"""`python -m local`: the whole stack on this machine. Ctrl-C is handled from the first import on."""

from __future__ import annotations

import sys

from local.interrupts import STOPPED, stopped_soon
from local.streams import prepare


def main() -> int:
    """Run one command and return its exit code."""
    try:
        with stopped_soon("Stopped. The state of the local stack is kept."):
            from local.app import app

            app(prog_name="local")
    except KeyboardInterrupt:
        return STOPPED
    except SystemExit as ended:
        if ended.code != STOPPED:
            raise
        return STOPPED
    return 0


if __name__ == "__main__":
    prepare()
    sys.exit(main())
