"""`ops credentials`: Spotify's, into the secret and tried out."""

from __future__ import annotations

import typer

from ops import credentials
from ops.options import AsJson, Local, StackName
from ops.output import show
from ops.probe import probe
from ops.stack import open_stack


def commands(app: typer.Typer) -> typer.Typer:
    """Return the group with its commands."""
    app.command("set")(set_)
    app.command()(check)
    return app


def set_(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Write client id and secret, from SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET or a prompt."""
    given = credentials.from_environment_or(lambda what: str(typer.prompt(what, hide_input=True, err=True)))
    with open_stack(stack, local=local) as opened:
        version = credentials.store(opened, *given)
    show({"version": version}, [f"The secret has a new version, {version}."], as_json=as_json)


def check(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Ask Spotify whether it takes the stored credentials, and what they may do; costs up to two calls."""
    with open_stack(stack, local=local) as opened:
        found = probe(opened)
    show(found.as_json(), [found.sentence()], as_json=as_json)
