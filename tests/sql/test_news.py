"""News: each case of the data dictionary's table, through every view, saved query and question of the report."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from docs.data_dictionary import NEWS_CASES
from functions.shared import keys
from infra.rendering.sql import SQL, fill
from tests.sql.lake_of_days import LakeOfDays, album, an_id, artist, observation, track

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded
QUESTIONS = SQL.parent / "functions" / "report" / "questions"
FOLLOWED = observation("artist", 1, "followed")
Told = set[tuple[str, str, str]]
"""The reported news: the day of the month, the album or album/track, and the kind."""


def day(number: int) -> str:
    return f"2026-11-{number:02d}"


def known(number: int, tracks: int = 1, **more: Any) -> dict[str, Any]:
    """Return a baseline album."""
    return album(number, total_tracks=tracks, baseline=True, first_seen=date(2026, 11, 1), **more)


def new(number: int, first_seen: int, tracks: int = 1, **more: Any) -> dict[str, Any]:
    """Return an album that was found on a day of the month, long after its artist's first complete listing."""
    given = {"release_date": date(2026, 11, first_seen), **more}
    return album(number, total_tracks=tracks, baseline=False, first_seen=date(2026, 11, first_seen), **given)


def tracks(number: int, *places: int) -> list[dict[str, Any]]:
    return [track(100 * number + place, number, track_number=place) for place in places]


@dataclass
class Days:
    """A lake in the making: each day is written and published in turn."""

    lake: LakeOfDays
    runs: list[str] = field(default_factory=list)

    def day(self, number: int, albums: list[Any], of: list[Any], *observed: Any, show: bool = True) -> str:
        """Write a day's run, and publish it; return the run."""
        return self.on(day(number), albums, of, FOLLOWED, *observed, show=show)

    def on(self, date: str, albums: list[Any], of: list[Any], *observed: Any, show: bool = True) -> str:
        """Write a run of any date, and publish it."""
        run = f"{len(self.runs):03d}"
        self.runs.append(run)
        self.lake.run(date, run, artists=[artist(1)], albums=albums, tracks=of, observations=[*observed])
        if show:
            self.show(date, run)
        return run

    def show(self, date: str, run: str) -> None:
        """Publish a run, and write it into the ledger."""
        self.lake.publish(date, run)
        self.ledger(date, run)

    def ledger(self, date: str, run: str) -> None:
        """Write a run that was published into the ledger, which is kept for good."""
        row = {"snapshot_date": date, "run_id": run, "mode": "daily", "outcome": "published"}
        self.lake.lake.put(keys.run_record(run), (json.dumps(row) + "\n").encode())

    def expired(self, *dates: str) -> None:
        """Write runs into the ledger that were published, and have expired; before all others."""
        for number, each in enumerate(dates):
            self.ledger(each, f"!{number:03d}")


def baseline(days: Days) -> None:
    days.day(1, [known(10, 2)], tracks(10, 1, 2))


def case_new_album(days: Days) -> Told:
    """It came out on the day, 14 days before it, or 15."""
    baseline(days)
    released = {20: date(2026, 11, 2), 21: date(2026, 10, 19), 22: date(2026, 10, 18)}
    albums = [new(number, 2, release_date=on) for number, on in released.items()]
    days.day(2, albums, [track for number in released for track in tracks(number, 1)])
    kinds = {20: "released", 21: "released", 22: "added to Spotify"}
    told = {("02", str(number), kind) for number, kind in kinds.items()}
    return told | {("02", f"{number}/{number}01", "with its album") for number in kinds}


def case_seen_late(days: Days) -> Told:
    """The album budget was spent on the day it was found: its row came two days later. It is an old release."""
    baseline(days)
    days.day(2, [], [])
    days.day(4, [new(20, 2, release_date=date(1999, 1, 1))], tracks(20, 1))
    return {("04", "20", "added to Spotify"), ("04", "20/2001", "with its album")}


