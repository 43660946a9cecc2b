"""The options that every command takes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from functions.shared import keys
from functions.shared.errors import BadRequest
from ops.errors import OpsError, WrongUsage

StackName = Annotated[str | None, typer.Option("--stack", help="The stack on AWS to work on.", metavar="NAME")]
Local = Annotated[bool, typer.Option("--local", help="Work on the stack of this machine.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
SnapshotDate = Annotated[str, typer.Argument(metavar="DATE", help="The snapshot date, YYYY-MM-DD.")]


def checked_date(text: str) -> str:
    """Return a snapshot date as it was given.

    Raises:
        WrongUsage: it is none.
    """
    try:
        return keys.parse_date(text, "The date")
    except BadRequest as exc:
        raise WrongUsage(str(exc)) from exc


def confirm(question: str, *, yes: bool) -> None:
    """Return if a person agrees, or has agreed beforehand.

    Raises:
        WrongUsage: nobody is there to be asked.
        OpsError: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUsage("Nobody is there to be asked, and nothing was done. Say --yes to agree beforehand.")
    if not typer.confirm(question, err=True):
        raise OpsError("Nothing was done.")
