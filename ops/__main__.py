"""`python -m ops`: what a user can cause ends in one sentence and an exit code, never in a traceback."""

from __future__ import annotations

import sys

from ops.app import command_line
from ops.failures import told_plainly

NAME = "ops"


def main() -> int:
    """Run one command and return its exit code."""
    with told_plainly() as outcome:
        command_line()(prog_name=NAME)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main())