def case_track_added(days: Days) -> Told:
    baseline(days)
    days.day(5, [known(10, 3)], tracks(10, 1, 2, 3))
    return {("05", "10/1003", "added to its album")}


def case_deluxe(days: Days) -> Told:
    """A second album of the same name: the first one's tracks stay what they are."""
    baseline(days)
    days.day(3, [known(10, 2), new(20, 3, 2, name="Album 10")], [*tracks(10, 1, 2), *tracks(20, 1, 2)])
    return {("03", "20", "released"), *((("03", f"20/200{n}", "with its album")) for n in (1, 2))}


def case_single(days: Days) -> Told:
    baseline(days)
    days.day(2, [new(30, 2, album_type="single")], tracks(30, 1))
    days.day(9, [new(20, 9, 2), new(30, 2, album_type="single")], [*tracks(20, 1, 2), *tracks(30, 1)])
    return {
        ("02", "30", "released"),
        ("02", "30/3001", "with its album"),
        ("09", "20", "released"),
        ("09", "20/2001", "with its album"),
        ("09", "20/2002", "with its album"),
    }


def case_newly_followed(days: Days) -> Told:
    """Fetching the catalogue takes three days, and an album of it arrives page by page."""
    days.day(1, [known(10, 2)], tracks(10, 1, 2))
    days.day(2, [known(11, 3)], tracks(11, 1, 2))
    days.day(3, [known(12)], [*tracks(12, 1), *tracks(11, 3)])
    return set()


def case_retention(days: Days) -> Told:
    """Its rows of August have expired; the frontier kept the date on which it was first seen.

    A file under a date of last year, and a replay of another day of August, are there.
    """
    days.expired("2026-08-02", "2026-08-03", "2026-08-04")
    baseline(days)
    days.on("2025-01-01", [], [])
    days.on("2026-07-01", [known(13)], tracks(13, 1))
    returned = album(40, baseline=True, first_seen=date(2026, 8, 3))
    days.day(2, [returned], tracks(40, 1))
    days.day(3, [new(41, 3) | {"first_seen": date(2026, 8, 4)}], tracks(41, 1))
    days.day(4, [new(42, 4) | {"first_seen": date(2026, 6, 30)}], tracks(42, 1))  # the ledger does not go back so far
    return set()


def case_comes_back(days: Days) -> Told:
    baseline(days)
    days.day(2, [new(20, 2)], tracks(20, 1))
    days.day(3, [], [], observation("album", 20, "gone"))
    days.day(4, [new(20, 2)], tracks(20, 1))
    return {("02", "20", "released"), ("02", "20/2001", "with its album")}


def case_rerun(days: Days) -> Told:
    """Both dates are run again, the later one first: no run is left that is as old as the first run of a date."""
    baseline(days)
    days.day(2, [new(20, 2)], tracks(20, 1))
    days.day(2, [new(20, 2)], tracks(20, 1))
    baseline(days)
    return {("02", "20", "released"), ("02", "20/2001", "with its album")}


def case_partial(days: Days) -> Told:
    """Of three tracks two came on the partial date, and one on the next."""
    baseline(days)
    days.day(2, [new(20, 2, 3)], tracks(20, 1, 2))
    days.day(3, [], tracks(20, 3))
    return {
        ("02", "20", "released"),
        ("02", "20/2001", "with its album"),
        ("02", "20/2002", "with its album"),
        ("03", "20/2003", "with its album"),
    }


def case_unpublished(days: Days) -> Told:
    """Between the two, none of its news is reported."""
    baseline(days)
    run = days.day(2, [new(20, 2)], tracks(20, 1), show=False)
    days.day(3, [], [])
    assert told(days.lake) == set()
    days.show(day(2), run)
    return {("02", "20", "released"), ("02", "20/2001", "with its album")}


