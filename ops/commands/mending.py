"""The repair commands: `undo`, `unpublish`, `unlock`, `purge`. The last three ask for confirmation."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.shared import keys
from ops.dates import published_runs
from ops.digest import correct_feed
from ops.errors import OpsError, WrongUsage
from ops.repair import locks
from ops.repair import purge as purging
from ops.repair import undo as undoing
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, SnapshotDate, StackName, Yes, checked_date, confirm
from ops.terminal.output import counted, note, show


def undo(snapshot_date: SnapshotDate, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Publish a date's previous run again, during the grace period."""
    wanted = checked_date(snapshot_date)
    with open_stack(stack, local=local) as opened:
        before, after = undoing.undo(opened, wanted)
        correct_feed(opened)
    done = {"snapshot_date": snapshot_date, "before": before, "after": after}
    no_longer = f", instead of {before}" if before else ""
    show(done, [f"{snapshot_date}: run {after} is published again{no_longer}."], as_json=as_json)


def unpublish(
    snapshot_date: SnapshotDate,
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a published date from all views. Asks for confirmation.

    `ops undo` publishes it again until its run is deleted; `ops replay` rebuilds it from raw data.
    """
    wanted = checked_date(snapshot_date)
    with open_stack(stack, local=local) as opened:
        run = undoing.shown_run(opened, wanted)
        note(f"{wanted}: run {run} is published.")
        confirm("Withdraw it?", yes=yes)
        undoing.unpublish(opened, wanted)
        correct_feed(opened)
        left = sorted(published_runs(opened))
    what_is_left = f"{counted(len(left), 'date')} published, the last is {left[-1]}" if left else "nothing is published"
    done = {"snapshot_date": wanted, "before": run, "published": left}
    show(done, [f"{wanted} is withdrawn; {what_is_left}."], as_json=as_json)


def unlock(
    what: Annotated[str, typer.Argument(help="A snapshot date, or spotify for the lease around extraction.")],
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Release a lock whose holder no longer runs.

    The next run takes over such a lock by itself. Asks for confirmation.
    """
    lock = locks.lock_id(what if what == keys.LEASE else _date_or_lease(what))
    with open_stack(stack, local=local) as opened:
        held = locks.holder_of(opened, lock)
        if held is None:
            show({"lock": lock, "freed": False}, [f"{lock} is free."], as_json=as_json)
            return
        note(f"{lock} is held since {held.acquired_at} by {held.holder} ({held.status}).")
        if held.alive:
            raise OpsError("The lock's holder is still running. Stop that execution first, or wait.")
        confirm("Free it?", yes=yes)
        locks.release(opened, held)
    show({"lock": lock, "freed": True}, [f"{lock} is free."], as_json=as_json)


def _date_or_lease(text: str) -> str:
    try:
        return checked_date(text)
    except WrongUsage as exc:
        raise WrongUsage(f"{exc} For the lease around extraction, say {keys.LEASE}.") from exc


def purge(yes: Yes = False, stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Delete everything that came from Spotify.

    Deletes every object version and all partitions; the watch-list stays. Asks for confirmation.
    """
    with open_stack(stack, local=local) as opened:
        busy = locks.alive(opened)
        if busy:
            raise OpsError(
                f"{busy[0].holder} is running and would write new data. Stop it, or wait until it has ended."
            )
        doomed = purging.plan(opened)
        for each in doomed:
            note(f"{counted(len(each.versions), 'object version')} of s3://{each.bucket} will be deleted permanently.")
        confirm("Delete them, and all partitions?", yes=yes)
        deleted = purging.purge(opened, doomed)
    pages = purging.pages_here(doomed)
    told = [f"{counted(deleted, 'object version')} deleted; no partition is left."]
    told += [f"{counted(pages, 'file')} of reports and the feed deleted from this machine."] if pages else []
    show({"deleted": deleted, "pages": pages}, told, as_json=as_json)
