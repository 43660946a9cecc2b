"""Decide what a run tells, given what was told before: a pure function of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.digest import record
from functions.digest.digest import ITEMS, Digest, counted, cut_dates, is_continued, recent

if TYPE_CHECKING:
    from functions.digest.record import Document
    from functions.shared.athena import QueryResults, Row
    from functions.shared.events import Run


@dataclass(frozen=True)
class Plan:
    """The message to send, or None, and the record before and after the message is claimed."""

    digest: Digest | None
    before: Document
    after: Document


def plan(
    run: Run,
    answers: QueryResults,
    partial: list[str],
    before: Document,
    now: str,
    *,
    always: bool,
    daily_run: str = "",
) -> Plan:
    """Return what to send. On the first date everything found so far is the baseline, and not reported as news.

    A date is reported if something is new, changed or gone, if it is partial, or, with `always`, once anyway.
    """
    snapshot_date, first = run["snapshot_date"], before["since"] is None
    albums, changes = (answers.of(each) for each in ITEMS)
    cut = {**cut_dates(albums), **cut_dates(changes)}
    found = Digest(
        snapshot_date,
        [] if first else record.due(recent(albums, snapshot_date), before),
        [] if first else record.due(recent(changes, snapshot_date), before),
        partial,
        known=counted(answers.of("known")) if before["baseline"] is None else None,
        beyond=0 if first else _beyond([albums, changes], before, snapshot_date),
        unconfirmed=sorted(each["snapshot_date"] for each in before["claims"].values() if record.is_lost(each, now)),
        daily_run=daily_run,
        continued="ends_at" in run  # `ops digest --send` of an earlier release sends none
        and is_continued(run["ends_at"], daily_run, datetime.fromisoformat(now)),
    )
    if not _worth_telling(found, before, first=first, always=always):
        return Plan(None, before, before)
    told = record.items([*albums, *changes] if first else [*found.albums, *found.changes])
    told |= {record.whole(each): "told" for each in cut} | {f"date/{snapshot_date}": "told"}
    told |= {f"partial/{snapshot_date}": "told"} if partial else {}
    after = record.claimed(before, told, run["run_id"], {"snapshot_date": snapshot_date, "since": now})
    after["since"] = before["since"] or snapshot_date
    after["baseline"] = before["baseline"] or (None if partial else snapshot_date)
    return Plan(found, before, after)


def _beyond(questions: list[list[Row]], before: Document, snapshot_date: str) -> int:
    """Return how many items of the recent dates the questions left out and no message reported."""
    cut = [cut_dates(recent(rows, snapshot_date)) for rows in questions]
    return sum(left for dates in cut for each, left in dates.items() if record.whole(each) not in before["told"])


def _worth_telling(found: Digest, before: Document, *, first: bool, always: bool) -> bool:
    told = before["told"]
    return bool(
        found.albums
        or found.changes
        or found.beyond
        or found.unconfirmed
        or (found.partial and f"partial/{found.snapshot_date}" not in told)
        or (found.known and (first or not found.partial))
        or (always and f"date/{found.snapshot_date}" not in told)
    )
