"""The list of commands; `ops.commands` defines each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from ops.commands import (
    credentials,
    data,
    digest,
    doctor,
    history,
    inbox,
    mending,
    questions,
    rehearse,
    report,
    runs,
    state,
    status,
    watch,
)


def _print_version(asked: bool) -> None:
    """Print the version of this checkout and end."""
    if asked:
        project = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
        typer.echo(f"ops {project['project']['version']}")
        raise typer.Exit


def _plain(help_text: str) -> typer.Typer:
    """Return a group of commands whose help and errors are plain text."""
    return typer.Typer(
        name="ops", help=help_text, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )


def _about(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Run, inspect and repair a stack: --stack NAME on AWS, or --local on this machine."""


def command_line() -> typer.Typer:
    """Return the whole command line."""
    app = _plain("Run, inspect and repair a stack: --stack NAME on AWS, or --local on this machine.")
    app.callback()(_about)
    for command in (
        runs.run,
        runs.replay,
        runs.backfill,
        status.status,
        history.history,
        report.report,
        digest.digest,
        digest.outbox,
        questions.sql,
        data.export,
        data.duckdb,
        questions.quarantine,
        doctor.doctor,
        rehearse.rehearse,
        mending.undo,
        mending.unpublish,
        mending.unlock,
        mending.purge,
    ):
        app.command(cls=questions.SqlCommand if command is questions.sql else None)(command)
    app.add_typer(watch.commands(_plain("Manage the watch-list.")), name="watch")
    app.add_typer(inbox.commands(_plain("Put data of your own into a date.")), name="inbox")
    app.add_typer(state.state_commands(_plain("Show, restore or rebuild what the pipeline remembers.")), name="state")
    app.add_typer(state.frontier_commands(_plain("Show or reset what is recorded of an entity.")), name="frontier")
    app.add_typer(credentials.commands(_plain("Write and check Spotify's credentials.")), name="credentials")
    return app
