"""`ops credentials`: write Spotify's credentials into the secret, and check them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.spotify import credentials
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName, asked_for
from ops.terminal.output import show

if TYPE_CHECKING:
    import typer


def commands(app: typer.Typer) -> typer.Typer:
    """Return the group with its commands."""
    app.command("set")(set_)
    app.command()(check)
    return app


def set_(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Write Spotify's credentials into the stack's secret.

    From SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, or from a prompt.
    """
    given = credentials.from_environment_or(asked_for)
    with open_stack(stack, local=local) as opened:
        version = credentials.store(opened, *given)
    show({"version": version}, [f"The secret has a new version, {version}."], as_json=as_json)


def check(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Check the credentials with Spotify, and show what the app may do.

    Sends up to two requests.
    """
    from ops.doctor.probe import probe

    with open_stack(stack, local=local) as opened:
        found = probe(opened)
    show(found.as_json(), [found.sentence()], as_json=as_json)
