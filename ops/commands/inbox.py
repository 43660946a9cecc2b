"""`ops inbox`: data of your own into a date, checked before it is uploaded."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ops.commands.runs import POLL_S, within_reach
from ops.errors import DONE, PARTIAL, OpsError
from ops.stack import open_stack
from ops.terminal.execution_output import exit_code, summary, told
from ops.terminal.live import watch
from ops.terminal.options import AsJson, Local, SnapshotDate, StackName, Yes, checked_date, checked_run_date, confirm
from ops.terminal.output import console, counted, counted_rows, note, show, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.inbox.check import Check
    from ops.stack import Stack

SHOWN = 20
"""Rejected records that are shown; --json has all that the quarantine would keep."""


def commands(app: typer.Typer) -> typer.Typer:
    """Return the group with its commands."""
    app.command("put")(put)
    app.command("list")(list_)
    return app


def put(
    snapshot_date: SnapshotDate,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", exists=True, dir_okay=False, help="Responses or envelopes: .json, .ndjson, .gz."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the files; upload nothing.")] = False,
    yes: Yes = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Put files into a date's inbox and run the date.

    Checks first what the run will read and reject, by file and line. Uploads the files, then the marker, and follows
    the run. Exits 3 if records are rejected.
    """
    from ops.inbox.check import check

    wanted = checked_run_date(snapshot_date)
    with open_stack(stack, local=local) as opened:
        within_reach(opened, wanted)
        found = check(files, wanted)
        show(None, [] if as_json else drawn(found), as_json=False)
        if dry_run:
            show(asdict(found), ["Nothing was uploaded."], as_json=as_json)
            raise typer.Exit(PARTIAL if found.rejected else DONE)
        if not found.any_rows:
            raise OpsError(f"A run would get no row from these files{_first(found)}. Nothing was uploaded.")
        if found.rejected:
            confirm(f"{counted(len(found.rejected), 'record')} will be rejected. Upload the files anyway?", yes=yes)
        _upload(opened, files, wanted, found, as_json=as_json)


def _first(found: Check) -> str:
    return (
        f" ({found.rejected[0].file}:{found.rejected[0].line}: {'; '.join(found.rejected[0].reasons)})"
        if found.rejected
        else ""
    )


def _upload(stack: Stack, files: Sequence[Path], snapshot_date: str, found: Check, *, as_json: bool) -> None:
    from ops.inbox import objects

    before = objects.executions(stack)
    marker = objects.put(stack, files, snapshot_date)
    note(f"{counted(len(files), 'file')} and the marker are in s3://{stack.outputs['raw_bucket']}/{marker}.")
    arn = objects.started_by(stack, marker, before)
    if arn is None:
        raise OpsError(
            f"The marker {marker} started no execution within a minute. S3 may send events late after the "
            f"first `pulumi up`; start the date with `ops replay {snapshot_date}`, and see `ops doctor`."
        )
    note(f"Started {arn}")
    execution = watch(stack, arn, console(stderr=as_json), POLL_S[stack.local])
    show(told(execution) | {"check": asdict(found)}, summary(execution), as_json=as_json)
    code = exit_code(execution)
    raise typer.Exit(code if code != DONE or not found.rejected else PARTIAL)


def drawn(found: Check) -> list[Any]:
    """Return the check's result in readable form."""
    rows = counted_rows({table: count for table, count in found.rows.items() if count}) or "no row"
    lines: list[Any] = [Text(f"Rows that a run would get: {rows}.")]
    if found.without_rows:
        told_kinds = ", ".join(_kind(kind, count) for kind, count in found.without_rows.items())
        lines.append(Text(f"Read, but without a row of their own: {told_kinds}."))
    if found.nulls:
        lines.append(Text(_left_out(found), style="yellow"))
    if found.rejected:
        shown = [(each.file, each.line, "; ".join(each.reasons)) for each in found.rejected[:SHOWN]]
        more = len(found.rejected) + found.more_rejected - len(shown)
        lines += [Text("\nRecords that would be rejected:", style="red"), table(["file", "line", "reasons"], shown)]
        lines += [Text(f"and {more:,} more")] if more else []
    return lines


def _left_out(found: Check) -> str:
    """Return which fields the files leave out, in how many rows, and what that does."""
    told = "; ".join(
        f"of {counted_rows({table: found.rows[table]})}, "
        + ", ".join(f"{column} ({count:,})" for column, count in nulls.items())
        for table, nulls in found.nulls.items()
    )
    return (
        f"The files leave out these fields: {told}. They become null; where an earlier date has a value, "
        "catalogue_changes shows a change."
    )


def _kind(kind: str, count: int) -> str:
    """Return a number of responses without a row: 1 listing, 2 nulls, 3 not modified."""
    return counted(count, kind[:-1]) if kind in {"listings", "nulls"} else f"{count:,} {kind.replace('_', ' ')}"


def list_(
    snapshot_date: Annotated[
        str | None, typer.Argument(metavar="[DATE]", help="A snapshot date; default: the whole inbox.")
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List the objects of the inbox, and which of them no run will read.

    Exits 1 if an object is in a wrong place or its marker is missing.
    """
    from ops.inbox.objects import listed

    wanted = checked_date(snapshot_date) if snapshot_date is not None else None
    with open_stack(stack, local=local) as opened:
        found = listed(opened, wanted)
    rows = [(each.key, f"{each.size_bytes:,}", each.last_modified, Text(each.problem, style="red")) for each in found]
    show(
        [asdict(each) for each in found],
        [table(["key", "bytes", "put at", "problem"], rows)] if found else [],
        as_json=as_json,
    )
    if not found and not as_json:
        note("The inbox is empty. `ops inbox put DATE FILE…` puts files into it.")
    raise typer.Exit(1 if any(each.problem for each in found) else DONE)
