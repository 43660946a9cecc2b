"""The result of `ops doctor` as values: one finding per check, and the cost of the watch-list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from functions.extract.frontier import document as frontier
from functions.shared.errors import PipelineError
from ops.doctor.encryption import refusals
from ops.doctor.forecast import forecast
from ops.doctor.limits import NEARLY, limits
from ops.doctor.neighbours import neighbours
from ops.doctor.plausible import implausible
from ops.doctor.probe import probe
from ops.errors import OpsError
from ops.inbox.objects import problems
from ops.spotify.extraction import Deployed, blocked_groups
from ops.terminal.output import counted
from ops.watch import watchlist

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.extract.api.config import Config
    from functions.extract.frontier.document import Document
    from functions.shared.watchlist import WatchList
    from ops.doctor.forecast import Forecast
    from ops.stack import Stack

MOST_OF_THE_INBOX = 10
"""The most misplaced objects that are named; `ops inbox list` names all."""

STOP_OR_WAIT = (
    "Compare the ID with the artist's link. If it is wrong, `ops watch remove` it; otherwise wait: "
    "later runs request it again."
)


@dataclass(frozen=True)
class Finding:
    """One check: its subject, whether it passed, and a sentence."""

    about: str
    fine: bool
    told: str


@dataclass
class Diagnosis:
    """All findings. `ahead` is None if nobody is followed."""

    findings: list[Finding] = field(default_factory=list)
    ahead: Forecast | None = None


def diagnose(stack: Stack, *, ask: bool) -> Diagnosis:
    """Run every check and return the diagnosis; a check that cannot run is a finding too."""
    deployed, found = Deployed.of(stack), Diagnosis()
    followed = _watchlist(stack, found)
    if ask:
        found.findings.append(_credentials(stack))
    found.findings += _key(stack)
    found.findings += _blocked(stack)
    found.findings += [Finding("inbox", fine=False, told=each) for each in problems(stack)[:MOST_OF_THE_INBOX]]
    found.findings += [Finding("state", fine=False, told=each) for each in implausible(stack)]
    if followed:
        found.ahead = ahead(stack, deployed.config, followed)
        found.findings += _budgets(found.ahead)
        document = frontier.load(stack.raw())
        found.findings += unknown(followed, document)
        found.findings.append(size_of(document))
    found.findings += [Finding(each.about, each.fine, each.sentence()) for each in limits(stack)]
    found.findings += [Finding("quota", not other.same_app, other.sentence()) for other in neighbours(stack)]
    return found


def _watchlist(stack: Stack, found: Diagnosis) -> WatchList | None:
    try:
        followed, _ = watchlist.load(stack)
    except OpsError as exc:
        found.findings.append(Finding("watch-list", fine=False, told=str(exc)))
        return None
    there = bool(followed.artists or followed.searches)
    told = f"Followed: {counted(len(followed.artists), 'artist')}, {counted(len(followed.searches), 'saved search')}."
    found.findings.append(Finding("watch-list", there, told if there else f"{told} Add one with `ops watch add`."))
    return followed if there else None


def unknown(followed: WatchList, document: Document) -> list[Finding]:
    """Return a finding for each followed artist that Spotify does not know."""
    return [
        Finding(
            "watch-list", fine=False, told=f"Spotify has not known the artist {artist} since {date}. {STOP_OR_WAIT}"
        )
        for artist, date in watchlist.unknown(followed, document).items()
    ]


def _credentials(stack: Stack) -> Finding:
    try:
        answer = probe(stack)
    except (PipelineError, OpsError) as exc:
        return Finding("credentials", fine=False, told=str(exc))
    return Finding("credentials", answer.fits, answer.sentence())


def _key(stack: Stack) -> Iterator[Finding]:
    """Yield a finding for each service that may not use the stack's key, or for a policy that may not be read."""
    found = refusals(stack)
    if found is None:
        told = "You may not read the key's policy; docs/deploying.md says what an existing key must allow."
        yield Finding("key", fine=True, told=told)
    else:
        yield from (Finding("key", fine=False, told=each) for each in found)


def _blocked(stack: Stack) -> Iterator[Finding]:
    """Yield a finding for each quota group that Spotify closed, by the quota ledger."""
    for group, until in blocked_groups(stack).items():
        told = f"{group} is closed by Spotify until {until}; no request uses it before that. Other groups continue."
        yield Finding("quota", fine=False, told=told)


def ahead(stack: Stack, config: Config, followed: WatchList) -> Forecast:
    """Return the cost of following a watch-list from today on, according to the stack's frontier."""
    today = datetime.now(ZoneInfo(stack.outputs["time_zone"])).date().isoformat()
    document = frontier.load(stack.raw())
    return forecast(followed, document, config, today)


def size_of(document: Document) -> Finding:
    """Return how much of Extract's memory a frontier takes; the finding fails before the memory is full."""
    known = frontier.size(document)
    told = (
        f"Artists and albums in the frontier: {known:,}. Extract's memory is enough for about {frontier.MOST_KNOWN:,}."
    )
    if fine := known < frontier.MOST_KNOWN * NEARLY:
        return Finding("frontier", fine, told)
    return Finding("frontier", fine, f"{told} Follow fewer artists, or give Extract more memory (`__main__.py`).")


def _budgets(ahead: Forecast) -> Iterator[Finding]:
    """Yield a finding for each budget that is too small for a steady day, or one if none is."""
    for group in ahead.over_budget:
        told = (
            f"{group}: a typical day needs {counted(ahead.calls_a_day[group], 'request')}, the budget is "
            f"{ahead.budgets[group]:,}: days end partial. Raise `budgets` if the quota allows, or follow fewer artists."
        )
        yield Finding("budgets", fine=False, told=told)
    if not ahead.over_budget:
        yield Finding("budgets", fine=True, told="The budgets are enough for a typical day.")
