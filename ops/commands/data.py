"""`ops export` and `ops duckdb`: what is published, typed, on your own machine."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from local.files import named
from ops.errors import WrongUsage
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName, checked_date, input_text
from ops.terminal.output import answer as drawn_answer
from ops.terminal.output import counted, counted_rows, note, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

PROMPT, MORE = "D ", "· "


def export(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", file_okay=False, help="A new folder, or an earlier export to bring up to date."),
    ],
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first snapshot date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last snapshot date.")] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Write what is published as Parquet, by table and date.

    Lists, dates and numbers keep their types. Dates whose run has not changed since the last export are kept.
    """
    from ops.export.write import export as write

    dates = [checked_date(each) if each is not None else None for each in (first, last)]
    if all(dates) and str(dates[1]) < str(dates[0]):
        raise WrongUsage(f"--to {last} is before --from {first}.")
    with open_stack(stack, local=local) as opened, named(folder):
        done = write(opened, folder, *dates)
    told = [
        f"{counted(len(done.written), 'date')} written to {folder}: {counted_rows(done.rows)}.",
        f"{counted(len(done.kept), 'date')} unchanged, {len(done.deleted):,} deleted.",
        f"Query it with `ops duckdb {folder}`, or read {folder}/TABLE with pandas, Polars or DuckDB.",
    ]
    show(asdict(done), told, as_json=as_json)


def duckdb(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="An export that `ops export` wrote; leave it out with --live."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Read the stack's published data from S3 instead.")] = False,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="SQL", help="Run this statement and exit; `-` reads standard input."),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Open DuckDB with the lake's views.

    Over an export, or with --live over S3, read with your own credentials. Statements are in DuckDB's SQL and end with
    a semicolon; Ctrl-D ends.
    """
    from ops.export.engine import over_export, over_s3

    if (folder is None) != live:
        raise WrongUsage("Give the folder of an export, or --live with --stack NAME or --local.")
    if folder is not None:
        _answer(over_export(folder), query, as_json=as_json)
        return
    with open_stack(stack, local=local) as opened:
        _answer(over_s3(opened), query, as_json=as_json)


def _answer(engine: DuckDBPyConnection, query: str | None, *, as_json: bool) -> None:
    """Run one statement, those of standard input, or those that a person types."""
    if query is not None and query != "-":
        _print(engine, query, as_json=as_json)
    elif query == "-" or not sys.stdin.isatty():
        _print(engine, input_text(), as_json=as_json)
    else:
        _converse(engine)


def _print(engine: DuckDBPyConnection, statement: str, *, as_json: bool) -> None:
    """Run one or more statements, and show the result of the last."""
    from ops.export.engine import answer

    if not statement.strip():
        raise WrongUsage("There is no statement: give one with --query, or on standard input.")
    columns, rows = answer(engine, statement)
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    show(records, drawn_answer(columns, rows) if columns else [], as_json=as_json)


def _converse(engine: DuckDBPyConnection) -> None:
    """Run the statements that a person types, until Ctrl-D; an error of DuckDB is printed as a sentence."""
    from ops.errors import OpsError

    note("DuckDB with the lake's views; SHOW TABLES; lists them. Ctrl-D ends.")
    for statement in _statements():
        try:
            _print(engine, statement, as_json=False)
        except OpsError as exc:
            note(str(exc), style="red")


def _statements() -> Iterator[str]:
    """Yield the typed statements, up to each semicolon at the end of a line."""
    import readline  # noqa: F401  input() edits and remembers lines with it

    typed: list[str] = []
    while True:
        try:
            typed.append(input(MORE if typed else PROMPT))
        except EOFError:
            return
        if typed[-1].rstrip().endswith(";"):
            yield "\n".join(typed)
            typed = []
