"""The options that every command takes."""

from __future__ import annotations

import re
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from functions.shared import keys
from functions.shared.errors import BadRequest
from ops.errors import OpsError, WrongUsage
from ops.stack import PROJECT
from ops.terminal.remembered import recalled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def stacks() -> list[str]:
    """Return the names of the stacks that have a file here."""
    return sorted(file.name.split(".")[1] for file in PROJECT.glob("Pulumi.*.yaml"))


StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        help="The stack on AWS (default: $OPS_STACK); with --local, the one on this machine.",
        metavar="NAME",
        autocompletion=stacks,
    ),
]
Local = Annotated[
    bool, typer.Option("--local", help="Use the local stack on this machine: dev, unless --stack names another.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
Check = Annotated[
    bool, typer.Option(help="Check IDs and names with Spotify, one request each, within the day's budget.")
]
SnapshotDate = Annotated[
    str, typer.Argument(metavar="DATE", help="The snapshot date, YYYY-MM-DD.", autocompletion=recalled("dates"))
]


def checked_date(text: str) -> str:
    """Return the snapshot date as given; raise WrongUsage unless it is one.

    Raises:
        WrongUsage: it is not a date.
    """
    try:
        return keys.parse_date(text, "The date")
    except BadRequest as exc:
        raise WrongUsage(str(exc)) from exc


def written_like_a_date(text: str) -> bool:
    """Return whether a text can be meant as nothing but a date: it is digits and separators, or empty."""
    return re.fullmatch(r"[\d\s./-]*", text) is not None


def checked_run_date(text: str) -> str:
    """Return the snapshot date as given; raise WrongUsage unless a run may be about it, as far as the calendar says.

    Raises:
        WrongUsage: it is not a date, is before Spotify started, or is the date of rehearsals.
    """
    try:
        found = keys.parse_run_date(text, "The date")
    except BadRequest as exc:
        raise WrongUsage(str(exc)) from exc
    if found == keys.REHEARSAL_DATE:
        raise WrongUsage(f"{found} is reserved for rehearsals. Check the year, then start again.")
    return found


def require_text(arguments: Sequence[str]) -> None:
    """Raise WrongUsage unless each argument is text: other bytes arrive as characters that can be sent nowhere."""
    for position, each in enumerate(arguments, start=1):
        if any("\ud800" <= letter <= "\udfff" for letter in each):
            raise WrongUsage(
                f"Argument {position} is not UTF-8 text. Type it again, or look at the terminal's encoding."
            )


def asked_for(what: str) -> str:
    """Return what the user types at a prompt that does not show it.

    Raises:
        WrongUsage: nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise WrongUsage(
            f"{what} cannot be entered without a terminal. Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET."
        )
    return str(typer.prompt(what, hide_input=True, err=True))


def confirm(question: str, *, yes: bool) -> None:
    """Raise OpsError unless the user confirms, at the prompt or by --yes.

    Raises:
        WrongUsage: nobody is there to be asked.
        OpsError: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUsage("Standard input is not a terminal, and nothing was done. Confirm with --yes.")
    try:
        confirmed = typer.confirm(question, err=True)
    except typer.Abort:  # Ctrl-D
        confirmed = False
    if not confirmed:
        raise OpsError("Nothing was done.")


def text_of(file: Path) -> str:
    """Return a file's text.

    Raises:
        WrongUsage: it holds something else.
    """
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise WrongUsage(f"{file} is not UTF-8 text ({exc.reason} at byte {exc.start}).") from exc


def input_text() -> str:
    """Return the text of standard input, which is in UTF-8 whatever the locale says.

    Raises:
        WrongUsage: it is not UTF-8.
    """
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8")
    try:
        text = sys.stdin.read()
        text.encode()
    except UnicodeError as exc:
        raise WrongUsage("Standard input is not UTF-8 text. Convert it, then run the command again.") from exc
    return text
