"""`ops watch import`: follow the artists of files, after a look at what that changes and costs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ops.commands.doctor import costs
from ops.errors import DONE, PARTIAL
from ops.stack import open_stack
from ops.terminal.options import AsJson, Check, Local, StackName, Yes, confirm
from ops.terminal.output import console, counted, show, table
from ops.watch import watchlist

if TYPE_CHECKING:
    from ops.doctor.forecast import Forecast
    from ops.watch.imports.preview import Preview

SHOWN = 50
"""Lines of each kind of what is left out; --json has all."""


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            exists=True,
            dir_okay=False,
            help="Spotify's data download, Exportify's CSV, a watch-list or a list of IDs, URIs and links.",
        ),
    ],
    min_tracks: Annotated[
        int, typer.Option(min=1, help="Follow an artist of a CSV only with at least this many tracks.")
    ] = 1,
    check: Check = True,
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Follow the artists and saved searches of files.

    Shows the artists by name, what is left out and the number of requests per day, then asks for
    confirmation. Names without an ID are searched for, one request each. Exits 3 if something is left out.
    """
    from ops.doctor.diagnosis import ahead
    from ops.spotify.extraction import Deployed
    from ops.watch.imports.files import read
    from ops.watch.imports.preview import preview

    found = read(files)
    rare = found.without_rare(min_tracks)
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        view = preview(opened, found, before, check=check)
        view.rare = rare
        view.notes += watchlist.warnings(view.new)
        cost = ahead(opened, Deployed.of(opened).config, view.after)
        told = drawn(view, cost)
        if not as_json:
            show(None, told, as_json=False)
        elif view.after != before and not yes:
            for each in told:
                console(stderr=True).print(each)
        if view.after != before:
            confirm(f"Follow {_new(view)}?", yes=yes)
            watchlist.save(opened, view.after, etag)
    show(as_told(view, cost), [summed(view)], as_json=as_json)
    raise typer.Exit(PARTIAL if view.left_out else DONE)


def drawn(view: Preview, cost: Forecast) -> list[Any]:
    """Return what an import changes, as a person reads it."""
    new = [(each.id, each.name, "new, by name" if each.id in view.by_name else "new") for each in view.new]
    known = [(each.id, each.name, "followed already") for each in list(view.already.values())[:SHOWN]]
    lines: list[Any] = [table(["artist", "name", "result"], new + known)] if new or known else []
    if len(view.already) > SHOWN:
        lines += [Text(f"Followed already: {len(view.already) - SHOWN:,} more; --json lists all.")]
    lines += [Text(f"{_new(view)} to follow."), Text(_requests(view))]
    lines += [Text(each) for each in _counts(view)]
    lines += [Text(f"Left out: {each}", style="yellow") for each in view.left_out[:SHOWN]]
    if len(view.left_out) > SHOWN:
        lines += [Text(f"Left out: {len(view.left_out) - SHOWN:,} more; --json lists all.", style="yellow")]
    followed = {each.id for each in view.after.artists}
    for name, found in view.candidates.items():
        rows = [(each.id, each.name, each.genres, each.id in followed) for each in found[:5]]
        title = Text(f"\nCandidates for {name}; follow one with `watch add ID`")
        lines += [title, table(["id", "name", "genres", "followed"], rows)] if rows else []
    lines += [Text(each, style="yellow") for each in view.notes]
    return [*lines, *costs(cost)]


def _new(view: Preview) -> str:
    searches = f" and {counted(view.new_searches, 'saved search')}" if view.new_searches else ""
    return f"{counted(len(view.new), 'new artist')}{searches}"


def _requests(view: Preview) -> str:
    told = [f"{view.requests['artists']:,} for IDs"] if "artists" in view.requests else []
    told += [counted(view.requests["search"], "search")] if "search" in view.requests else []
    return f"Requests to Spotify: {', '.join(told) or 'none'}."


def summed(view: Preview) -> str:
    """Return what became of every entry of the files, and what that cost, in one line."""
    before, after = len(view.before.artists), len(view.after.artists)
    counts = f"{len(view.new):,} new, {len(view.already):,} followed already, {len(view.left_out):,} left out"
    told = f"{counted(after, 'artist')} followed, {before:,} before: {counts}. {_requests(view)}"
    return told if view.after != view.before else f"Nothing to change: {told}"


def _counts(view: Preview) -> list[str]:
    told = []
    if view.duplicates:
        told.append(f"{counted(view.duplicates, 'entry')} repeated an artist.")
    if view.rare:
        told.append(f"{counted(view.rare, 'artist')} left out with fewer tracks than --min-tracks.")
    if view.unchecked:
        told.append(f"{counted(view.unchecked, 'ID')} not checked with Spotify: the first run reads their names.")
    return told


def as_told(view: Preview, cost: Forecast) -> dict[str, Any]:
    """Return what an import changed, as JSON."""
    return {
        "before": len(view.before.artists),
        "after": len(view.after.artists),
        "new": [asdict(each) for each in view.new],
        "by_name": sorted(view.by_name),
        "already": len(view.already),
        "already_followed": [asdict(each) for each in view.already.values()],
        "duplicates": view.duplicates,
        "rare": view.rare,
        "left_out": view.left_out,
        "candidates": {name: [asdict(each) for each in found] for name, found in view.candidates.items()},
        "notes": view.notes,
        "requests_sent": view.requests,
        "requests_per_day": cost.calls_a_day,
        "budgets": cost.budgets,
        "round_days": cost.round_days,
        "release_groups": [asdict(each) for each in cost.release_groups],
    }
