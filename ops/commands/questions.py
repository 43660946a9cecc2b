"""`ops sql` and `ops quarantine`: questions to Athena."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.sql import SQL, fill
from ops.athena import Answer, ask
from ops.errors import WrongUsage
from ops.export import ENDINGS, rendered, write
from ops.options import AsJson, Local, StackName, checked_date
from ops.output import note, show, table
from ops.stack import open_stack

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


def saved_queries() -> list[str]:
    """Return the names of the saved queries."""
    return sorted(file.stem for file in (SQL / "queries").glob("*.sql"))


def sql(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="QUERY", help="A saved query's name, a file, or a statement.", autocompletion=saved_queries
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Write the answer to this .csv, .json or .parquet file.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Answer in CSV.")] = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Ask Athena and show the answer, the bytes it scanned and what that costs."""
    if out and out.suffix not in ENDINGS:
        raise WrongUsage(f"{out} ends in {out.suffix or 'nothing'}; an answer is written to {', '.join(ENDINGS)}.")
    if csv and as_json:
        raise WrongUsage("Ask for --csv or for --json, not for both.")
    with open_stack(stack, local=local) as opened:
        answer = ask(opened, statement_of(opened.outputs["lake_database"], opened.outputs["views_database"], asked))
    if out:
        write(answer, out)
        note(f"{len(answer.rows):,} rows written to {out}.")
    elif csv:
        typer.echo(rendered(answer), nl=False)
    else:
        show(answer.records(), [table(answer.columns, answer.rows)], as_json=as_json)
    _tell_cost(answer)


def statement_of(lake: str, views: str, asked: str) -> str:
    """Return the statement that was asked: a saved query's, a file's, or the text itself.

    Raises:
        WrongUsage: it is a single word, and no saved query and no file is called that.
    """
    for file in (SQL / "queries" / f"{asked}.sql", Path(asked)):
        if len(asked) < 256 and file.is_file():
            return fill(file.read_text(encoding="utf-8"), {"LakeDatabase": lake, "ViewsDatabase": views}, str(file))
    if len(asked.split()) < 2:
        raise WrongUsage(f"{asked!r} is no statement, no file and no saved query. Saved: {', '.join(saved_queries())}.")
    return asked


def quarantine(
    snapshot_date: Annotated[
        str | None, typer.Argument(metavar="[DATE]", help="Show this date's records; all reasons if left out.")
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List why records were refused; with a date, show the records themselves."""
    asked = (RECORDS, [f"'{checked_date(snapshot_date)}'"]) if snapshot_date else (QUARANTINED, [])
    with open_stack(stack, local=local) as opened:
        answer = ask(opened, *asked)
    if not answer.rows and not as_json:
        note(f"No record was refused{f' on {snapshot_date}' if snapshot_date else ''}.")
    show(answer.records(), [table(answer.columns, answer.rows)] if answer.rows else [], as_json=as_json)


def _tell_cost(answer: Answer) -> None:
    rows = f"{len(answer.rows):,} rows" if len(answer.rows) != 1 else "1 row"
    scanned = f"{answer.bytes_scanned:,} bytes scanned in {answer.seconds:.1f} s"
    note(f"{rows}, {scanned}, USD {answer.usd:.6f} at list price.", style="dim")
