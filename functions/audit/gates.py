"""The gates of a run: compare the audit query's results with what the transform wrote."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, sqrt
from typing import TYPE_CHECKING

from functions.audit.verdict import gate, refused, verdict
from functions.shared import keys
from functions.shared.tolerance import SAMPLE, is_garbled, most_refused
from functions.shared.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.audit.query import Observed
    from functions.shared.events import Gate, Run, TransformResult, Verdict

KEYED = tuple(table for table in keys.TABLES if table != "quarantine")
COUNTED = ("artists", "albums", "tracks")
"""Tables whose row count is compared with earlier days. That of observations follows from the watch-list."""
ALWAYS = frozenset(
    {*KEYED, "quarantine", "stray", "unknown_artists", "unknown_albums", "matched_albums", "published_rows"}
)
"""Names of the rows that the audit query returns for every run. It returns medians only after enough days."""
NOT_JUDGED = "not judged: needs a complete daily run after 7 others in 9 days"
CHANCE = 3
"""A count varies by chance by about its square root: the least count allowed is lower by `CHANCE` times that."""


@dataclass(frozen=True)
class Limits:
    """The configured limits: the largest share of records rejected, and of rows that a day may lose."""

    max_quarantine_ratio: float
    row_drop_tolerance: float


def judge(run: Run, wrote: TransformResult, seen: Mapping[str, Observed], limits: Limits, *, complete: bool) -> Verdict:
    """Return the verdict on a run; `complete` is whether it is a daily run that extracted everything."""
    if missing := sorted(ALWAYS - set(seen)):
        return verdict([], "GateFailed", _refusal(run, f"The audit query returned no row of: {', '.join(missing)}."))
    found = list(_gates(wrote, seen, limits, complete=complete))
    broken = " ".join(
        f"Gate {each['gate']}: observed {each['observed']}, expected {each['expected']}." for each in refused(found)
    )
    return verdict(found, "GateFailed", _refusal(run, broken)) if broken else verdict(found)


def _refusal(run: Run, why: str) -> str:
    return (
        f"The audit of run {run['run_id']} rejected it. {why} Nothing is published; what was published before stays. "
        "The runbook names each gate and what to do."
    )


def _gates(wrote: TransformResult, seen: Mapping[str, Observed], limits: Limits, *, complete: bool) -> Iterator[Gate]:
    for table in (*KEYED, "quarantine"):
        rows, expected = seen[table].n, wrote["tables"][table]["rows"]
        yield gate(f"rows_{table}", str(rows), str(expected), passed=rows == expected)
    for table in KEYED:
        repeated, empty = seen[table].whole_keys - seen[table].distinct_keys, seen[table].n - seen[table].whole_keys
        yield gate(f"unique_{table}", f"{repeated:,} repeated", "0 repeated", passed=repeated == 0)
        yield gate(f"keys_{table}", f"{empty:,} empty", "0 empty", passed=empty == 0)
    yield from _references(seen)
    cases = wrote["cases"]
    most = most_refused(cases["read"], limits.max_quarantine_ratio)
    observed = f"{cases['refused']:,} of {counted(cases['read'], 'case')}"
    yield gate("quarantine_ratio", observed, f"at most {most:,}", passed=cases["refused"] <= most)
    yield _fields(wrote)
    stray = seen["stray"].n
    yield _emptied(wrote, seen)
    yield gate("freshness", f"{stray:,} outside", "0 outside the days of the date and of the run", passed=stray == 0)
    for table in COUNTED:
        yield _volume(table, seen, limits, complete=complete)


def _references(seen: Mapping[str, Observed]) -> Iterator[Gate]:
    """Return the gates on ids that name another table's row.

    An unknown artist is listed. So are unknown albums, but where the run has albums and none of its tracks is on a
    known one: then the two tables do not belong together.
    """
    albums, artists = seen["unknown_albums"], seen["unknown_artists"]
    listed = albums.n == 0 or seen["matched_albums"].n > 0 or seen["albums"].n == 0
    expected = "known, or listed here if no album is the run's own"
    yield gate("albums_of_tracks", _unknown(albums), expected, passed=listed)
    yield gate("artists_of_albums", _unknown(artists), "known, or listed here as unknown", passed=True)


def _unknown(seen: Observed) -> str:
    return f"{seen.n:,} unknown" + (f": {seen.ids}" if seen.ids else "")


def _fields(wrote: TransformResult) -> Gate:
    """Return the gate on invalid values stored as null: they are listed, and refuse the run in most rows of a table."""
    faults = wrote["faults"]
    named = ", ".join(f"{name} in {each['rows']:,} of {counted(each['of'], 'row')}" for name, each in faults.items())
    garbled = any(is_garbled(each["rows"], each["of"]) for each in faults.values())
    expected = f"each field valid in at least half of its rows, if there are {SAMPLE} rows or more"
    return gate("fields", named or "none at fault", expected, passed=not garbled)


def _emptied(wrote: TransformResult, seen: Mapping[str, Observed]) -> Gate:
    """Return the gate that refuses an empty run for a date that had rows."""
    rows = sum(wrote["tables"][table]["rows"] for table in COUNTED)
    before = seen["published_rows"].n
    observed = f"{counted(rows, 'row')}, {before:,} published before"
    return gate(
        "not_emptied", observed, "at least 1 row, if the date has published rows", passed=rows > 0 or not before
    )


def least(median: int, limits: Limits) -> int:
    """Return the fewest rows that a table must have if the days before had a median of `median` rows."""
    kept = round(1000 * (1 - limits.row_drop_tolerance)) / 1000
    return max(0, floor(median * kept - CHANCE * sqrt(median)))


def _volume(table: str, seen: Mapping[str, Observed], limits: Limits, *, complete: bool) -> Gate:
    rows, median = seen[table].n, seen.get(f"median_{table}")
    if median is None or not complete:
        return gate(f"volume_{table}", str(rows), NOT_JUDGED, passed=True, judged=False)
    must = least(median.n, limits)
    expected = f"at least {must:,} (median of the last 7 complete days: {median.n:,})"
    return gate(f"volume_{table}", str(rows), expected, passed=rows >= must)
