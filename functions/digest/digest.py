"""The content of a date's digest: new albums, changes, why the date is partial, and in the first digest the totals."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from functions.shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from functions.shared.athena import Library, QueryResults, Row

QUESTIONS = Path(__file__).with_name("questions")
ITEMS = ("albums", "changes")
TIME_OF_DAY = re.compile(r"(\d\d):(\d\d) ")
DAYS_BACK = 6
"""Items of this many earlier dates are reported now if no digest reported them: the run failed or was a replay."""


@dataclass(frozen=True)
class Known:
    """The number of artists followed, and the numbers of artists, albums and tracks known from them."""

    followed: int
    artists: int
    albums: int
    tracks: int


@dataclass(frozen=True)
class Digest:
    """A date's news: albums and changes as `questions/` selects them, and why the date is partial.

    `known` is set until a digest of a complete date has reported it. `beyond` counts the items that the questions left
    out, `unconfirmed` lists earlier dates whose message may not have been sent, `daily_run` is when runs start, and
    `continued` is true once the daily run after the date is past.
    """

    snapshot_date: str
    albums: list[Row]
    changes: list[Row]
    partial: list[str] = field(default_factory=list)
    known: Known | None = None
    beyond: int = 0
    unconfirmed: list[str] = field(default_factory=list)
    daily_run: str = ""
    continued: bool = False

    @property
    def released(self) -> list[Row]:
        """The albums that were released at most 14 days before they were found."""
        return [each for each in self.albums if each["kind"] == "released"]

    @property
    def older(self) -> list[Row]:
        """The albums that were added to Spotify though they are older."""
        return [each for each in self.albums if each["kind"] != "released"]

    @property
    def gone(self) -> list[Row]:
        """The items that Spotify no longer has; a track whose album is gone too is not listed again."""
        removed = [each for each in self.changes if each["change"] == "removed"]
        albums = {each["entity_id"] for each in removed if each["entity"] == "album"}
        return [each for each in removed if each["entity"] != "track" or each["album_id"] not in albums]

    @property
    def changed(self) -> list[Row]:
        """The items that returned, changed playability, or are new on an album; not the tracks of a returned album."""
        kept = [each for each in self.changes if each["change"] != "removed"]
        albums = {each["entity_id"] for each in kept if each["entity"] == "album" and each["change"] == "returned"}
        return [each for each in kept if each["change"] != "returned" or each["album_id"] not in albums]


def is_continued(ends_at: str, daily_run: str, now: datetime) -> bool:
    """Return whether the daily run after a date that ends at an instant (ISO 8601) is past.

    A schedule other than daily at a time starts at some time of the following day, or later.
    """
    at = TIME_OF_DAY.match(daily_run)
    after = timedelta(hours=int(at[1]), minutes=int(at[2])) if at else timedelta(days=1)
    return now >= datetime.fromisoformat(ends_at) + after


def asked(library: Library, snapshot_date: str, questions: tuple[str, ...]) -> QueryResults:
    """Return the answers of the questions.

    Raises:
        StorageUnavailable: Athena did not answer one of them.
    """
    answers = library.ask(snapshot_date, questions)
    if answers.silent:
        name, why = min(answers.silent.items())
        raise StorageUnavailable(f"Athena did not run the digest's query {name}: {why}. It is tried again.")
    return answers


def why_partial(row: Mapping[str, object]) -> list[str]:
    """Return why a run is partial, by its row in the ledger; nothing if it is not."""
    reasons = json.loads(str(row.get("reasons") or "{}")).get("partial", [])
    unsaid = ["The run was partial; its report says why."] if row.get("outcome") == "partial" else []
    return [str(each) for each in reasons] or unsaid


def counted(rows: Iterable[Row]) -> Known:
    """Return the totals that the question `known` counted."""
    return Known(**{str(row["counted"]): int(row["number"] or 0) for row in rows})


def of_date(rows: list[Row], snapshot_date: str) -> list[Row]:
    """Return the rows that were found on the date."""
    return [row for row in rows if row["found_on"] == snapshot_date]


def recent(rows: list[Row], snapshot_date: str) -> list[Row]:
    """Return the rows that were found on the date or on one of the `DAYS_BACK` before it."""
    since = (date.fromisoformat(snapshot_date) - timedelta(days=DAYS_BACK)).isoformat()
    return [row for row in rows if since <= str(row["found_on"]) <= snapshot_date]


def cut_dates(rows: list[Row]) -> dict[str, int]:
    """Return the dates of which the question left rows out, each with how many."""
    left: dict[str, int] = {}
    for row in rows:
        found_on = str(row["found_on"])
        left[found_on] = left.get(found_on, int(row["of_date"] or 0)) - 1
    return {found_on: count for found_on, count in left.items() if count > 0}
