"""One sweep over the lake: partitions before objects, so that no query plans a file that is about to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.sweep.runs import expired, expired_before, runs_by_date, superseded

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from functions.shared.events import SweepResult
    from functions.sweep.lake import Lake


def sweep(lake: Lake, *, own_date: str, now: datetime, grace: timedelta, retention_days: int) -> SweepResult:
    """Delete every run of an expired date, and every run past its grace that its date does not show.

    The lake is listed first, then each date's lock is read, then its publication. In that order a run that another
    execution is writing is either locked, or listed and published, or not listed at all: it is never deleted. The
    caller holds the lock of `own_date`.
    """
    dates = runs_by_date(lake.objects(), lake.partitions())
    expired_dates = expired(dates, expired_before(now.date(), retention_days))
    doomed = []
    for snapshot_date, runs in sorted(dates.items()):
        if snapshot_date != own_date and lake.is_locked(snapshot_date):
            continue
        if snapshot_date in expired_dates:
            doomed += runs
        else:
            doomed += superseded(runs, lake.publication(snapshot_date), now, grace)
    partitions = [each for run in doomed for each in run.partitions]
    objects = [key for run in doomed for key in run.keys]
    lake.delete_partitions(partitions)
    lake.delete_objects(objects)
    return {
        "runs": sorted(run.run_id for run in doomed),
        "objects": len(objects),
        "partitions": len(partitions),
        "expired_dates": expired_dates,
    }
