"""The record of what was told, item by item: the run that claims an item first tells it, and no other run does.

A message is claimed before it is sent, in one conditional write, and confirmed after. SNS has no way to ask whether it
took a message, so one that was claimed and not confirmed is never sent again: the next message says that it may be
missing. The record has ids and dates only and is kept, as the rest of `state/` is.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.shared.athena import Row

VERSION = 1
LOST_AFTER = timedelta(minutes=15)
"""Longer than a function may run: no execution can still confirm a claim of this age."""


class Claim(TypedDict):
    """A message that is about to be sent: its snapshot date, and when it was claimed (ISO 8601, UTC)."""

    snapshot_date: str
    since: str


class Document(TypedDict):
    """The record. `told` maps each item to what was told of it last; `claims` maps run IDs to unconfirmed messages.

    `since` is the date of the first message: what was news by then is known. `baseline` is the first date that was
    complete: with its message it was told what is followed and known.
    """

    version: int
    since: str | None
    baseline: str | None
    told: dict[str, str]
    claims: dict[str, Claim]


def empty() -> Document:
    """Return the record of a stack that told nothing yet."""
    return {"version": VERSION, "since": None, "baseline": None, "told": {}, "claims": {}}


def item(row: Row) -> tuple[str, str]:
    """Return the name of a row's item, and its state."""
    if "entity" not in row:
        return f"new/{row['album_id']}", "new"
    about = f"{row['entity']}/{row['album_id'] or ''}/{row['entity_id']}"
    match row["change"]:
        case "added":
            return f"added/{about}", "added"
        case "changed":
            return f"playable/{about}", str(row["new_value"])
        case change:
            return f"there/{about}", str(change)


def items(rows: Iterable[Row]) -> dict[str, str]:
    """Return the rows as items; the first row about a thing counts, so the newest come first."""
    found: dict[str, str] = {}
    for row in rows:
        about, said = item(row)
        found.setdefault(about, said)
    return found


def due(rows: Iterable[Row], document: Document) -> list[Row]:
    """Return the rows whose state differs from the one told last; the newest row of an item comes first and decides."""
    found, seen = [], set()
    for row in rows:
        about, said = item(row)
        if about not in seen and document["told"].get(about) != said and _whole(row) not in document["told"]:
            found.append(row)
        seen.add(about)
    return found


def _whole(row: Row) -> str:
    return whole(str(row["found_on"]))


def whole(snapshot_date: str) -> str:
    """Return the item that represents all items of a date with more items than are listed."""
    return f"all/{snapshot_date}"


def claimed(document: Document, told: dict[str, str], run_id: str, claim: Claim) -> Document:
    """Return the record in which a run has claimed the items; older claims are told with them and end."""
    since = {key: each for key, each in document["claims"].items() if not is_lost(each, claim["since"])}
    return {**document, "told": document["told"] | told, "claims": since | {run_id: claim}}


def confirmed(document: Document, run_id: str) -> Document:
    """Return the record without the run's claim: its message was sent."""
    return {**document, "claims": {key: each for key, each in document["claims"].items() if key != run_id}}


def released(document: Document, before: Document, after: Document, run_id: str) -> Document:
    """Return the record without what a run claimed, which made `after` of `before`: its message was refused.

    What other runs have told since stays.
    """
    found = deepcopy(confirmed(document, run_id))
    for about, said in after["told"].items():
        if before["told"].get(about) != said == found["told"].get(about):
            del found["told"][about]
            if about in before["told"]:
                found["told"][about] = before["told"][about]
    ended = {key: each for key, each in before["claims"].items() if key not in after["claims"]}
    since, baseline = (before[name] if found[name] == after[name] else found[name] for name in ("since", "baseline"))
    return {**found, "since": since, "baseline": baseline, "claims": found["claims"] | ended}


def is_lost(claim: Claim, now: str) -> bool:
    """Return whether no execution can still be working on a claim."""
    return datetime.fromisoformat(now) - datetime.fromisoformat(claim["since"]) > LOST_AFTER
