"""The results of each saved query and each question of the report and the digest, in their order and range of days."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from infra.rendering.sql import SQL, fill
from tests.sql.lake_of_days import LakeOfDays, album, artist, observation, track

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded
FUNCTIONS = SQL.parent / "functions"
STATEMENTS = {
    f"{path.parts[-3] if path.parent.name == 'questions' else 'saved'}/{path.stem}": path
    for path in sorted([*(SQL / "queries").glob("*.sql"), *FUNCTIONS.glob("*/questions/*.sql")])
}
DAY = "2026-11-02"
TWO_YEARS = date(2024, 11, 2)


def new(number: int, first_seen: str, released: date, **more: Any) -> dict[str, Any]:
    """Return an album that was found on a day, long after its artist's first complete listing."""
    found = date.fromisoformat(first_seen)
    return album(number, first_seen=found, release_date=released, **{"baseline": False, **more})


def run(run_id: str, started: str, seconds: int, **more: Any) -> dict[str, Any]:
    """Return a row of the ledger."""
    began = datetime.fromisoformat(f"{started}+00:00")
    ended = began.replace(second=seconds)
    return {
        "snapshot_date": started[:10], "run_id": run_id, "mode": "daily", "outcome": "published",
        "started_at": f"{began:%FT%TZ}", "finished_at": f"{ended:%FT%TZ}", "requests": {"albums": 2, "search": 3},
        "rows": {"albums": 4, "tracks": 5}, **more,
    }  # fmt: skip


def refused(dataset: str, record_id: str, line: int, *reasons: str) -> dict[str, Any]:
    """Return a rejected record."""
    where = {"source_key": "k", "source_line": line}
    return {"dataset": dataset, "record_id": record_id, "reasons": list(reasons), "record": "{}", **where}


@pytest.fixture(scope="module")
def lake(aws: EmbeddedAws) -> LakeOfDays:
    """Five published days: the first, the 31st and the 30th before the last, the day before it, and the last."""
    made = LakeOfDays(aws)
    followed = [observation("artist", number, "followed") for number in (1, 2, 3)]
    people = [artist(1, name="Zoe"), artist(2, name="Ann"), artist(3, name="Bob")]
    old = album(10, total_tracks=2, baseline=True, release_date=TWO_YEARS - timedelta(days=1))
    both, alone = track(100, 10, duration_ms=65_000), track(101, 10, track_number=2, artist_ids=["x"], duration_ms=None)
    three = track(300, 30, duration_ms=3_605_000, artist_ids=[f"{each:022d}" for each in (1, 2, 3)])
    made.run(
        "2026-10-01",
        "r1",
        artists=people,
        albums=[old],
        tracks=[{**both, "is_playable": True}, alone],
        observations=followed,
    )
    days: dict[str, Any] = {
        "2026-10-03": {"albums": [new(20, "2026-10-03", date(2026, 10, 2))], "tracks": [track(200, 20)]},
        "2026-10-04": {"albums": [new(21, "2026-10-04", date(2026, 9, 19))], "tracks": [track(210, 21)]},
        "2026-11-01": {
            "albums": [new(22, "2026-11-01", date(2026, 10, 18))],
            "tracks": [both, track(220, 22, is_playable=True)],
            "quarantine": [refused("tracks", "w", 1, "a")],
        },
    }
    for number, (day, rows) in enumerate(days.items(), start=2):
        made.run(day, f"r{number}", observations=followed, **rows)
    made.run(
        DAY,
        "r5",
        artists=[artist(1, name="Zoe"), artist(2, name="Ann", popularity=5), artist(3, name="Bob")],
        albums=[
            {**old, "total_tracks": 3, "first_seen": date(2026, 10, 1), "label": "New"},
            new(30, DAY, date(2026, 11, 1), name="B", artist_ids=[f"{2:022d}", f"{1:022d}"]),
            new(33, DAY, date(2026, 11, 1), name="A2"),
            new(31, DAY, TWO_YEARS, name="A", album_type="single"),
            new(32, DAY, date(1999, 1, 1), name="C", release_date_precision="year", album_type="compilation"),
        ],
        tracks=[
            {**both, "first_seen": date(2026, 10, 1), "is_playable": False},
            {**alone, "first_seen": date(2026, 10, 1), "is_playable": False},
            track(102, 10, track_number=3, name="Added"),
            three,
            track(220, 22),  # of a file in the inbox, like 100 the day before: responses that say nothing of playing
            track(310, 31, is_playable=False),
            track(320, 32),
            track(330, 33),
        ],
        observations=[*followed[:2], observation("album", 20, "gone"), observation("album", 21, "gone")],
        quarantine=[
            refused("tracks", "x", 2, "a", "b"),
            refused("albums", "y", 9, "b"),
            refused("albums", "z", 1, "b"),
        ],
    )
    for number, day in enumerate(["2026-10-01", *days, DAY], start=1):
        made.publish(day, f"r{number}")
        row = run(f"r{number}", f"{day}T06:00:00", number, error="E" if number == 5 else None)
        made.lake.put(f"runs/r{number}.json", (json.dumps(row) + "\n").encode())
    for name, mode, at in (("unresolved", None, f"{DAY}T09:00:00"), ("rehearsed", "rehearsal", f"{DAY}T10:00:00")):
        row = run(name, at, 9, mode=mode, snapshot_date=None, outcome="failed")
        made.lake.put(f"runs/{name}.json", (json.dumps(row) + "\n").encode())
    return made


