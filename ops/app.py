"""The commands: each asks a room of this package, shows the answer, and exits as `ops.errors` says."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from functions.shared.watchlist import WatchList
from infra.sql import SQL, fill
from ops import credentials, locks, undo, watchlist
from ops import purge as purging
from ops.athena import ask
from ops.dates import last_days
from ops.errors import WrongUsage
from ops.export import write
from ops.options import AsJson, Local, SnapshotDate, StackName, Yes, checked_date
from ops.output import note, show, table
from ops.runs import COMMANDS
from ops.stack import open_stack

app = typer.Typer(
    name="ops",
    help="Run, look into and mend a stack: --stack NAME on AWS, or --local on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
watch_app = typer.Typer(help="Who is followed.", no_args_is_help=True, rich_markup_mode=None)
credentials_app = typer.Typer(help="Spotify's credentials.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(watch_app, name="watch")
app.add_typer(credentials_app, name="credentials")
for _command in COMMANDS:
    app.command()(_command)


@app.command()
def status(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many dates.")] = 30,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show what became of each date: published, partial, failed, running or missing."""
    with open_stack(stack, local=local) as opened:
        found = last_days(opened, days)
    rows = [(each.snapshot_date, each.state, each.run_id, each.error, each.cause) for each in found]
    drawn = table(["date", "state", "run", "last error", "cause"], rows)
    show([asdict(each) for each in found], [drawn], as_json=as_json)


@app.command()
def sql(
    asked: Annotated[str, typer.Argument(metavar="QUERY", help="A saved query's name, a file, or a statement.")],
    out: Annotated[Path | None, typer.Option(help="Write the answer to this .csv, .json or .parquet file.")] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Ask Athena and show the answer, the bytes it scanned and what that costs."""
    with open_stack(stack, local=local) as opened:
        answer = ask(opened, statement_of(opened.outputs["lake_database"], opened.outputs["views_database"], asked))
    if out:
        write(answer, out)
        note(f"{len(answer.rows)} rows written to {out}.")
    else:
        show(answer.records(), [table(answer.columns, answer.rows)], as_json=as_json)
    note(f"{answer.bytes_scanned:,} bytes scanned in {answer.seconds:.1f} s, USD {answer.usd:.6f} at list price.")


def statement_of(lake: str, views: str, asked: str) -> str:
    """Return the statement that was asked: a saved query's, a file's, or the text itself."""
    saved = SQL / "queries" / f"{asked}.sql"
    for file in (saved, Path(asked)):
        if len(asked) < 256 and file.is_file():
            return fill(file.read_text(encoding="utf-8"), {"LakeDatabase": lake, "ViewsDatabase": views}, str(file))
    return asked


QUARANTINED = """
SELECT q.snapshot_date, q.dataset, r.reason, count(*) AS records
FROM quarantine AS q CROSS JOIN UNNEST(q.reasons) AS r (reason)
GROUP BY q.snapshot_date, q.dataset, r.reason
ORDER BY q.snapshot_date DESC, records DESC
"""
RECORDS = """
SELECT q.dataset, q.record_id, q.reasons, q.source_key, q.source_line, q.record
FROM quarantine AS q
WHERE q.snapshot_date = CAST(? AS date)
ORDER BY q.source_key, q.source_line
"""


@app.command()
def quarantine(
    snapshot_date: Annotated[str | None, typer.Argument(metavar="DATE", help="Show this date's records.")] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List why records were refused; with a date, show the records themselves."""
    asked = (RECORDS, [f"'{checked_date(snapshot_date)}'"]) if snapshot_date else (QUARANTINED, [])
    with open_stack(stack, local=local) as opened:
        answer = ask(opened, *asked)
    show(answer.records(), [table(answer.columns, answer.rows)], as_json=as_json)


@app.command(name="undo")
def undo_(snapshot_date: SnapshotDate, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Show the date's previous run again, within the grace."""
    wanted = checked_date(snapshot_date)
    with open_stack(stack, local=local) as opened:
        before, after = undo.undo(opened, wanted)
    done = {"snapshot_date": snapshot_date, "before": before, "after": after}
    show(done, [f"{snapshot_date} shows {after} again, {before} no more."], as_json=as_json)


@app.command()
def unlock(
    what: Annotated[str, typer.Argument(help="A snapshot date, or spotify for the lease around extraction.")],
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Free a lock whose holder is gone; a run would take it over by itself."""
    lock = locks.lock_id(what if what == locks.LEASE else checked_date(what))
    with open_stack(stack, local=local) as opened:
        held = locks.holder_of(opened, lock)
        if held is None:
            show({"lock": lock, "freed": False}, [f"{lock} is free."], as_json=as_json)
            return
        note(f"{lock} is held since {held.acquired_at} by {held.holder} ({held.status}).")
        if held.alive:
            raise WrongUsage("Its holder still runs. Stop that execution first, or wait.")
        if not yes:
            typer.confirm("Free it?", abort=True, err=True)
        locks.release(opened, held)
    show({"lock": lock, "freed": True}, [f"{lock} is free."], as_json=as_json)


@app.command()
def purge(yes: Yes = False, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Delete all that was taken from Spotify, every version of it; the watch-list stays."""
    with open_stack(stack, local=local) as opened:
        doomed = purging.plan(opened)
        for each in doomed:
            note(f"{len(each.versions)} object versions of s3://{each.bucket} will be deleted for good.")
        if not yes:
            typer.confirm("Delete them, and all partitions?", abort=True, err=True)
        deleted = purging.purge(opened, doomed)
    show({"deleted": deleted}, [f"{deleted} object versions deleted; no partition is left."], as_json=as_json)


@credentials_app.command(name="set")
def set_credentials(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Write client id and secret, from SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET or a prompt."""
    given = credentials.from_environment_or(lambda what: str(typer.prompt(what, hide_input=True, err=True)))
    with open_stack(stack, local=local) as opened:
        version = credentials.store(opened, *given)
    show({"version": version}, [f"The secret has a new version, {version}."], as_json=as_json)


Artists = Annotated[list[str], typer.Argument(metavar="ARTIST…", help="An id, a URI or a link.")]


@watch_app.command(name="list")
def list_watched(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Show who is followed."""
    with open_stack(stack, local=local) as opened:
        found, _ = watchlist.load(opened)
    artists = table(["artist", "name"], [(each.id, each.name) for each in found.artists])
    searches = table(["search", "query"], [(each.name, each.query) for each in found.searches])
    show(asdict(found), [artists, *([searches] if found.searches else [])], as_json=as_json)


@watch_app.command()
def add(artists: Artists, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Follow artists."""
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        after = watchlist.with_artists(before, artists)
        watchlist.save(opened, after, etag)
    _changed(before, after, as_json=as_json)


@watch_app.command()
def remove(artists: Artists, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Follow artists no longer; what is known of them expires."""
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        after = watchlist.without_artists(before, artists)
        watchlist.save(opened, after, etag)
    _changed(before, after, as_json=as_json)


@watch_app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A watch-list, or an artist a line.")],
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Follow all that a file follows."""
    with open_stack(stack, local=local) as opened:
        before, etag = watchlist.load(opened)
        after = watchlist.merged(before, file)
        watchlist.save(opened, after, etag)
    _changed(before, after, as_json=as_json)


def _changed(before: WatchList, after: WatchList, *, as_json: bool) -> None:
    counts = {"before": len(before.artists), "after": len(after.artists)}
    show(counts, [f"{counts['after']} artists are followed; it were {counts['before']}."], as_json=as_json)
