"""`ops digest`: what is new, changed and gone on a date."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName, checked_date
from ops.terminal.output import show


def digest(
    snapshot_date: Annotated[
        str | None, typer.Argument(metavar="[DATE]", help="A published date; the latest if left out.")
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show what is new, changed and gone on a date, in 40 columns."""
    from functions.digest.text import subject, text
    from ops import digest as digests

    wanted = checked_date(snapshot_date) if snapshot_date else None
    with open_stack(stack, local=local) as opened:
        found = digests.collect(opened, wanted)
    headline, body = subject(found), text(found)
    show(asdict(found) | {"subject": headline, "text": body}, [Text(f"{headline}\n\n{body}")], as_json=as_json)
