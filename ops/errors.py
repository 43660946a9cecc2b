"""The errors that a user of the command line can cause, by exit code.

OpsError               1: it could not be done; the message says why and what to do
└── WrongUsage         2: the command was asked the wrong way

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partial.
"""

from __future__ import annotations

DONE, FAILED, USAGE, PARTIAL = 0, 1, 2, 3


class OpsError(Exception):
    """A command failed."""

    exit_code = FAILED


class WrongUsage(OpsError):
    """A command's arguments are wrong."""

    exit_code = USAGE
