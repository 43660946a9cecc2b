"""One sweep over the lake: partitions before objects, so that no query plans a file about to be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.sweep.runs import is_expired, runs_by_date, superseded

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from functions.shared.events import SweepResult
    from functions.sweep.lake import Lake
    from functions.sweep.runs import LakeRun


def sweep(lake: Lake, *, own_date: str, now: datetime, grace: timedelta, retention: timedelta) -> SweepResult:
    """Delete every expired run, and every run past its grace period that is not published.

    The lake is listed first, then each date's lock is read, then its publication. In that order a run that another
    execution is writing is either locked, or listed and published, or not listed at all: it is never deleted. The
    caller holds the lock of `own_date`.
    """
    doomed: dict[str, LakeRun] = {}
    for snapshot_date, runs in runs_by_date(lake.objects(), lake.partitions()).items():
        if snapshot_date == own_date or not lake.is_locked(snapshot_date):
            hidden = superseded(runs, lake.publication(snapshot_date), now, grace)
            past = [run for run in runs if is_expired(run, now, retention)]
            doomed |= {run.run_id: run for run in [*hidden, *past]}
    partitions = [each for run in doomed.values() for each in run.partitions]
    objects = [key for run in doomed.values() for key in run.keys]
    lake.delete_partitions(partitions)
    lake.delete_objects(objects)
    return {
        "runs": sorted(doomed),
        "objects": len(objects),
        "partitions": len(partitions),
        "expired_dates": sorted({run.snapshot_date for run in doomed.values() if is_expired(run, now, retention)}),
    }