def case_never_published(days: Days) -> Told:
    baseline(days)
    days.day(2, [new(20, 2)], tracks(20, 1), show=False)
    days.day(9, [new(20, 2)], tracks(20, 1))
    return {("09", "20", "released"), ("09", "20/2001", "with its album")}


def of_file(number: int, artists: list[int], tracks: int = 1, **more: Any) -> dict[str, Any]:
    """Return an album of a file in the inbox, which does not say whether it is new; it came out in 2020."""
    return album(number, total_tracks=tracks, artist_ids=[an_id(each) for each in artists], **more)


def case_files(days: Days) -> Told:
    """Of the artists, 1 is followed: of two old albums that a file names, a listing finds one to be new later.

    6 is followed from the date on which a file names a second album of it: the listings decide from then on.

    7 is not followed. 9 is first named on the oldest date. 8 was on an album of 1's before a file named one.
    """
    days.day(1, [known(10), of_file(60, [9], release_date=date(2026, 10, 31))], [*tracks(10, 1), *tracks(60, 1)])
    latest, before = date(2026, 10, 19), date(2026, 10, 18)  # 14 days before, and 15
    albums = [of_file(50, [1, 7], release_date=before), of_file(51, [1], release_date=latest)]
    albums += [of_file(52, [1]), of_file(70, [7]), of_file(65, [6])]
    days.day(2, albums, [track for each in (50, 51, 52, 70, 65) for track in tracks(each, 1)])
    named = [of_file(71, [7]), of_file(72, [7, 1]), of_file(60, [9]), of_file(66, [6])]
    days.day(
        3, named, [track for each in (71, 72, 66) for track in tracks(each, 1)], observation("artist", 6, "followed")
    )
    days.day(
        4,
        [new(52, 4, release_date=date(2020, 1, 1), artist_ids=[an_id(1), an_id(8)]), new(51, 4)],
        [*tracks(51, 1), *tracks(52, 1)],
    )
    days.day(5, [known(53), known(71), of_file(80, [8])], [*tracks(53, 1), *tracks(80, 1)])
    return {
        ("02", "51", "released"),
        ("02", "51/5101", "with its album"),
        ("04", "52", "added to Spotify"),
        ("04", "52/5201", "with its album"),
    }


def case_of_files_only(days: Days) -> Told:
    """Nobody is followed: each file holds an artist's whole catalogue, and the file before the first has expired."""
    days.expired(day(1))
    days.on("2025-01-01", [of_file(90, [9])], tracks(90, 1))
    first = [of_file(30, [3], release_date=date(2026, 11, 1)), of_file(31, [3])]
    days.on(day(2), first, [*tracks(30, 1), *tracks(31, 1)])
    second = [*first, of_file(32, [3]), of_file(33, [3], release_date=date(2026, 11, 3)), of_file(41, [4])]
    days.on(day(3), second, [track for each in (30, 31, 32, 33, 41) for track in tracks(each, 1)])
    days.on(day(4), [*second, of_file(42, [4], first_seen=date(2026, 11, 3))], tracks(42, 1))
    return {
        ("03", "32", "added to Spotify"),
        ("03", "32/3201", "with its album"),
        ("03", "33", "released"),
        ("03", "33/3301", "with its album"),
    }


CASES: dict[str, Callable[[Days], Told]] = {
    "a new album": case_new_album,
    "an album first seen late": case_seen_late,
    "a track added to a known album": case_track_added,
    "a deluxe edition": case_deluxe,
    "a single that becomes part of an album": case_single,
    "a newly followed artist": case_newly_followed,
    "an album that returns after retention": case_retention,
    "an album or track that is withdrawn and comes back": case_comes_back,
    "a date that is run again": case_rerun,
    "a partial date that the next one completes": case_partial,
    "a date that is unpublished and published again": case_unpublished,
    "an album of a date that was never published": case_never_published,
    "an album that only a file in the inbox names": case_files,
    "a lake that is filled by files only": case_of_files_only,
}
OFTEN = {case_track_added, case_files}
"""The cases of `make test`, with every kind of news, and with dates that have none; the others are slow."""


