"""Print a run's results as tables: rows, gates, queries, and where to look next."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.style import Style
from rich.table import Table
from rich.text import Text

from ops.athena import ask
from ops.terminal.output import blocks, fits, pairs, shown, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from local.selection import Selection
    from local.session import Session
    from ops.athena import QueryResult
    from ops.stack import Stack

QUERIES = ("whats_new", "whats_gone", "longest_tracks")
SINCE_YESTERDAY = ("whats_new", "what_changed", "whats_gone")
NOTHING = {
    "whats_gone": "Nothing. A track that is gone is reported from the second day on (DAYS=2), an album from the third: "
    "a 404 counts after it was seen on two days."
}
SHOWN = 5
MAIL_LINES = 8
URL = "spotify_url"


def show_rows(console: Console, output: dict[str, Any]) -> None:
    """Print the number of rows per table."""
    rows = [
        (name, f"{each['rows']:,}", each["parts"], f"{each['size_bytes']:,}", each["sha256"][:12])
        for name, each in output["transform"]["tables"].items()
    ]
    _titled(console, "What the run wrote", table(["table", "rows", "files", "bytes", "sha256"], rows))


def show_gates(console: Console, output: dict[str, Any]) -> None:
    """Print the verdicts of the gates."""
    gates = [
        (each["gate"], each["observed"], each["expected"], each["passed"] if each.get("judged", True) else "-")
        for each in output["audit"]["gates"]
    ]
    _titled(console, "Sanity gates, checked by Athena", table(["gate", "observed", "expected", "passed"], gates))


def show_queries(console: Console, stack: Stack, names: Sequence[str]) -> None:
    """Print the first rows of some of the saved queries."""
    saved = _saved(stack)
    for name in names:
        answer = ask(stack, saved[name])
        title = f"{saved[name].splitlines()[0].removeprefix('-- ')}  ({name}.sql)"
        _titled(console, title, *(_answered(console, answer) if answer.rows else [Text(NOTHING.get(name, "Nothing."))]))
        if len(answer.rows) > SHOWN:
            console.print(Text(f"… and {len(answer.rows) - SHOWN:,} more", style="dim"))


def show_sent(console: Console, output: dict[str, Any], mails: Sequence[dict[str, str]]) -> None:
    """Print the beginning of the mail that the run sent, or that it sent none."""
    sent = output.get("digest", {})
    if sent.get("status") != "sent":
        return _titled(
            console, "The mail of this run", Text(sent.get("error", "None: an earlier mail reported everything."))
        )
    mail = next(each for each in reversed(mails) if each["subject"] == sent["subject"])
    lines = [f"To: {mail['to']}", f"Subject: {mail['subject']}", "", *mail["text"].splitlines()]
    rest = ["…"] if len(lines) > MAIL_LINES else []
    return _titled(console, "The mail of this run", Text("\n".join([*lines[:MAIL_LINES], *rest])))


def _titled(console: Console, title: str, *drawn: RenderableType) -> None:
    """Print a title and its content."""
    console.print(Text(f"\n{title}", style="italic"))
    for each in drawn:
        console.print(each)


def _answered(console: Console, answer: QueryResult) -> list[RenderableType]:
    """Return the first rows: as a table, or as blocks where the terminal is too narrow for one.

    In a terminal's table, a name links to Spotify and its URL takes no column.
    """
    hidden = answer.columns.index(URL) if console.is_terminal and URL in answer.columns else None
    drawn = Table(header_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(answer.columns):
        if number != hidden:
            drawn.add_column(Text(column), overflow="fold")
    for row in answer.rows[:SHOWN]:
        cells = [Text(shown(value)) for number, value in enumerate(row) if number != hidden]
        if hidden is not None:
            cells[0].stylize(Style(link=str(row[hidden])))
        drawn.add_row(*cells)
    return [drawn] if fits(drawn, console) else blocks(answer.columns, answer.rows[:SHOWN])


def _saved(stack: Stack) -> dict[str, str]:
    """Return the statements of the workgroup's saved queries by name."""
    athena = stack.client("athena")
    ids = athena.list_named_queries(WorkGroup=stack.outputs["workgroup"])["NamedQueryIds"]
    found = athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]
    return {each["Name"]: each["QueryString"] for each in found}


def show_where(
    console: Console,
    session: Session,
    summary: dict[str, Any],
    snapshot_date: str,
    state: Path,
    report: Path | None,
    feed: Path | None,
) -> None:
    """Print how long it took and where everything is."""
    outputs = session.outputs
    took = f"{summary['wall_s']:.1f} s in all; roles enforced: {'yes' if summary['iam_enforced'] else 'NO'}"
    if summary.get("cost_usd"):
        took += f"; on AWS about USD {summary['cost_usd']:.2f} at list price"
    page = {report.as_uri(): "the report of this run: open it in a browser"} if report else {}
    page |= {_short(feed): "the same news as a feed"} if feed else {}
    places = page | {
        f"s3://{outputs['raw_bucket']}/raw/snapshot_date={snapshot_date}/": "Spotify's responses",
        f"s3://{outputs['curated_bucket']}/": "tables, reports, ledger, what is published",
        _short(state / "summary.json"): "this run",
        _short(Path(session.state_dir)): "the embedded AWS: kept, the next demo continues with it",
    }
    console.print(Text(f"\n{took}\n\nWhere it is"))
    pairs(places, console)


def show_next(
    console: Console, snapshot_date: str, selection: Selection, *, succeeded: bool, running: bool = False
) -> None:
    """Print what to try next with a local stack; `running` says that another process keeps it up."""
    tomorrow = (date.fromisoformat(snapshot_date) + timedelta(days=1)).isoformat()
    if succeeded:
        commands = {
            selection.demo(tomorrow): "the day after: what is new, changed, gone",
            **({} if running else {selection.local("up"): "the same stack, up until Ctrl-C"}),
            selection.ops("status"): "every date and its outcome",
            selection.ops("outbox"): "the mails that were sent",
            selection.ops("sql", "whats_new"): "any of sql/queries, or a statement",
        }
    else:
        commands = {
            selection.ops("history"): "the execution's states, with what failed",
            selection.demo(snapshot_date): "the same date again, after you fix it",
        }
    console.print(Text("\nTry next"))
    pairs(commands, console)


def _short(path: Path) -> str:
    """Return a path relative to the current folder, if it is below it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
