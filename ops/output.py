"""How a command answers: a table or JSON on standard output; what happened along the way, on standard error."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType


def console() -> Console:
    """Return the console of standard output: no control codes where it is piped, or where NO_COLOR is set."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def note(text: str) -> None:
    """Tell a person something that is not the answer."""
    Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty()).print(Text(text))


def show(data: object, rendered: Iterable[RenderableType], *, as_json: bool) -> None:
    """Print `data` as JSON, or what it looks like."""
    if as_json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=_as_json) + "\n")
        return
    out = console()
    for each in rendered:
        out.print(each)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> Table:
    """Return a table of plain values; text from outside is shown as it is, never read as markup."""
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(Text(column), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown(value)) for value in row))
    return drawn


def shown(value: object) -> str:
    """Return a value as a person reads it."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case list():
            return ", ".join(shown(each) for each in value)
        case _:
            return str(value)


def _as_json(value: object) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")
