"""Run one slice of a date's extraction and tell the state machine how it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from functions.extract.api.clock import LONGEST_SLEEP_S, instant, whole_second
from functions.extract.api.config import GROUPS
from functions.extract.api.signals import Midnight, OutOfTime, Paused, Signal, TooManyFailures
from functions.extract.frontier.failures import MOST_NAMED
from functions.extract.frontier.rebuild import catch_up, remembered_watchlist
from functions.extract.frontier.session import FrontierSession
from functions.extract.quota import limits
from functions.extract.raw.journal import GOING_ON, Journal
from functions.extract.reasons import reasons_of
from functions.extract.rehearsal import REASON, WithoutFrontier, limited
from functions.extract.slice import Slice
from functions.shared import keys, watchlist
from functions.shared.errors import PipelineError, SpotifyUnavailable, WatchListInvalid
from functions.shared.wording import more, utc

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from functions.extract.api.clock import Clock
    from functions.extract.api.config import Config
    from functions.extract.api.limiter import Limiter
    from functions.extract.context import SliceContext
    from functions.extract.quota import QuotaLedger
    from functions.extract.raw.store import Store
    from functions.extract.slice import Api
    from functions.shared.events import ExtractResult, ExtractStatus
    from functions.shared.watchlist import WatchList

    Connect = Callable[[QuotaLedger, Limiter], AbstractContextManager[Api]]

MOST_STRIKES = 3
FIRST_STRIKE_WAIT = timedelta(minutes=2)
ADD_SOMETHING = "Add an artist with `ops watch add`."


class SliceEnd(NamedTuple):
    """The end of a slice: the status, when to continue, and why not everything was extracted."""

    status: ExtractStatus
    resume_at: datetime | None = None
    reasons: tuple[str, ...] = ()


def extract(context: SliceContext, connect: Connect) -> ExtractResult:
    """Run one slice of a date's extraction and return its result.

    Raises:
        PipelineError: only a person can fix it, or the bucket cannot be used; the frontier is saved first.
    """
    rehearsal = context.run["mode"] == "rehearsal"
    if rehearsal:
        context = replace(context, store=WithoutFrontier(context.store))
    run, config, store, clock = context.run, context.config, context.store, context.clock
    journal = Journal(store, run["snapshot_date"])
    quota, limiter = limits(context)
    quota.spent_at_least(journal.requests())
    if journal.complete:
        return _result(SliceEnd("DONE"), journal, quota, config, work={}, notes=[])
    followed, left_out, found_again = _watchlist(store, run["snapshot_date"])
    if rehearsal:
        config = limited(config, quota, followed)
        context = replace(context, config=config)
        quota, limiter = limits(context)
    artists = frozenset(artist.id for artist in followed.artists)
    journal.follow(artists, clock.now())
    session = FrontierSession(store, run["snapshot_date"], artists, config)
    rebuilt = catch_up(session.document, store, run["snapshot_date"], config.refresh_days, context.time_left)
    piece = Slice(context, watchlist=followed, journal=journal, quota=quota, session=session)
    quota.note([*found_again, *rebuilt, *piece.repaired])
    try:
        signal = _work(piece, quota, limiter, connect, context)
    except PipelineError as exc:
        piece.checkpoint(complete=False, reasons=[str(exc)])
        raise
    left = piece.left()
    reasons = [
        *reasons_of(dict.fromkeys(left, 0) if rehearsal else left, quota, config, followed.names),
        *left_out,
        *piece.unanswered(),
        *([REASON] if rehearsal else []),
    ]
    end = _end(signal, context, quota, reasons)
    due = [group for group in GROUPS if left.get(group)]
    is_spent = bool(due) and not any(map(quota.open, due))  # then to start the date again would not help today
    failed = not is_spent and (quota.counts["failed"] or isinstance(signal, TooManyFailures))
    if end.status == "PARTIAL" and failed and not any(journal.records().values()):
        piece.checkpoint(complete=False, reasons=list(end.reasons))
        raise SpotifyUnavailable(
            f"Nothing could be extracted for {run['snapshot_date']}: {end.reasons[0]} "
            "Start this date again once Spotify responds; what is published is unchanged."
        )
    quota.add(waits_s=limiter.waited_s + _seconds_until(end.resume_at, clock))
    going_on = [] if end.status == "DONE" else [GOING_ON]
    piece.checkpoint(complete=end.status == "DONE", reasons=list(end.reasons) or going_on)
    return _result(end, journal, quota, config, work=left, notes=piece.notes())


def _work(piece: Slice, quota: QuotaLedger, limiter: Limiter, connect: Connect, context: SliceContext) -> Signal | None:
    """Work until the slice ends; return the signal that ended it, or None if no request is left."""
    try:
        if context.clock.now() >= instant(context.run["ends_at"]):
            raise Midnight("the day is over")  # also if nothing seems due: the next day may have requested it all
        with connect(quota, limiter) as api:
            _sit_out(quota, context.clock, context.time_left)
            piece.work(api)
    except Signal as signal:
        return signal
    return None


def _sit_out(quota: QuotaLedger, clock: Clock, time_left: Callable[[], float]) -> None:
    """Sleep until a pause noted by an earlier slice ends, if a Lambda may wait that long."""
    until = quota.paused_until
    if until is None:
        return
    seconds = (until - clock.now()).total_seconds()
    if seconds > LONGEST_SLEEP_S or seconds >= time_left():
        raise Paused("Spotify asked an earlier slice to wait", until)
    clock.sleep(seconds)


def _end(signal: Signal | None, context: SliceContext, quota: QuotaLedger, reasons: list[str]) -> SliceEnd:
    """Return what the state machine does after a slice that ended with `signal`."""
    run, clock = context.run, context.clock
    ends_at = instant(run["ends_at"])
    if isinstance(signal, OutOfTime) and clock.now() < ends_at:
        return SliceEnd("MORE")
    if isinstance(signal, Midnight | OutOfTime):
        return SliceEnd(
            "PARTIAL", reasons=(f"The day ended at {utc(ends_at)} before all requests were made.", *reasons)
        )
    if isinstance(signal, TooManyFailures):
        return _after_failures(signal, context, quota, reasons)
    if isinstance(signal, Paused):
        return _wait(signal.until, ends_at, reasons)
    return SliceEnd("PARTIAL", reasons=tuple(reasons)) if reasons else SliceEnd("DONE")


def _wait(until: datetime, ends_at: datetime, reasons: list[str]) -> SliceEnd:
    """Return a wait, or a partial end if the wait would last beyond the day."""
    if until < ends_at:
        return SliceEnd("WAIT", resume_at=until)
    why = f"Spotify accepts no request until {utc(until)}, and the day ends at {utc(ends_at)}."
    return SliceEnd("PARTIAL", reasons=(why, *reasons))


def _after_failures(signal: TooManyFailures, context: SliceContext, quota: QuotaLedger, reasons: list[str]) -> SliceEnd:
    """Return a wait, doubled each time that Spotify seems to be down; after a few of them, end the day's work."""
    strikes = quota.counts["strikes"]
    quota.add(strikes=1)
    if strikes >= MOST_STRIKES:
        return SliceEnd("PARTIAL", reasons=(f"Spotify seems to be down: {signal}, {strikes + 1} times.", *reasons))
    longest = timedelta(minutes=context.config.max_wait_minutes)
    until = context.clock.now() + min(FIRST_STRIKE_WAIT * 2**strikes, longest)
    quota.pause(until)
    return _wait(until, instant(context.run["ends_at"]), reasons)


