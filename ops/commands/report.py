"""`ops report`: write a run's report."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from local.files import named
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName
from ops.terminal.output import note, show
from ops.terminal.remembered import recalled

if TYPE_CHECKING:
    from ops.report import Page


def report(
    named: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="A run ID, a date, or an execution; default: the latest.",
            autocompletion=recalled("dates", "runs"),
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; default: .local/reports/RUN.html.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Write a run's report: one page that needs no network.

    Writes it to the curated bucket and to a file.
    """
    from ops import report as reports

    with open_stack(stack, local=local) as opened:
        page = reports.write(opened, named)
        place = f"s3://{opened.outputs['curated_bucket']}/{page.key}"
    file = keep(page, out or opened.pages / f"{page.run_id}.html")
    show({"run_id": page.run_id, "s3": place, "file": str(file)}, [file.as_uri()], as_json=as_json)
    note(f"The report of run {page.run_id}, also at {place}")
    if open_ and not webbrowser.open(file.as_uri()):
        note("No browser was found to open it.")


def keep(page: Page, out: Path) -> Path:
    """Write the page to a file and return its path."""
    file = out.absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    with named(file):
        file.write_text(page.html, encoding="utf-8")
    return file
