"""What `doctor` finds out, as values: a finding a check, and the forecast by quota group."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.extract.reasons import AS_FAR_AS_IT_GOES
from functions.shared.errors import PipelineError
from ops import watchlist
from ops.errors import OpsError
from ops.extraction import Deployed, blocked_groups
from ops.forecast import Ahead, forecast, longest_gap
from ops.neighbours import neighbours
from ops.probe import probe

if TYPE_CHECKING:
    from functions.extract.config import Config
    from functions.shared.watchlist import WatchList
    from ops.stack import Stack


@dataclass(frozen=True)
class Finding:
    """One check: what it is about, whether all is well, and a sentence."""

    about: str
    fine: bool
    told: str


@dataclass(frozen=True)
class GroupAhead:
    """What the forecast says of one quota group, in calls."""

    group: str
    budget: int
    tomorrow: int
    most: int
    average: float
    left: int


@dataclass
class Diagnosis:
    """All of it. `visits`: how many artists are visited after so many days at the latest; None is not within `days`."""

    days: int
    findings: list[Finding] = field(default_factory=list)
    groups: list[GroupAhead] = field(default_factory=list)
    visits: dict[int | None, int] = field(default_factory=dict)


def diagnose(stack: Stack, days: int, *, ask: bool) -> Diagnosis:
    """Return what is found; what cannot be found out is a finding too."""
    deployed, found = Deployed.of(stack), Diagnosis(days)
    followed = _watchlist(stack, found)
    if ask:
        _credentials(stack, found)
    _blocked(stack, found)
    if followed:
        _look_ahead(stack, deployed.config, followed, found)
    for other in neighbours(stack):
        found.findings.append(Finding("quota", not other.same_app, other.sentence()))
    return found


def _watchlist(stack: Stack, found: Diagnosis) -> WatchList | None:
    try:
        followed, _ = watchlist.load(stack)
    except OpsError as exc:
        found.findings.append(Finding("watch-list", fine=False, told=str(exc)))
        return None
    there = bool(followed.artists or followed.searches)
    told = f"{len(followed.artists)} artists and {len(followed.searches)} searches are followed."
    found.findings.append(Finding("watch-list", there, told if there else f"{told} Add one with `watch add`."))
    return followed if there else None


def _credentials(stack: Stack, found: Diagnosis) -> None:
    try:
        answer = probe(stack)
    except (PipelineError, OpsError) as exc:
        found.findings.append(Finding("credentials", fine=False, told=str(exc)))
    else:
        found.findings.append(Finding("credentials", answer.fits, answer.sentence()))


def _blocked(stack: Stack, found: Diagnosis) -> None:
    """Note the groups that Spotify closed, as the pipeline wrote them down."""
    for group, until in blocked_groups(stack).items():
        told = f"{group} is closed by Spotify until {until}; nothing asks it before that, and other groups go on."
        found.findings.append(Finding("quota", fine=False, told=told))


def _look_ahead(stack: Stack, config: Config, followed: WatchList, found: Diagnosis) -> None:
    days = forecast(stack, config, found.days)
    for group, budget in config.budgets.items():
        calls = [day.calls.get(group, 0) for day in days]
        ahead = GroupAhead(group, budget, calls[0], max(calls), sum(calls) / len(calls), days[-1].left.get(group, 0))
        found.groups.append(ahead)
        if ahead.left and group not in AS_FAR_AS_IT_GOES:
            found.findings.append(Finding("budgets", fine=False, told=_too_small(ahead, found.days)))
    found.visits = _visits(days, followed)


def _too_small(ahead: GroupAhead, days: int) -> str:
    return (
        f"{ahead.group}: after {days} days {ahead.left} calls are still due under {ahead.budget} a day. "
        "Raise `budgets` if the quota allows, follow fewer, or let it take longer."
    )


def _visits(days: list[Ahead], followed: WatchList) -> dict[int | None, int]:
    gaps = Counter(longest_gap(days, artist.id) for artist in followed.artists)
    return {gap: gaps[gap] for gap in sorted(gaps, key=lambda gap: (gap is None, gap))}
