"""Why a day is not complete: one sentence per thing that was not extracted (invariant 6)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from functions.extract.api.clock import instant
from functions.extract.frontier.failures import named_few
from functions.shared.wording import counted, utc

if TYPE_CHECKING:
    from functions.extract.api.config import Config
    from functions.extract.quota import QuotaLedger

AS_FAR_AS_IT_GOES = frozenset({"tracks"})
"""Groups that need not be finished in a day: ISRC lookups use up their budget each day, and more are due."""


def reasons_of(left: dict[str, int], quota: QuotaLedger, config: Config, names: dict[str, str]) -> list[str]:
    """Return one sentence per quota group with requests left, one for failed requests, and one for rejected links."""
    blocked = quota.blocked()
    reasons = []
    for group, budget in config.budgets.items():
        if group in blocked and left[group]:
            why = f"Spotify closed it until {utc(instant(blocked[group]))} ({quota.why(group)})"
        elif left[group] and group not in AS_FAR_AS_IT_GOES:
            why = f"{quota.spent(group):,} of the day's {counted(budget, 'request')} are spent"
        else:
            continue
        reasons.append(f"{group}: {why}; left for later: {left[group]:,}.")
    counts = quota.counts
    if failed := counts["failed"]:
        kinds = ", ".join(f"{kind} {n:,}" for kind, n in sorted(Counter(name.split("/")[0] for name in failed).items()))
        last = next(reversed(failed.values())).removesuffix(".")
        reasons.append(
            f"Requests that failed after retries and are left for the next run: {kinds} "
            f"(the last error: {last}): {named_few(failed, names)}."
        )
    if links := counts["refused_links"]:
        reasons.append(f"Pages whose `next` link was not followed, since it points back or to another host: {links:,}.")
    return reasons
