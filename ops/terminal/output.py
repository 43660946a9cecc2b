"""A command's output: a table or JSON on standard output; progress and notes on standard error."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from functions.shared.wording import counted as counted  # noqa: PLC0414  mypy: every command takes it from here
from local.streams import all_of
from ops.terminal.visible import SafeConsole, escaped, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console, RenderableType

ROWS = {"quarantine": "rejected record"}
"""The rows of tables whose name is not their plural."""
PIPED_WIDTH = 10_000  # no window: a line is not broken


def console(*, stderr: bool = False) -> Console:
    """Return the console to print on: no control codes if it is piped, no styles if NO_COLOR is set.

    A terminal has its own width; piped output is not wrapped, unless COLUMNS gives a width. Closed output is none.
    """
    stream = sys.stderr if stderr else sys.stdout
    terminal = stream is not None and stream.isatty()  # Python has no stream for what a shell closed with >&-
    return SafeConsole(
        stderr=stderr,
        highlight=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        width=None if terminal or os.environ.get("COLUMNS") else PIPED_WIDTH,
    )


def note(text: str, style: str = "") -> None:
    """Print a note on standard error."""
    console(stderr=True).print(Text(text, style=style))


def counted_rows(rows: Mapping[str, int]) -> str:
    """Return the rows of tables with their nouns: 1 album, 2 tracks, 0 rejected records."""
    return ", ".join(counted(number, ROWS.get(table, table.removesuffix("s"))) for table, number in rows.items())


def show(data: object, rendered: Iterable[RenderableType], *, as_json: bool) -> None:
    """Print `data` as JSON, or the result of `draw`."""
    out = console()
    if as_json:
        out.file.write(_json(data) + "\n")
        return
    if out.is_terminal:
        for each in rendered:
            out.print(each, soft_wrap=isinstance(each, str) and "://" in each)  # a broken address opens nothing
        return
    with out.capture() as captured:
        for each in rendered:
            out.print(each)
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def answer(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[RenderableType]:
    """Return rows of any columns: as a table, or as blocks where the terminal is too narrow for one."""
    drawn = table(columns, rows)
    return [drawn] if fits(drawn, console()) else blocks(columns, rows)


def fits(drawn: Table, out: Console) -> bool:
    """Return whether a table fits the window; piped output has no window."""
    natural = out.measure(drawn, options=out.options.update(width=PIPED_WIDTH)).maximum
    return not out.is_terminal or natural <= out.width


def blocks(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[RenderableType]:
    """Return one block per row, one line per column."""
    width = max((len(column) for column in columns), default=0)
    return [
        Text("\n".join(f"{name:{width}}  {shown(value)}" for name, value in zip(columns, row, strict=True)) + "\n")
        for row in rows
    ]


def pairs(rows: Mapping[str, str], out: Console) -> None:
    """Print values to copy, each with its label: beside it, or below it if the terminal is too narrow."""
    left = max(map(len, rows), default=0)
    beside = not out.is_terminal or left + 2 + max(map(len, rows.values()), default=0) <= out.width
    for copied, meaning in rows.items():
        gap = " " * (left + 2 - len(copied)) if beside else "\n    "
        out.print(Text.assemble(copied, gap, (meaning, "dim")), soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table of plain values; text from outside is shown as it is, never read as markup."""
    drawn = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(Text(shown(column)), overflow="fold")
    for row in rows:
        drawn.add_row(*(value if isinstance(value, Text) else Text(shown(value)) for value in row))
    return drawn


def shown(value: object) -> str:
    """Return a value in readable form, without characters that act on a terminal and would cut a column."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case list():
            return ", ".join(shown(each) for each in value)
        case dict():
            return ", ".join(f"{key}: {shown(each)}" for key, each in value.items())
        case _:
            return visible(" ".join(str(value).splitlines()))


def _json(data: object) -> str:
    """Return data as JSON that standard output's encoding can write."""
    written = escaped(json.dumps(data, ensure_ascii=False, indent=2, default=as_json))
    return written if all_of(written) else json.dumps(data, indent=2, default=as_json)


def as_json(value: object) -> str:
    """Return a value that JSON does not have as a text: a date, an instant or a decimal number."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{value!r} has no form in JSON")
