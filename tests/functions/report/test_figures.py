"""The page shows a limited number of dates, months, years and artists, and of characters per text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from functions.report.figures import catalogue_charts, day_charts, days, earlier_run, known
from functions.report.page import price, short
from functions.report.timeline import lanes
from functions.shared.athena import QueryResults
from functions.shared.state_visits import StateVisit
from tests.functions.report.reports import BEGAN, visits

if TYPE_CHECKING:
    from functions.report.charts import Chart
    from functions.shared.athena import Row

DAY = "2026-11-24"


def counted(what: str, *labels: object) -> list[Row]:
    """Return the rows of the question about the catalogue: one thing for each label."""
    return [{"counted": what, "label": str(each), "kind": "album", "number": 1} for each in labels]


def chart(title: str, rows: list[Row]) -> Chart:
    found = catalogue_charts(QueryResults({"catalogue": rows}), DAY)
    return next(each for each in found if each.title.startswith(title))


def run_of(snapshot_date: str, run_id: str, *, published: bool = True) -> Row:
    return {
        "snapshot_date": snapshot_date, "run_id": run_id, "published": published, "outcome": "published",
        "milliseconds": 1, "rows_written": 1, "calls": 1,
    }  # fmt: skip


def test_thirty_dates_are_shown_and_the_last_is_the_runs_own() -> None:
    shown = [each.day for each in days(QueryResults({"days": []}), DAY)]
    assert (len(shown), shown[0], shown[-1]) == (30, "2026-10-26", DAY)


def test_the_months_end_with_the_runs_own_and_are_twenty_four() -> None:
    rows = chart("Releases, the last", counted("month", "2026-11")).rows
    assert (len(rows), rows[0][0], rows[-1]) == (24, "2024-12", ["2026-11", 1])


@pytest.mark.parametrize(("first", "shown"), [(1970, 57), (1967, 60), (1966, 60), (1900, 60)])
def test_years_are_shown_from_the_first_or_the_last_sixty(first: int, shown: int) -> None:
    rows = chart("Releases, by year", counted("year", first, 2026)).rows
    assert (len(rows), rows[-1][0]) == (shown, "2026")
    assert rows[0][0] == str(max(first, 1967))


def test_tracks_are_counted_by_minutes_and_from_ten_on_together() -> None:
    rows = chart("Tracks, by minutes", counted("minutes", 0, 9, 10)).rows
    assert [row for row in rows if row[1]] == [["0", 1], ["9", 1], ["10+", 1]]


def test_dates_without_a_run_have_no_charts() -> None:
    assert day_charts(days(QueryResults({"days": []}), DAY)) == []
    assert len(day_charts(days(QueryResults({"days": [run_of(DAY, "own")]}), DAY))) == 3


@pytest.mark.parametrize(
    ("artists", "title"), [(14, "Releases, by artist"), (15, "Releases, by artist: the 14 with most")]
)
def test_fourteen_artists_are_shown_those_with_most_first_then_by_name(artists: int, title: str) -> None:
    names = [f"artist {number:02d}" for number in range(artists)]
    drawn = chart("Releases, by artist", counted("artist", *reversed(names), names[-1]))
    assert drawn.title == title
    assert [row[0] for row in drawn.rows] == [names[-1], *names[:13]]


def test_the_run_before_is_that_of_the_last_date_before_and_never_the_dates_own() -> None:
    rows = [
        run_of("2026-11-22", "two"), run_of("2026-11-23", "three"), run_of("2026-11-23", "failed", published=False),
        run_of(DAY, "own"), run_of("2026-11-25", "later"),
    ]  # fmt: skip
    assert earlier_run(QueryResults({"days": rows}), DAY) == ("three", "2026-11-23")
    assert earlier_run(QueryResults({"days": rows}), "2026-11-22") is None


@pytest.mark.parametrize(("entered", "bars"), [(60, 60), (61, 1)])
def test_a_state_that_was_entered_very_often_gets_one_bar(entered: int, bars: int) -> None:
    (lane,) = lanes(visits(("Look at the crawler",) * entered), {"Look at the crawler"}, BEGAN)
    assert (lane.visits, len(lane.bars)) == (entered, bars)


def test_a_date_without_a_published_run_tells_of_its_last_run() -> None:
    failed = [run_of(DAY, run_id, published=False) | {"rows_written": rows} for run_id, rows in (("a", 1), ("b", 2))]
    assert days(QueryResults({"days": failed}), DAY)[-1].rows == 2


def test_a_state_that_was_entered_at_the_end_of_the_run_is_drawn_inside_it() -> None:
    end = BEGAN + timedelta(seconds=100)
    found = lanes(
        [StateVisit("First", "Task", BEGAN, left=end), StateVisit("Last", "Succeed", end, left=end)],
        {"First", "Last"},
        end,
    )
    assert [lane.bars for lane in found] == [[(0.0, 100.0)], [(99.6, 0.4)]]


@pytest.mark.parametrize(("usd", "told"), [(0.00001, "$0.00001"), (0.0000099, "under $0.00001"), (0.0, "$0.00000")])
def test_a_price_is_told_to_a_thousandth_of_a_cent(usd: float, told: str) -> None:
    assert price(usd) == told


def test_a_text_of_300_characters_is_shown_whole() -> None:
    assert short("x" * 300) == "x" * 300
    assert short("x" * 301) == "x" * 300 + "…"


def test_what_is_known_is_counted_from_the_rows_that_say_so() -> None:
    rows: list[Row] = [
        {"counted": "known", "label": "x", "kind": None, "number": 2},
        {"counted": "year", "label": "2026", "kind": "album", "number": 3},
        {"counted": "year", "label": "2025", "kind": "album", "number": None},
        {"counted": "month", "label": "2025-01", "kind": "album", "number": 9},
    ]
    assert known(QueryResults({"catalogue": rows})) == {"artists": 2, "albums": 3}


def test_a_state_that_still_runs_lasts_until_now_and_one_that_was_left_no_longer() -> None:
    ten, now = BEGAN + timedelta(seconds=10), BEGAN + timedelta(seconds=20)
    (lane,) = lanes([StateVisit("A", "Task", BEGAN, left=ten), StateVisit("A", "Task", ten)], ["A"], now)
    assert (lane.seconds, lane.bars, lane.lasting) == (20.0, [(0.0, 50.0), (50.0, 50.0)], True)
    (lane,) = lanes([StateVisit("A", "Task", BEGAN, left=ten)] * 61, ["A"], now)
    assert (lane.bars, lane.lasting) == ([(0.0, 100.0)], False)
