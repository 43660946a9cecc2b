"""`ops sql` and `ops quarantine`: queries in Athena."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperCommand

from ops.athena import QueryResult, ask
from ops.dates import published_runs
from ops.errors import OpsError, WrongUsage
from ops.executions import RUN_ID
from ops.quarantine import COLUMNS, records_of
from ops.stack import PROJECT, open_stack
from ops.terminal.export import ENDINGS, rendered, write
from ops.terminal.options import AsJson, Local, StackName, checked_date, input_text, text_of, written_like_a_date
from ops.terminal.output import answer as drawn_answer
from ops.terminal.output import console, counted, note, show, table
from ops.terminal.remembered import recalled
from ops.typed import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD_SHOWN = 400
COMMENT = re.compile(r"--[^\s=]*\s")
QUERIES = PROJECT / "sql" / "queries"
QUARANTINED = """
SELECT q.snapshot_date, q.dataset, r.reason, count(*) AS records
FROM quarantine AS q CROSS JOIN UNNEST(q.reasons) AS r (reason)
GROUP BY q.snapshot_date, q.dataset, r.reason
ORDER BY q.snapshot_date DESC, records DESC, q.dataset, r.reason
"""
RECORDS = """
SELECT q.dataset, q.record_id, array_join(q.reasons, '; ') AS reasons, q.source_key, q.source_line, q.record
FROM quarantine AS q
WHERE q.snapshot_date = CAST(? AS date)
ORDER BY q.source_key, q.source_line, q.dataset, q.record_id, q.record
"""


def saved_queries() -> list[str]:
    """Return the names of the saved queries."""
    return sorted(file.stem for file in QUERIES.glob("*.sql"))


class SqlCommand(TyperCommand):
    """Reads a statement that begins with a comment as one, where click would see an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; one that begins with two hyphens and a blank is a statement."""
        return super().parse_args(ctx, [f" {each}" if COMMENT.match(each) else each for each in args])


def sql(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="QUERY",
            help="A saved query's name, a file, a statement, or - for standard input.",
            autocompletion=saved_queries,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Write the rows to this .csv, .json or .parquet file.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="As --csv, for spreadsheets: no text is evaluated as a formula.")
    ] = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Run a query in Athena, by name, file or statement.

    Shows the rows, the bytes scanned and their cost. With --json and --out, lists and maps keep their types,
    which takes one more query for each such column.
    """
    if out and out.suffix not in ENDINGS:
        raise WrongUsage(f"{out} ends in {out.suffix or 'nothing'}; the rows can be written to {', '.join(ENDINGS)}.")
    csv = csv or (safe_csv and not out)
    if csv and as_json:
        raise WrongUsage("Give --csv or --json, not both.")
    with open_stack(stack, local=local) as opened:
        statement = statement_of(opened.outputs["lake_database"], opened.outputs["views_database"], asked)
        answer = ask(opened, statement)
        stay_text: list[str] = []
        if as_json or (out and out.suffix != ".csv"):
            answer, stay_text = typed(opened, statement, answer)
    if out:
        write(answer, out, safe=safe_csv)
        note(f"{counted(len(answer.rows), 'row')} written to {out}.")
    elif csv:
        typer.echo(("\ufeff" if safe_csv else "") + rendered(answer, safe=safe_csv), nl=False)
    else:
        show(answer.records(), drawn_answer(answer.columns, answer.rows), as_json=as_json)
    for each in stay_text:
        note(each, style="yellow")
    _tell_cost(answer)


def statement_of(lake: str, views: str, asked: str) -> str:
    """Return the statement to run: a saved query's, a file's, or the text itself.

    Raises:
        WrongUsage: it is a single word, and no saved query and no file is called that; or the file is not a text.
    """
    values = {"LakeDatabase": lake, "ViewsDatabase": views}
    if asked == "-":
        return _filled(input_text(), values, "standard input")
    for file in (Path(asked), QUERIES / f"{asked.removesuffix('.sql')}.sql"):
        if os.path.isfile(file):  # noqa: PTH113  Path.is_file raises for a name that is too long, as a statement's is
            return _filled(text_of(file), values, str(file))
    if len(bare(asked).split()) < 2:
        raise WrongUsage(f"{asked!r} is not a statement, a file or a saved query. Saved: {', '.join(saved_queries())}.")
    return asked


def bare(text: str) -> str:
    """Return a statement without the comments and blanks before it."""
    return re.sub(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", "", text, flags=re.DOTALL)


def _filled(text: str, values: Mapping[str, str], where: str) -> str:
    """Return a statement with its placeholders filled.

    Raises:
        WrongUsage: there is none, or a placeholder is not known.
    """
    from infra.rendering.sql import SqlInvalid, fill  # the contract takes a second to import

    if not bare(text):
        raise WrongUsage(f"{where} contains no SQL statement. Write one in Athena's SQL.")
    try:
        return fill(text, values, where)
    except SqlInvalid as exc:
        raise WrongUsage(str(exc)) from exc


def quarantine(
    of: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATE|RUN]",
            help="Show a date's or a run's records; default: all reasons, counted.",
            autocompletion=recalled("dates", "runs"),
        ),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List why records were rejected.

    With a date or a run ID, shows the records themselves; the run may also have failed.
    """
    run = of is not None and RUN_ID.fullmatch(of)
    asked = (RECORDS, [f"'{_checked(of)}'"]) if of is not None and not run else (QUARANTINED, [])
    with open_stack(stack, local=local) as opened:
        if of and run:
            records, columns = records_of(opened, of), COLUMNS
        else:
            answer = ask(opened, *asked)
            records, columns = answer.records(), answer.columns
            if of and not records and of not in published_runs(opened):
                raise OpsError(
                    f"{of} is not published. `ops status` shows the dates that are, and `ops quarantine RUN` what a "
                    "failed run rejected."
                )
    if not records and not as_json:
        note("No record was rejected" + (f" {'by' if run else 'on'} {of}." if of else "."))
    blocks = of is not None and console().is_terminal
    rows = [list(record.values()) for record in records]
    drawn = [block(record) for record in records] if blocks else [table(columns, rows)]
    show(records, drawn if records else [], as_json=as_json)


def _checked(date: str) -> str:
    try:
        return checked_date(date)
    except WrongUsage as exc:
        if written_like_a_date(date):
            raise
        raise WrongUsage(f"{date!r} is not a date written YYYY-MM-DD or a run's ID.") from exc


def block(record: Mapping[str, object]) -> Text:
    """Return a rejected record as lines: its entity, its reasons, its source, and its beginning."""
    whole = str(record["record"])
    shown = (
        whole
        if len(whole) <= RECORD_SHOWN
        else f"{whole[:RECORD_SHOWN]}… ({counted(len(whole), 'character')}; --json has all)"
    )
    return Text.assemble(
        (f"{record['dataset']} {record['record_id'] or 'without an id'}", "bold"),
        ("\n  " + str(record["reasons"]), "red"),
        (f"\n  {record['source_key']}:{record['source_line']}", "dim"),
        f"\n  {shown}\n",
    )


def _tell_cost(answer: QueryResult) -> None:
    scanned = f"{counted(answer.bytes_scanned, 'byte')} scanned in {answer.seconds:.1f} s"
    note(f"{counted(len(answer.rows), 'row')}, {scanned}, USD {answer.usd:.6f} at list price.", style="dim")
