"""The keys of everything in the three buckets. No other module writes a key by hand."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from hashlib import sha256

from functions.shared.errors import BadRequest

QUOTA_GROUPS = ("artists", "artist_albums", "albums", "album_tracks", "tracks", "search")
DATASETS = (*QUOTA_GROUPS, "watchlist")
TABLES = ("artists", "albums", "tracks", "observations", "quarantine")

WATCHLIST = "state/watchlist.json"
FRONTIER = "state/frontier.json.gz"
QUOTA = "state/quota.json"
DIGEST = "state/digest.json.gz"
"""The record of what the digests told people."""
FEED = "reports/feed.atom"
"""The feed of recent findings, in the curated bucket."""

REHEARSAL_DATE = "2000-01-01"
"""The date of rehearsals only: before Spotify existed, so no run asks for it, and never after today."""
FIRST_DATE = REHEARSAL_DATE
"""No run may be about an earlier date: Spotify did not exist, and year 1 has no day before it."""
REHEARSED_INPUTS = "runs/rehearsal/"
"""The prefix under which rehearsals freeze their inputs, apart from those of kept runs."""

READABLE = re.compile(r".*\.(json|ndjson|jsonl)(\.gz)?", re.IGNORECASE | re.DOTALL)
"""Keys of objects that hold JSON: other files in the inbox are rejected, each as one record."""

LEASE = "spotify"
"""The lock around Extract: Spotify counts requests per account."""
DATE_LOCK = "date#"
"""The prefix of the locks of dates."""

MARKER = re.compile(r"inbox/snapshot_date=(?P<snapshot_date>[^/]*)/_READY")


def raw_date(snapshot_date: str) -> str:
    """Return the prefix of all raw objects of a date."""
    return f"raw/snapshot_date={snapshot_date}/"


def raw_part(snapshot_date: str, dataset: str, part: str) -> str:
    """Return the key of one raw part; `part` is its place in the work list."""
    return f"{raw_date(snapshot_date)}{dataset}/{part}.ndjson.gz"


def manifest(snapshot_date: str) -> str:
    """Return the key of a date's manifest, written after all its parts."""
    return f"{raw_date(snapshot_date)}_manifest.json"


def inbox_date(snapshot_date: str) -> str:
    """Return the prefix of a date's inbox."""
    return f"inbox/snapshot_date={snapshot_date}/"


def frozen_inputs(run_id: str) -> str:
    """Return the key of the inputs that a run froze, in the raw bucket."""
    return f"runs/{run_id}/inputs.json"


def rehearsed_inputs(run_id: str) -> str:
    """Return the key of the inputs that a rehearsal froze."""
    return f"{REHEARSED_INPUTS}{run_id}/inputs.json"


def table_prefix(table: str) -> str:
    """Return a table's prefix in the curated bucket."""
    return f"{table}/"


def partition(table: str, snapshot_date: str, run_id: str) -> str:
    """Return the prefix of one run's objects of one table, in the curated bucket."""
    return f"{table}/snapshot_date={snapshot_date}/run_id={run_id}/"


def part(table: str, snapshot_date: str, run_id: str, number: int) -> str:
    """Return the key of one Parquet file of a run."""
    return f"{partition(table, snapshot_date, run_id)}part-{number:05d}.parquet"


def published(snapshot_date: str) -> str:
    """Return the key of the object that names the published run of a date, in the curated bucket."""
    return f"published/{snapshot_date}.json"


def run_record(run_id: str) -> str:
    """Return the key of a run's row in the ledger, in the curated bucket."""
    return f"runs/{run_id}.json"


def run_id(started: datetime, execution_arn: str) -> str:
    """Return the id of an execution's run: it sorts by start, and a redrive keeps it."""
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{sha256(execution_arn.encode()).hexdigest()[:8]}"


def report(run_id: str) -> str:
    """Return the key of a run's report, in the curated bucket."""
    return f"reports/{run_id}.html"


def date_lock(snapshot_date: str) -> str:
    """Return the ID of a date's lock."""
    return f"{DATE_LOCK}{snapshot_date}"


def parse_date(text: str, where: str) -> str:
    """Return `text` if it is a calendar date written YYYY-MM-DD; `where` names its place in the error.

    Raises:
        BadRequest: it is not.
    """
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except (ValueError, TypeError):
        pass
    raise BadRequest(f"{where} is {text!r}; expected a calendar date written YYYY-MM-DD{_missing_day(text)}.")


def _missing_day(text: object) -> str:
    """Return the reason why a date that is written correctly does not exist, or nothing."""
    written = re.fullmatch(r"([0-9]{4})-([0-9]{2})-[0-9]{2}", text) if isinstance(text, str) else None
    if not written:
        return ""
    year, month = written.groups()
    if year == "0000":
        return f": there is no year {year}"
    if not 1 <= int(month) <= 12:
        return f": there is no month {month}"
    return f": {year}-{month} has {monthrange(int(year), int(month))[1]} days"


def parse_run_date(text: str, where: str) -> str:
    """Return `text` if it is a date that a run may be about, as far as the calendar says: `FIRST_DATE` or later.

    Raises:
        BadRequest: it is not.
    """
    if parse_date(text, where) < FIRST_DATE:
        raise BadRequest(f"{where} is {text!r}; expected {FIRST_DATE} or later. Check the year, then start again.")
    return text
