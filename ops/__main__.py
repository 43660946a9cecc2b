"""`python -m ops`: an error that a user can cause ends in one sentence and an exit code, not a traceback."""

from __future__ import annotations

import sys

NAME = "ops"
STOPPED = 130  # also what typer ends with at Ctrl-C
GOES_ON = "Stopped. An execution that was started goes on: `history` shows it."


def main() -> int:
    """Run one command and return its exit code; Ctrl-C is handled from the first import on."""
    try:
        from ops.app import command_line
        from ops.terminal.error_messages import told_plainly

        with told_plainly() as outcome:
            command_line()(prog_name=NAME)
    except KeyboardInterrupt:
        return _stopped()
    except SystemExit as ended:
        if ended.code != STOPPED:
            raise
        return _stopped()
    return outcome.exit_code


def _stopped() -> int:
    sys.stderr.write(f"{GOES_ON}\n")
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
