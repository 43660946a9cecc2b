"""The commands of `python -m local`. Slow imports follow the first line of output."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import date as date_type
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from functions.shared.errors import BadRequest
from functions.shared.keys import REHEARSAL_DATE, parse_run_date
from local.aws.environment import AthenaEngine
from local.selection import LOCAL, STACK

if TYPE_CHECKING:
    from rich.console import Console

USAGE = 2
LAST_DATE = date_type(9989, 12, 31)
"""A run computes dates up to `refreshDays` after its own, 3,650 at most; the calendar ends with 9999-12-31."""

app = typer.Typer(
    name="local",
    help="Run the whole stack on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _folder(text: str) -> Path:
    """Return the folder that a text names; refuse an empty text, which `Path` reads as the folder at hand."""
    if not str(text):
        raise typer.BadParameter("'' names no folder. Name one, or leave the option out for .local.")
    return Path(text)


StackName = Annotated[str, typer.Option("--stack", help="The stack's name; reads Pulumi.NAME.yaml.")]
State = Annotated[
    Path,
    typer.Option(
        "--state",
        help="The folder that keeps the local stack's state.",
        metavar="DIR",
        parser=_folder,
        show_default=".local",
    ),
]

Athena = Annotated[
    AthenaEngine,
    typer.Option(
        "--athena", help="The engine of Athena's queries: trino is a real Trino (needs Java 17 to 22 and Maven)."
    ),
]


@app.command()
def up(
    stack: StackName = STACK,
    state: State = LOCAL,
    browse: Annotated[bool, typer.Option("--browse", help="Also start a resource browser (stackport).")] = False,
    athena: Athena = "embedded",
) -> None:
    """Start the embedded stack and keep it up until Ctrl-C.

    Prints how to reach it.
    """
    from local.up import up as stay_up

    raise typer.Exit(stay_up(stack, _console(), state, browse=browse, athena=athena))


@app.command()
def demo(
    date: Annotated[str | None, typer.Option(help="YYYY-MM-DD or tomorrow; default: today (UTC).")] = None,
    days: Annotated[int, typer.Option(min=1, max=30, help="How many consecutive dates to run.")] = 1,
    stack: StackName = STACK,
    state: State = LOCAL,
    athena: Athena = "embedded",
) -> None:
    """Run one day end to end, or several in a row, and show what happened.

    Exits 0 if each run succeeded and is complete, 3 if one is partial, 1 if one failed.
    """
    console = _console()
    try:
        dates = _dates(_day(date), days)
    except BadRequest as exc:
        console.print(str(exc), style="red")
        raise typer.Exit(USAGE) from exc
    named = dates[0] if days == 1 else f"{dates[0]} to {dates[-1]}"
    console.print(f"spotify-lake: {named}, end to end, on this machine\n", style="bold")
    from ops.demo.days import demo as show

    raise typer.Exit(show(dates, stack, console, state, athena))


def _day(asked: str | None) -> str:
    """Return the date that `--date` means; the local stack's clock follows it, so that tomorrow can be run today."""
    today = datetime.now(UTC).date()
    if asked in {None, "tomorrow"}:
        return (today + timedelta(days=asked == "tomorrow")).isoformat()
    return parse_run_date(str(asked), "--date")


def _dates(first: str, days: int) -> list[str]:
    """Return this many dates in a row.

    Raises:
        BadRequest: one of them cannot be run.
    """
    start = date_type.fromisoformat(first)
    if first == REHEARSAL_DATE:
        raise BadRequest(f"--date is {first!r}, the date of rehearsals. Start with a later one.")
    if (LAST_DATE - start).days < days - 1:
        raise BadRequest(
            f"--date {first} and --days {days} end after {LAST_DATE}, the last date that a local stack can run. "
            "Start earlier."
        )
    return [(start + timedelta(days=each)).isoformat() for each in range(days)]


def _console() -> Console:
    """Return where to print: as `ops` does."""
    from ops.terminal.output import console

    return console()