def answer(lake: LakeOfDays, name: str) -> list[str]:
    """Return the rows of a statement, asked for and on the last day: IDs without their zeros, `-` for null."""
    names = {"LakeDatabase": lake.lake.database, "ViewsDatabase": lake.shown.database}
    text = fill(STATEMENTS[name].read_text(), names, name).replace("?", f"'{DAY}'")
    rows = lake.ask(text.replace("current_date", f"DATE '{DAY}'"))
    return [" ".join("-" if cell is None else re.sub("^0{19,}", "", cell) for cell in row) for row in rows]


ANSWERS = {
    "digest/albums": [
        "2026-11-02 released 33 A2 Zoe album 1 2026-11-01 4",
        "2026-11-02 released 30 B Ann, Zoe album 1 2026-11-01 4",
        "2026-11-02 added to Spotify 31 A Zoe single 1 2024-11-02 4",
        "2026-11-02 added to Spotify 32 C Zoe compilation 1 1999 4",
        "2026-11-01 released 22 Album 22 Zoe album 1 2026-10-18 1",
        "2026-10-04 added to Spotify 21 Album 21 Zoe album 1 2026-09-19 1",
    ],
    "digest/changes": [
        "2026-11-02 removed album 20 - Album 20 - 4",
        "2026-11-02 removed album 21 - Album 21 - 4",
        "2026-11-02 added track 102 10 Added - 4",
        "2026-11-02 changed track 100 10 Track 100 false 4",
    ],
    "digest/known": [
        "albums 6",
        "artists 3",
        "followed 2",
        "tracks 8",
    ],
    "digest/latest": ["2026-11-02"],
    "report/catalogue": [
        "artist Ann album 1",
        "artist Zoe album 4",
        "artist Zoe compilation 1",
        "artist Zoe single 1",
        "known artists  3",
        "minutes 0 track 5",
        "minutes 1 track 1",
        "minutes 10 track 1",
        "month 2024-11 single 1",
        "month 2026-10 album 1",
        "month 2026-11 album 2",
        "year 1999 compilation 1",
        "year 2024 album 1",
        "year 2024 single 1",
        "year 2026 album 3",
    ],
    "report/changes": [
        "added track 102 10 Added Album 10 - - - 1",
        "changed album 10 - Album 10 - total_tracks 2 3 4",
        "changed track 100 10 Track 100 Album 10 is_playable - false 4",
        "changed track 101 10 Track 101 Album 10 is_playable - false 4",
        "changed track 220 22 Track 220 Album 22 is_playable true - 4",
        "no longer followed artist 3 - Bob - - - - 1",
        "removed album 20 - Album 20 - - - - 2",
        "removed album 21 - Album 21 - - - - 2",
    ],
    "report/days": [
        "2026-10-04 r3 daily published - 3000 5 9 true",
        "2026-11-01 r4 daily published - 4000 5 9 true",
        "2026-11-02 r5 daily published E 5000 5 9 true",
    ],
    "report/new_albums": [
        "33 A2 Zoe album 2026-11-01 1 - 4",
        "30 B Ann, Zoe album 2026-11-01 1 - 4",
        "31 A Zoe single 2024-11-02 1 - 4",
        "32 C Zoe compilation 1999 1 - 4",
    ],
    "report/new_tracks": [
        "33 Track 330 1000 - - 4",
        "30 Track 300 3605000 - - 4",
        "31 Track 310 1000 - - 4",
        "32 Track 320 1000 - - 4",
    ],
    "report/refused": [
        "albums z b k 1 {} 3",
        "albums y b k 9 {} 3",
        "tracks x a, b k 2 {} 3",
    ],
    "saved/catalogue_by_artist": [
        "Zoe 6 8 2026-11-01 2026-11-02",
        "Ann 1 1 2026-11-01 2026-11-02",
        "Bob 0 - - -",
    ],
    "saved/frequent_collaborators": [
        "1 2 7",
        "1 3 1",
        "2 3 1",
    ],
    "saved/last_runs": [
        "2026-11-02 09:00:00.000 - - failed 9 - -",
        "2026-11-02 06:00:00.000 2026-11-02 daily published 5 E -",
        "2026-11-01 06:00:00.000 2026-11-01 daily published 4 - -",
        "2026-10-04 06:00:00.000 2026-10-04 daily published 3 - -",
        "2026-10-03 06:00:00.000 2026-10-03 daily published 2 - -",
        "2026-10-01 06:00:00.000 2026-10-01 daily published 1 - -",
    ],
    "saved/longest_tracks": [
        "Track 300 B 60:05 -",
        "Track 100 Album 10 1:05 -",
        "Added Album 10 0:01 -",
        "Track 220 Album 22 0:01 -",
        "Track 310 A 0:01 -",
        "Track 320 C 0:01 -",
        "Track 330 A2 0:01 -",
    ],
    "saved/refused_records": [
        "2026-11-02 albums b 2",
        "2026-11-02 tracks a 1",
        "2026-11-02 tracks b 1",
        "2026-11-01 tracks a 1",
    ],
    "saved/releases_by_month": [
        "2026-11-01 2 0 0",
        "2026-10-01 1 0 0",
        "2024-11-01 0 1 0",
    ],
    "saved/unplayable_tracks": [
        "Track 310 A 2026-11-02 -",
        "Track 100 Album 10 2026-11-02 -",
        "Track 101 Album 10 2026-11-02 -",
    ],
    "saved/what_changed": [
        "album Album 10 total_tracks 2 3",
        "track Track 100 is_playable - false",
        "track Track 101 is_playable - false",
        "track Track 220 is_playable true -",
    ],
    "saved/whats_gone": [
        "album Album 20 removed 20 2026-11-02",
        "album Album 21 removed 21 2026-11-02",
        "artist Bob no longer followed 3 2026-11-02",
    ],
    "saved/whats_new": [
        "A2 Zoe album 2026-11-01 1 - released -",
        "B Ann, Zoe album 2026-11-01 1 - released -",
        "A Zoe single 2024-11-02 1 - added to Spotify -",
        "C Zoe compilation 1999-01-01 1 - added to Spotify -",
        "Added - - 2024-11-01 - - added to its album Album 10",
    ],
}
"""Each statement's rows, in its order where it has one."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_answers_for_its_days_and_in_its_order(lake: LakeOfDays, name: str) -> None:
    found = answer(lake, name)
    assert (found if "ORDER BY" in STATEMENTS[name].read_text() else sorted(found)) == ANSWERS[name]


@pytest.mark.parametrize("file", sorted((SQL / "queries").glob("*.sql")), ids=lambda file: file.stem)
def test_a_saved_query_says_what_it_answers(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert (first[:3], first[-1]) == ("-- ", "?")