def _watchlist(store: Store, today: str) -> tuple[WatchList, list[str], list[str]]:
    """Return the watch-list, a sentence per entry left out, and a sentence if the last date's list replaces it.

    Raises:
        WatchListInvalid: there is none and raw knows of none, it does not parse, or it is empty.
    """
    found = store.get(keys.WATCHLIST)
    if found is None:
        return _remembered(store, today)
    faults: list[WatchListInvalid] = []
    followed = watchlist.parse(found[0], faults)
    if not followed.artists and not followed.searches:
        if faults:
            raise faults[0]
        raise WatchListInvalid(f"The watch-list {keys.WATCHLIST} has no artist and no search. {ADD_SOMETHING}")
    left = [f"{more(len(faults) - MOST_NAMED, 'entry')}."] if len(faults) > MOST_NAMED else []
    return followed, [f"Left out of the watch-list: {fault}" for fault in faults[:MOST_NAMED]] + left, []


def _remembered(store: Store, today: str) -> tuple[WatchList, list[str], list[str]]:
    """Return what was followed on the last date in raw, for use if the watch-list is missing."""
    found = remembered_watchlist(store, today)
    if found is None:
        raise WatchListInvalid(
            f"There is no watch-list: {keys.WATCHLIST} is missing in the raw bucket. {ADD_SOMETHING}"
        )
    followed, date = found
    told = (
        f"{keys.WATCHLIST} is missing: this run follows what was followed on {date}. "
        "Restore it with `ops state restore watchlist` or `ops state rebuild`."
    )
    return followed, [], [told]


def _seconds_until(moment: datetime | None, clock: Clock) -> float:
    return max((moment - clock.now()).total_seconds(), 0.0) if moment else 0.0


def _result(
    end: SliceEnd, journal: Journal, quota: QuotaLedger, config: Config, *, work: dict[str, int], notes: list[str]
) -> ExtractResult:
    counts = quota.counts
    result: ExtractResult = {
        "status": end.status,
        "reasons": list(end.reasons),
        "requests": {group: counts["requests"].get(group, 0) for group in config.budgets},
        "budgets": {str(group): calls for group, calls in config.budgets.items()},
        "blocked": quota.blocked(),
        "records": journal.records(),
        "not_modified": counts["not_modified"],
        "failed_calls": len(counts["failed"]),
        "waits_s": round(counts["waits_s"], 3),
        "work": work,
    }
    if end.resume_at:
        result["resume_at"] = whole_second(end.resume_at)
    notes = [*counts["notes"], *notes]
    if counts["null_items"]:
        notes.append(f"Items in Spotify's pages that have no valid ID and were left out: {counts['null_items']:,}.")
    if notes:
        result["notes"] = notes
    return result
