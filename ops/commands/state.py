"""`ops state` and `ops frontier`: what the pipeline remembers, and repairing it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC
from typing import Annotated

import typer
from rich.text import Text

from ops.errors import WrongUsage
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName, Yes, checked_date, confirm
from ops.terminal.output import counted, note, show, table

SHOWN = 10
Entity = Annotated[str, typer.Argument(metavar="ARTIST|ALBUM", help="An ID, a URI or a link.")]


def state_commands(app: typer.Typer) -> typer.Typer:
    """Return the group `state` with its commands."""
    for command in (history, restore, rebuild):
        app.command()(command)
    return app


def frontier_commands(app: typer.Typer) -> typer.Typer:
    """Return the group `frontier` with its commands."""
    app.command("show")(show_)
    app.command()(reset)
    return app


def history(
    every: Annotated[bool, typer.Option("--all", help=f"Show all versions, not the last {SHOWN} of each.")] = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List the versions of state/, which S3 keeps for a week after they were replaced."""
    from ops.repair import state as remembered

    with open_stack(stack, local=local) as opened:
        found = remembered.history(opened)
    of_each = [[each for each in found if each.name == name] for name in remembered.NAMES]
    kept = [each for versions in of_each for each in versions[: None if every else SHOWN]]
    rows = [
        (
            each.name,
            each.version_id,
            f"{each.written_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            "deleted" if each.size_bytes is None else f"{each.size_bytes:,}",
            each.current,
        )
        for each in kept
    ]
    show(
        [asdict(each) for each in kept],
        [table(["what", "version", "written, UTC", "bytes", "now"], rows)],
        as_json=as_json,
    )


def restore(
    name: Annotated[str, typer.Argument(metavar="WHAT", help="frontier, watchlist or quota.")],
    version: Annotated[str | None, typer.Argument(help="A version; default: the one before the current.")] = None,
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Make an earlier version of state/ the current one.

    After you restore a frontier, the next run reads the later raw data again. Asks for confirmation.
    """
    from ops.repair import state as remembered

    if name not in remembered.NAMES:
        raise WrongUsage(f"{name!r} is not part of state/: expected {', '.join(remembered.NAMES)}.")
    with open_stack(stack, local=local) as opened:
        found = remembered.version_of(opened, name, version)
        written = f"{found.written_at:%Y-%m-%d %H:%M} UTC"
        note(f"Version {found.version_id} of {name}: {counted(found.size_bytes or 0, 'byte')}, of {written}.")
        confirm("Make it the current one?", yes=yes)
        remembered.restore(opened, found)
    show(asdict(found), [f"{name} is restored to its version of {written}."], as_json=as_json)


def rebuild(yes: Yes = False, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Rebuild the frontier from raw data and the published tables, and a missing watch-list.

    If the frontier is missing, the next run rebuilds it by itself, from raw data alone. Asks for confirmation.
    """
    from ops.repair import state as remembered

    with open_stack(stack, local=local) as opened:
        confirm("Replace state/frontier.json.gz? S3 keeps the current version for a week.", yes=yes)
        done = remembered.rebuild(opened)
    found = f"{counted(done.artists, 'artist')}, {counted(done.albums, 'album')}"
    lines = [*done.told, f"Found only in the published tables: {found}."]
    if done.watchlist:
        lines.append("The watch-list was missing: it was restored from the last date in raw.")
    show(asdict(done), lines, as_json=as_json)


def show_(entity: Entity, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Show what is recorded about an artist or an album."""
    from ops.repair import frontier

    wanted = frontier.entity_id(entity)
    with open_stack(stack, local=local) as opened:
        found = frontier.show(opened, wanted)
    show(found, [Text(json.dumps(found, indent=2, sort_keys=True))], as_json=as_json)


def reset(
    entity: Annotated[str | None, typer.Argument(metavar="[ARTIST|ALBUM]", help="An ID, a URI or a link.")] = None,
    after: Annotated[
        str | None, typer.Option(metavar="DATE", help="Reset everything that was recorded after a date instead.")
    ] = None,
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Forget when an artist or an album was requested, so that the next run requests it again.

    First dates are kept, so nothing is reported as new again. `--after` asks for confirmation.
    """
    from ops.repair import frontier

    if (entity is None) == (after is None):
        raise WrongUsage("Say what to reset: an artist or an album, or --after DATE.")
    wanted, day = "" if entity is None else frontier.entity_id(entity), "" if after is None else checked_date(after)
    with open_stack(stack, local=local) as opened:
        if wanted:
            forgotten = frontier.reset(opened, wanted)
        else:
            confirm(f"Forget all requests after {day}? The next runs repeat them within the budgets.", yes=yes)
            forgotten = frontier.reset_after(opened, day)
    show(
        {"forgotten": forgotten},
        [f"{counted(forgotten, 'request date')} removed; the next runs request these entities again."],
        as_json=as_json,
    )
