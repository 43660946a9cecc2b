"""`ops watch`: the artists and saved searches that are followed."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from functions.shared.watchlist import render
from local.files import named
from ops.commands.watch_import import import_
from ops.errors import WrongUsage
from ops.stack import open_stack
from ops.terminal.options import AsJson, Check, Local, StackName
from ops.terminal.output import counted, note, show, table
from ops.terminal.remembered import recalled, remember
from ops.watch import watchlist

if TYPE_CHECKING:
    from rich.console import RenderableType

    from functions.shared.watchlist import WatchList
    from ops.stack import Stack

LONG_QUERY = 100
"""Characters above which Spotify has refused a search: a guess from public reports; its documentation names none."""

Artists = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ARTIST…]", help="An artist's ID, URI or link.", autocompletion=recalled("artists")),
]
Searches = Annotated[
    list[str] | None,
    typer.Option("--search", metavar="QUERY", help="A saved search over albums, such as tag:new; repeatable."),
]


def commands(app: typer.Typer) -> typer.Typer:
    """Return the group with its commands."""
    for name, command in (
        ("list", list_),
        ("add", add),
        ("remove", remove),
        ("import", import_),
        ("export", export),
        ("search", search),
    ):
        app.command(name)(command)
    return app


def list_(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """List the artists and saved searches that you follow."""
    from functions.extract.frontier import document as frontier

    with open_stack(stack, local=local) as opened:
        found, _ = watchlist.load(opened)
        unknown = watchlist.unknown(found, frontier.load(opened.raw()))
    remember(opened.name, artists=[each.id for each in found.artists])
    names = [(each.id, each.name, f"unknown to Spotify since {unknown.get(each.id)}") for each in found.artists]
    rows = [row if row[0] in unknown else row[:2] for row in names]
    artists = table(["artist", "name", *["state"] * bool(unknown)], rows)
    searches = table(["search", "query"], [(each.name, each.query) for each in found.searches])
    drawn: list[RenderableType] = [artists] if found.artists else []
    drawn += [Text(), searches] if found.searches else []
    show(asdict(found) | {"unknown": unknown}, drawn, as_json=as_json)
    if not drawn and not as_json:
        note("Nothing is followed. Add an artist with `ops watch add`, or your artists with `ops watch import`.")


def add(
    artists: Artists = None,
    searches: Searches = None,
    check: Check = True,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Follow artists or saved searches.

    Checks each artist's ID with Spotify (one request) and prints the name.
    """
    _something(artists, searches)
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        after = watchlist.with_searches(watchlist.with_artists(before, artists or []), searches or [])
        if check:
            after = _checked(opened, before, after)
        _save(opened, before, after, etag, as_json=as_json)
    for warning in watchlist.warnings(each for each in after.artists if each not in before.artists):
        note(warning, style="yellow")
    for each in (search.query for search in after.searches[len(before.searches) :]):
        if len(each) > LONG_QUERY:
            length = counted(len(each), "character")
            note(f"The search has {length}: if Spotify rejects it, runs leave it out and name it.")


def _checked(stack: Stack, before: WatchList, after: WatchList) -> WatchList:
    """Return the watch-list with the names that Spotify has for the new artists.

    Raises:
        WrongUsage: Spotify does not know one of them.
    """
    from ops.spotify.search import identified

    new = after.artists[len(before.artists) :]
    looked = identified(stack, [each.id for each in new])
    if looked.refused:
        artist, sentence = next(iter(looked.refused.items()))
        raise WrongUsage(
            f"{artist}: {sentence.rstrip('.')}. Nothing was changed; check the ID, or follow it anyway with --no-check."
        )
    if looked.stopped:
        note(f"Not checked with Spotify: {looked.stopped}", style="yellow")
    names = {each: found[0].name for each, found in looked.found.items()}
    return replace(after, artists=before.artists + tuple(replace(each, name=names.get(each.id)) for each in new))


def remove(
    artists: Artists = None,
    searches: Searches = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Stop following artists or saved searches.

    Their data expires after the retention period.
    """
    _something(artists, searches)
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        after = watchlist.without_searches(watchlist.without_artists(before, artists or []), searches or [])
        _save(opened, before, after, etag, as_json=as_json)


def export(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", dir_okay=False, help="A .json or .txt file; printed as JSON if left out."),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Write the watch-list to a file that `ops watch import` reads.

    A .json file has names and saved searches; a .txt file has one link per line, with the name as a comment.
    """
    if file and file.suffix not in {".json", ".txt"}:
        raise WrongUsage(f"{file} has the ending {file.suffix or '(none)'}; expected .json or .txt.")
    with open_stack(stack, local=local) as opened:
        found, _ = watchlist.load(opened)
    if not file:
        typer.echo(render(found), nl=False)
        return
    with named(file):
        file.write_text(render(found) if file.suffix == ".json" else watchlist.lines(found), encoding="utf-8")
    if file.suffix == ".txt" and found.searches:
        note("A .txt file does not contain the saved searches; a .json file does.", style="yellow")
    written = counted(len(found.artists), "artist")
    show({"file": str(file), "artists": len(found.artists)}, [f"{written} written to {file}."], as_json=as_json)


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


def _something(artists: list[str] | None, searches: list[str] | None) -> None:
    """Raise WrongUsage unless an artist or a search is given."""
    if not artists and not any(each.strip() for each in searches or []):
        raise WrongUsage("Give an artist's ID, URI or link, or a saved search with --search.")


def _save(stack: Stack, before: WatchList, after: WatchList, etag: str | None, *, as_json: bool) -> None:
    """Write the watch-list if it changed, and say what changed."""
    if after != before:
        watchlist.save(stack, after, etag)
    added = [asdict(each) for each in after.artists if each not in before.artists]
    removed = [asdict(each) for each in before.artists if each not in after.artists]
    counts = {"before": len(before.artists), "after": len(after.artists), "added": added, "removed": removed}
    told = f"{counted(len(after.artists), 'artist')} followed, {len(before.artists):,} before"
    if after.searches or before.searches:
        told += f"; {counted(len(after.searches), 'saved search')}, {len(before.searches):,} before"
    changes = [
        Text(f"{verb} {each['name'] or 'an artist whose name is not known yet'} ({each['id']})")
        for verb, changed in (("Follows", added), ("No longer follows", removed))
        for each in changed
    ]
    show(counts, [*changes, f"{told}." if after != before else f"Nothing to change: {told}."], as_json=as_json)
