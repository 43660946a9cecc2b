"""The list of commands; `ops.commands` defines each, in modules that are imported when they are asked for."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

COMMANDS = {
    "run": "runs",
    "replay": "runs",
    "backfill": "runs",
    "status": "status",
    "history": "history",
    "report": "report",
    "digest": "digest",
    "outbox": "digest",
    "sql": "questions",
    "export": "data",
    "duckdb": "data",
    "quarantine": "questions",
    "doctor": "doctor",
    "rehearse": "rehearse",
    "undo": "mending",
    "unpublish": "mending",
    "unlock": "mending",
    "purge": "mending",
}
"""The module of each command, which is a function of its name there; in the order of the help."""
GROUPS = {
    "watch": ("watch", "commands", "Manage the watch-list."),
    "inbox": ("inbox", "commands", "Add your own data to a date."),
    "state": ("state", "state_commands", "Show, restore or rebuild the pipeline's state."),
    "frontier": ("state", "frontier_commands", "Show or reset what is recorded about an entity."),
    "credentials": ("credentials", "commands", "Write and check Spotify's credentials."),
}
"""The module of each group, the function that adds its commands, and its help."""


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


def command_line(asked: str | None = None) -> typer.Typer:
    """Return the command line: with all commands, or with the one that is asked for, whose module alone is imported."""
    app = _plain("Run, inspect and repair a stack: --stack NAME on AWS, or --local on this machine.")
    app.callback()(_about)
    known = [*COMMANDS, *GROUPS]
    for name in [asked] if asked in known else known:
        if name in GROUPS:
            module, commands, told = GROUPS[name]
            app.add_typer(getattr(_read_in(module), commands)(_plain(told)), name=name)
        else:
            module = _read_in(COMMANDS[name])
            app.command(cls=module.SqlCommand if name == "sql" else None)(getattr(module, name))
    return app


def _read_in(module: str) -> Any:  # a module's names are not known to the type checker
    """Return a module of `ops.commands`."""
    return importlib.import_module(f"ops.commands.{module}")
