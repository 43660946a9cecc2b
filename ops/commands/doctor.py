"""`ops doctor`: check credentials, budgets, the requests of a day, and other stacks on the same Spotify app."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ops.errors import DONE, FAILED
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName
from ops.terminal.output import counted, show, table

if TYPE_CHECKING:
    from ops.doctor.diagnosis import Diagnosis, Finding
    from ops.doctor.forecast import Forecast, GroupCost

SHOWN = 10


def doctor(
    ask: Annotated[bool, typer.Option(help="Check with Spotify what the credentials may do: one request.")] = True,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Check credentials, quotas and the requests that a day needs.

    Also checks closed quota groups, the inbox, state/, and other stacks that use the same quota.
    Exits 1 if anything is wrong.
    """
    from ops.doctor.diagnosis import diagnose

    with open_stack(stack, local=local) as opened:
        found = diagnose(opened, ask=ask)
    show(asdict(found), drawn(found), as_json=as_json)
    raise typer.Exit(DONE if all(each.fine for each in found.findings) else FAILED)


def drawn(found: Diagnosis) -> list[Any]:
    """Return the findings, and the cost of the watch-list."""
    return [*map(_line, found.findings), *([*costs(found.ahead), *_waiting(found.ahead)] if found.ahead else [])]


def _line(finding: Finding) -> Text:
    sign, style = ("✓", "green") if finding.fine else ("✗", "red")
    return Text.assemble((f"{sign} ", style), f"{finding.about}: {finding.told}")


def costs(ahead: Forecast) -> list[Any]:
    """Return the cost of a watch-list: requests per quota group, and the length of a round."""
    rows = [
        (group, *(f"{each:,}" for each in (budget, ahead.calls_a_day[group], ahead.waiting[group])))
        for group, budget in ahead.budgets.items()
    ]
    return [
        Text("\nRequests to Spotify by what is known now: new artists and releases need more"),
        table(["group", "budget per day", "a typical day", "due today"], rows),
        Text(
            f"\nEach artist is visited {_every(ahead.round_days)}; "
            f"each album is read again {_every(ahead.fresh_after_days)}."
        ),
        Text("\nListings by release group; for a group that is off, its cost if it were on"),
        table(["group", "in releaseGroups", "requests per day", "per artist"], map(_group, ahead.release_groups)),
    ]


def _group(cost: GroupCost) -> tuple[str, str, str, str]:
    """Return the row of a kind of listing."""
    rounds = {None: "off", 1: "every round"}.get(cost.every) or f"every {counted(cost.every or 0, 'round')}"
    told = _every(cost.days) if cost.fits or cost.days is None else f"{_every(cost.days)}: not with this profile"
    return cost.name, rounds, f"{cost.calls_a_day:,}", told


def _waiting(ahead: Forecast) -> list[Any]:
    waiting = [visit for visit in ahead.visits if visit.next_in_days != 0][-SHOWN:]
    if ahead.round_days == 1 or not waiting:
        return []
    visits = [(each.artist, each.name, each.last_looked, each.next_in_days) for each in waiting]
    return [Text("\nArtists with the longest wait"), table(["artist", "name", "last visit", "next, in days"], visits)]


def _every(days: int | None) -> str:
    if days is None:
        return "never, since its budget is 0"
    return "every day" if days == 1 else f"every {counted(days, 'day')}"
