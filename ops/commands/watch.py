"""`ops watch`: the artists and saved searches that are followed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ops import watchlist
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName
from ops.terminal.output import show, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from functions.shared.watchlist import WatchList

Artists = Annotated[list[str], typer.Argument(metavar="ARTIST…", help="An artist's ID, URI or link.")]


def commands(app: typer.Typer) -> typer.Typer:
    """Return the group with its commands."""
    for name, command in (("list", list_), ("add", add), ("remove", remove), ("import", import_), ("search", search)):
        app.command(name)(command)
    return app


def list_(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """List the artists and saved searches that you follow."""
    with open_stack(stack, local=local) as opened:
        found, _ = watchlist.load(opened)
    artists = table(["artist", "name"], [(each.id, each.name) for each in found.artists])
    searches = table(["search", "query"], [(each.name, each.query) for each in found.searches])
    drawn: list[RenderableType] = [artists, Text(), searches] if found.searches else [artists]
    show(asdict(found), drawn, as_json=as_json)


def add(artists: Artists, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Follow artists."""
    _change(lambda before: watchlist.with_artists(before, artists), stack, local=local, as_json=as_json)


def remove(artists: Artists, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Stop following artists.

    Their data expires after the retention period.
    """
    _change(lambda before: watchlist.without_artists(before, artists), stack, local=local, as_json=as_json)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="A watch-list in JSON, or one artist per line: ID, URI or link."
        ),
    ],
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Follow the artists and searches that a file lists."""
    _change(lambda before: watchlist.merged(before, file), stack, local=local, as_json=as_json)


def search(
    name: Annotated[str, typer.Argument(help="The artist's name, or part of it.")],
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Search Spotify for artists by name.

    Uses one request of the search budget.
    """
    from ops.spotify.search import candidates

    with open_stack(stack, local=local) as opened:
        followed = {artist.id for artist in watchlist.load(opened)[0].artists}
        found = [asdict(each) | {"followed": each.id in followed} for each in candidates(opened, name)]
    columns = ["artist", "name", "genres", "followed", "spotify_url"]
    shown = table(columns, [(each["id"], *(each[column] for column in columns[1:])) for each in found])
    nobody = f"Spotify knows no artist called {name!r}."
    show(found, [shown, "\nFollow one with `watch add ARTIST`."] if found else [nobody], as_json=as_json)


def _change(change: Callable[[WatchList], WatchList], stack: str | None, *, local: bool, as_json: bool) -> None:
    """Change the watch-list as `change` does, and tell how many are followed now."""
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        after = change(before)
        if after != before:
            watchlist.save(opened, after, etag)
    counts = {"before": len(before.artists), "after": len(after.artists)}
    told = f"{counts['after']} artists are followed, {counts['before']} were before."
    show(counts, [told if after != before else f"Nothing to change: {told}"], as_json=as_json)
