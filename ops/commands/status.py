"""`ops status`: the state of each date."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from ops.dates import DateStatus, last_days
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName
from ops.terminal.output import show, table
from ops.terminal.remembered import remember

LOOKS = {
    "published": ("●", "green"),
    "partial": ("◐", "yellow"),
    "failed": ("✗", "red"),
    "running": ("▶", "cyan"),
    "missing": ("·", "dim"),
}


def status(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many dates to show.")] = 30,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show the state of each date.

    The state is published, partial, failed, running or missing.
    """
    with open_stack(stack, local=local) as opened:
        found = last_days(opened, days)
    remember(
        opened.name, dates=[each.snapshot_date for each in found], runs=[each.run_id for each in found if each.run_id]
    )
    drawn = table(["date", "state", "run", "last run"], ((each.snapshot_date, *_cells(each)) for each in found))
    show([asdict(each) for each in found], [drawn, _totals(found)], as_json=as_json)


def _cells(day: DateStatus) -> tuple[Text, Text, Text]:
    sign, style = LOOKS[day.state]
    return Text(f"{sign} {day.state}", style=style), Text(day.run_id or ""), Text(last_run(day))


def last_run(day: DateStatus) -> str:
    """Return how a date's last run ended, unless its state says so already."""
    if day.error:
        return f"{day.error}: {day.cause}"
    return " ".join(day.reasons)


def _totals(days: list[DateStatus]) -> Text:
    counts = {state: sum(day.state == state for day in days) for state in LOOKS}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    spent = sum(day.cost_usd or 0 for day in days)
    return Text(f"\n{told}" + (f"; USD {spent:.2f} at list price" if spent else ""), style="dim")
