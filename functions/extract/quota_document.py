"""The quota ledger's document: its fields, its empty form, and repairs of what an earlier release wrote."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

from functions.extract.api.clock import instant, stamp
from functions.extract.api.limiter import WINDOW
from functions.extract.api.responses import LONGEST_BAN

if TYPE_CHECKING:
    from datetime import datetime

    from functions.shared.events import Run

BEGINNING = "1970-01-01T00:00:00Z"
LONGEST_DAY = timedelta(hours=25)
"""A day has 25 hours when the clock is put back in autumn."""


class RunCounts(TypedDict):
    """The counts of one run.

    `failed`: requests given up, and why; `strikes`: slices cut short since the last response; `notes`: repairs.
    """

    run_id: str
    requests: dict[str, int]
    failed: dict[str, str]
    not_modified: int
    null_items: int
    refused_links: int
    waits_s: float
    strikes: int
    notes: list[str]


class Window(TypedDict):
    """The requests of the last half minute, for the next slice: how many, since when and until when."""

    since: str
    until: str
    calls: int


class Quota(TypedDict):
    """The document. `calls` counts the day that ends at `day_ends_at`, over all runs and dates of the stack.

    `client` is a hash of the client ID that the closed groups and the pause belong to.
    """

    day_ends_at: str
    calls: dict[str, int]
    blocked_until: dict[str, str]
    blocked_why: dict[str, str]
    paused_until: str | None
    window: Window
    run: RunCounts
    client: NotRequired[str]


MEMBERS = Quota.__annotations__.keys() - {"client"}
"""The members that every document has, also one of an earlier release."""


def document_in(body: bytes | None) -> Quota | None:
    """Return the document that an object holds; None if it is missing or holds something else."""
    try:
        found = json.loads(body) if body is not None else None
    except ValueError:
        return None
    return cast("Quota", found) if isinstance(found, dict) and found.keys() >= MEMBERS else None


def repaired(quota: Quota, now: datetime) -> str | None:
    """Drop times that no response of Spotify's can have set; return a sentence about it, or None."""
    far = [group for group, until in quota["blocked_until"].items() if instant(until) > now + LONGEST_BAN]
    for group in far:
        del quota["blocked_until"][group]
    if (pause := quota["paused_until"]) and instant(pause) > now + LONGEST_DAY:
        quota["paused_until"] = None
        far.append("all groups")
    return f"{', '.join(far)}: closed for longer than Spotify ever closes a group; opened again." if far else None


def widened(window: Window, now: datetime) -> Window:
    """Return the window with one more request in it, or a new window if it is full."""
    if now - instant(window["since"]) >= WINDOW:
        return {"since": stamp(now), "until": stamp(now), "calls": 1}
    return {"since": window["since"], "until": stamp(now), "calls": window["calls"] + 1}


def fresh(run: Run) -> Quota:
    """Return the document of a stack that has sent no request."""
    return {
        "day_ends_at": stamp(instant(run["ends_at"])),
        "calls": {},
        "blocked_until": {},
        "blocked_why": {},
        "paused_until": None,
        "window": {"since": BEGINNING, "until": BEGINNING, "calls": 0},
        "run": no_counts(run["run_id"]),
    }


def no_counts(run_id: str) -> RunCounts:
    """Return the counts of a run that has sent no request."""
    return {
        "run_id": run_id,
        "requests": {},
        "failed": {},
        "not_modified": 0,
        "null_items": 0,
        "refused_links": 0,
        "waits_s": 0.0,
        "strikes": 0,
        "notes": [],
    }
