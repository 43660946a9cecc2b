"""`python -m ops`: an error that a user can cause ends in one sentence and an exit code, not a traceback."""

from __future__ import annotations

import sys

from local.interrupts import STOPPED, stopped_soon
from local.streams import flushed, prepare

NAME = "ops"
GOES_ON = "Stopped. An execution that was started continues: `ops history` shows it."


def main() -> int:
    """Run one command and return its exit code; Ctrl-C is handled from the first import on."""
    try:
        with stopped_soon(GOES_ON):
            return _run()
    except KeyboardInterrupt:
        return STOPPED


def _run() -> int:
    """Run the command."""
    from ops.app import command_line
    from ops.terminal.error_messages import told_plainly
    from ops.terminal.options import require_text

    with told_plainly() as outcome, flushed():
        require_text(sys.argv[1:])
        try:
            command_line(next(iter(sys.argv[1:]), None))(prog_name=NAME)
        except SystemExit as ended:
            if ended.code == STOPPED:
                raise KeyboardInterrupt from ended
            raise
    return outcome.exit_code


if __name__ == "__main__":
    prepare()
    sys.exit(main())
