"""`ops doctor`: what the credentials may do, what the coming days cost, and who else spends the same quota."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ops.diagnosis import Diagnosis, diagnose
from ops.errors import DONE, FAILED
from ops.options import AsJson, Local, StackName
from ops.output import show, table
from ops.stack import open_stack

if TYPE_CHECKING:
    from ops.diagnosis import Finding


def doctor(
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days to look ahead.")] = 14,
    ask: Annotated[bool, typer.Option(help="Ask Spotify what the credentials may do: one call.")] = True,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Look at credentials, budgets, blocked quota groups, and at what the coming days will cost in calls."""
    with open_stack(stack, local=local) as opened:
        found = diagnose(opened, days, ask=ask)
    show(_as_json(found), drawn(found), as_json=as_json)
    raise typer.Exit(DONE if all(each.fine for each in found.findings) else FAILED)


def drawn(found: Diagnosis) -> list[Any]:
    """Return the findings, and a row a quota group."""
    lines: list[Any] = [_line(each) for each in found.findings]
    if found.groups:
        title = f"\nCalls to Spotify in the next {found.days} days, if nothing changes there"
        columns = ["group", "budget a day", "tomorrow", "most a day", "on average", "left at the end"]
        rows = [
            (each.group, each.budget, each.tomorrow, each.most, f"{each.average:.1f}", each.left)
            for each in found.groups
        ]
        lines += [title, table(columns, rows)]
    if found.visits:
        gaps = [(gap or f"over {found.days}", artists) for gap, artists in found.visits.items()]
        lines += ["\nAfter how many days artists are visited, at the latest", table(["days", "artists"], gaps)]
    return lines


def _line(finding: Finding) -> Text:
    sign, style = ("✓", "green") if finding.fine else ("✗", "red")
    return Text.assemble((f"{sign} ", style), f"{finding.about}: {finding.told}")


def _as_json(found: Diagnosis) -> dict[str, Any]:
    visits = [{"days": gap, "artists": artists} for gap, artists in found.visits.items()]
    return {**asdict(found), "visits": visits}