def short(identity: str | None) -> str:
    return (identity or "").lstrip("0")


def told(lake: LakeOfDays) -> Told:
    """Return what the view `news` tells."""
    return as_told(lake.ask("SELECT reported_on, album_id, entity_id, kind FROM news"))


def as_told(rows: list[list[str | None]]) -> Told:
    """Return rows of a date, an album, an entity and a kind, in short."""
    return {
        ((on or "")[-2:], "/".join(filter(None, (short(of), short(identity)))), kind or "")
        for on, of, identity, kind in rows
    }


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name, marks=[] if case in OFTEN else pytest.mark.slow) for name, case in CASES.items()],
)
def test_each_case_is_told_once_and_the_same_everywhere(aws: EmbeddedAws, case: Callable[[Days], Told]) -> None:
    days = Days(LakeOfDays.empty(aws))
    expected = case(days)
    assert told(days.lake) == expected
    check_changes(days.lake, expected)
    check_releases(days.lake, expected)
    for on in sorted({on for on, _, _ in expected} | {"01"}):
        check_report(days.lake, on, expected)


def check_changes(lake: LakeOfDays, expected: Told) -> None:
    """Assert that exactly the news were added, and that nothing from before is reported as gone."""
    rows = lake.ask(
        "SELECT snapshot_date, album_id, entity_id, kind FROM catalogue_changes "
        "WHERE change = 'added' AND entity <> 'artist'"
    )
    assert as_told(rows) == expected
    assert len(rows) == len(expected)
    gone = lake.ask("SELECT change, entity FROM catalogue_changes WHERE change IN ('removed', 'returned') ORDER BY 1")
    assert gone in ([], [["removed", "album"], ["returned", "album"]])


def check_releases(lake: LakeOfDays, expected: Told) -> None:
    """Assert that the albums are in `new_releases`, and in the saved query those of the latest date."""
    albums = {(on, of, kind) for on, of, kind in expected if "/" not in of}
    rows = lake.ask("SELECT reported_on, album_id, kind FROM new_releases")
    assert {((on or "")[-2:], short(of), kind or "") for on, of, kind in rows} == albums
    (latest,) = lake.ask("SELECT max(snapshot_date) FROM observations")
    names = {"LakeDatabase": lake.lake.database, "ViewsDatabase": lake.shown.database}
    file = SQL / "queries" / "whats_new.sql"
    listed = lake.ask(fill(file.read_text(), names, file.name))
    of_latest = [(of, kind) for on, of, kind in expected if on == (latest[0] or "")[-2:] and kind != "with its album"]
    assert sorted(row[6] or "" for row in listed) == sorted(kind for _, kind in of_latest)


def check_report(lake: LakeOfDays, on: str, expected: Told) -> None:
    """Assert what the report of a date lists: its albums, their tracks, and other tracks that were added."""

    def asked(name: str) -> list[list[str | None]]:
        text = (QUESTIONS / f"{name}.sql").read_text().replace("?", f"'2026-11-{on}'")
        return lake.ask(text)

    mine = {(of, kind) for told_on, of, kind in expected if told_on == on}
    albums = {of for of, _ in mine if "/" not in of}
    assert {short(row[0]) for row in asked("new_albums")} == albums
    with_albums = {of for of, kind in mine if kind == "with its album" and of.split("/")[0] in albums}
    assert with_albums <= {f"{short(row[0])}/{short(row[0])}0{(row[1] or '')[-1]}" for row in asked("new_tracks")}
    added = {f"{short(row[3])}/{short(row[2])}" for row in asked("changes") if row[0] == "added" and row[1] != "artist"}
    assert added == {of for of, kind in mine if kind == "added to its album"}


def test_the_data_dictionary_has_each_case_and_no_other() -> None:
    assert [*NEWS_CASES] == [*CASES]
