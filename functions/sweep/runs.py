"""Select the runs in the lake that may be deleted: superseded, failed or expired, and past their grace period."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

OBJECT = re.compile(r"(?P<table>[^/]+)/snapshot_date=(?P<snapshot_date>[^/]+)/run_id=(?P<run_id>[^/]+)/.+")


@dataclass(frozen=True)
class StoredObject:
    """An object of the curated bucket."""

    key: str
    last_modified: datetime


@dataclass(frozen=True)
class Partition:
    """A registered partition of one table."""

    table: str
    snapshot_date: str
    run_id: str


@dataclass
class LakeRun:
    """The objects and partitions of one run in the lake."""

    snapshot_date: str
    run_id: str
    keys: list[str] = field(default_factory=list)
    partitions: list[Partition] = field(default_factory=list)
    newest: datetime | None = None


@dataclass(frozen=True)
class Publication:
    """The published run of a date, and since when. A withdrawn date has no run."""

    run_id: str | None
    since: datetime


def runs_by_date(objects: Iterable[StoredObject], partitions: Iterable[Partition]) -> dict[str, list[LakeRun]]:
    """Return every run that has objects or partitions, by snapshot date; ignore keys that belong to no run."""
    runs: dict[tuple[str, str], LakeRun] = {}
    for stored in objects:
        found = OBJECT.fullmatch(stored.key)
        if found:
            run = runs.setdefault(
                (found["snapshot_date"], found["run_id"]), LakeRun(found["snapshot_date"], found["run_id"])
            )
            run.keys.append(stored.key)
            run.newest = max(run.newest or stored.last_modified, stored.last_modified)
    for each in partitions:
        where = (each.snapshot_date, each.run_id)
        runs.setdefault(where, LakeRun(*where)).partitions.append(each)
    dates: dict[str, list[LakeRun]] = defaultdict(list)
    for run in runs.values():
        dates[run.snapshot_date].append(run)
    return dict(dates)


def superseded(
    runs: Iterable[LakeRun], publication: Publication | None, now: datetime, grace: timedelta
) -> list[LakeRun]:
    """Return the runs of one date that are not published and whose grace period is over.

    The grace period starts with the publication that replaced the run or, for a failed run, with its last write,
    whichever is later.
    """
    hidden = [run for run in runs if publication is None or run.run_id != publication.run_id]
    return [run for run in hidden if now - max(_instants(run, publication), default=now - grace) >= grace]


def _instants(run: LakeRun, publication: Publication | None) -> list[datetime]:
    return [instant for instant in (run.newest, publication.since if publication else None) if instant]


def is_expired(run: LakeRun, now: datetime, retention: timedelta) -> bool:
    """Return whether a run's objects are past their retention; a run without objects is as old as its date.

    The age is that of the objects, as in S3's lifecycle: a file put into the inbox today for a day long ago lives as
    long as any other.
    """
    newest = run.newest or _midnight(run.snapshot_date)
    return newest is not None and now - newest > retention


def _midnight(snapshot_date: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(snapshot_date), time(), UTC)
    except ValueError:
        return None
