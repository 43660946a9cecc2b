"""The figures of the page: lists, counts and charts from the query results."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from functions.report import charts, links

if TYPE_CHECKING:
    from functions.report.charts import Chart
    from functions.shared.athena import QueryResults, Row, Value
    from functions.shared.events import Gate

KINDS = {"album": "albums", "single": "singles", "compilation": "compilations"}
MOST_ARTISTS = 14
DAYS, MONTHS = 30, 24
ALL_YEARS = 60  # with more labels than this, the chart begins later

DayState = Literal["published", "partial", "failed", "missing"]


@dataclass(frozen=True)
class Track:
    """A track of a new album."""

    name: str
    milliseconds: int | None
    explicit: bool
    link: str | None


@dataclass(frozen=True)
class Album:
    """An album that is reported as new on the date, with as many of its tracks as fit."""

    name: str
    artists: str
    kind: str
    released: str
    total_tracks: int | None
    link: str | None
    tracks: list[Track]


@dataclass(frozen=True)
class Change:
    """A track added to a known album, a change or a removal. `field`, `old` and `new` describe a change."""

    entity: str
    name: str
    album: str | None
    link: str | None
    field: str | None
    old: str | None
    new: str | None


@dataclass(frozen=True)
class DayFigures:
    """One of the last thirty dates: what is published of it, its runs, and the last of them."""

    day: str
    state: DayState
    runs: int
    seconds: float | None
    calls: int
    rows: int


def total(rows: list[Row]) -> int:
    """Return the total number; the rows may be only the first of them."""
    return int(rows[0]["total"] or 0) if rows else 0


def new_albums(answers: QueryResults) -> list[Album]:
    """Return the albums that are reported as new on the date."""
    tracks: defaultdict[Value, list[Track]] = defaultdict(list)
    for row in answers.of("new_tracks"):
        milliseconds = row["duration_ms"]
        track = Track(
            text(row["name"]),
            int(milliseconds) if milliseconds is not None else None,
            bool(row["explicit"]),
            links.safe(row["spotify_url"]),
        )
        tracks[row["album_id"]].append(track)
    return [
        Album(
            name=text(row["name"]),
            artists=text(row["artists"]),
            kind=text(row["album_type"]),
            released=text(row["release_date"]),
            total_tracks=int(row["total_tracks"]) if row["total_tracks"] is not None else None,
            link=links.safe(row["spotify_url"]),
            tracks=tracks[row["album_id"]],
        )
        for row in answers.of("new_albums")
    ]


def changes(answers: QueryResults, kind: Literal["added", "changed", "removed"]) -> tuple[list[Change], int]:
    """Return what was added to known albums, changed or removed, and the total number of it."""
    rows = [row for row in answers.of("changes") if row["change"] == kind]
    found = [
        Change(
            entity=text(row["entity"]),
            name=text(row["name"]),
            album=_or_none(row["album"]),
            link=links.to(row["entity"], row["entity_id"]),
            field=_or_none(row["field"]),
            old=_readable(row["field"], row["old_value"]),
            new=_readable(row["field"], row["new_value"]),
        )
        for row in rows
    ]
    return found, total(rows)


def _readable(field: Value, value: Value) -> str | None:
    """Return a field's value as a person reads it: a duration in minutes and seconds, to a tenth of a second."""
    if field == "duration_ms" and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        minutes, tenths = divmod(int(value) // 100, 600)
        return f"{minutes}:{tenths // 10:02d}.{tenths % 10}"
    return _or_none(value)


def gate_groups(gates: list[Gate]) -> dict[str, list[Gate]]:
    """Return the gates in three groups: failed, skipped since they could not be judged, passed."""
    groups: dict[str, list[Gate]] = {"failed": [], "skipped": [], "passed": []}
    for gate in gates:
        judged = gate.get("judged", True)
        groups["failed" if gate["passed"] != "true" else "passed" if judged else "skipped"].append(gate)
    return groups


def earlier_run(answers: QueryResults, snapshot_date: str | None) -> tuple[str, str] | None:
    """Return the run id and the date of the last date published before this one, or None."""
    found = [
        (text(row["snapshot_date"]), text(row["run_id"]))
        for row in answers.of("days")
        if row["published"] and snapshot_date and text(row["snapshot_date"]) < snapshot_date
    ]
    date_before, run_id = max(found, default=("", ""))
    return (run_id, date_before) if found else None


def days(answers: QueryResults, last: str) -> list[DayFigures]:
    """Return the thirty dates that end with `last`, oldest first."""
    runs: defaultdict[str, list[Row]] = defaultdict(list)
    for row in answers.of("days"):
        runs[text(row["snapshot_date"])].append(row)
    end = date.fromisoformat(last)
    wanted = [(end - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]
    return [_day(each, runs[each]) for each in wanted]


def _day(day: str, runs: list[Row]) -> DayFigures:
    shown = next((run for run in runs if run["published"]), None)
    state: DayState = "missing"
    if shown:
        state = "partial" if shown["outcome"] == "partial" else "published"
    elif any(run["outcome"] == "failed" for run in runs):
        state = "failed"
    told = shown or (runs[-1] if runs else None)
    milliseconds = told["milliseconds"] if told else None
    seconds = float(milliseconds) / 1000 if milliseconds is not None else None
    rows = int(told["rows_written"] or 0) if told else 0
    return DayFigures(day, state, len(runs), seconds, sum(int(run["calls"] or 0) for run in runs), rows)


def catalogue_charts(answers: QueryResults, last: str | None) -> list[Chart]:
    """Return the charts of the known catalog, by month up to `last`; none if nothing is known."""
    rows = answers.of("catalogue")
    by_month = _by_month(rows, last) if last else None
    return [chart for chart in (_by_year(rows), by_month, _by_artist(rows), _by_length(rows)) if chart]


def known(answers: QueryResults) -> dict[str, int]:
    """Return how many artists, albums and tracks are known now."""
    count: Counter[str] = Counter()
    for row in answers.of("catalogue"):
        what = {"known": "artists", "year": "albums", "minutes": "tracks"}.get(text(row["counted"]))
        if what:
            count[what] += int(row["number"] or 0)
    return {what: count[what] for what in ("artists", "albums", "tracks") if count[what]}


def day_charts(shown: list[DayFigures]) -> list[Chart]:
    """Return the charts of the last thirty dates; none if there was no run."""
    if not any(day.runs for day in shown):
        return []
    labels = [day.day[5:] for day in shown]
    seconds = {"seconds": [round(day.seconds, 1) if day.seconds is not None else None for day in shown]}
    return [
        charts.bars("Requests to Spotify, by date", "date", labels, {"calls": [day.calls for day in shown]}, every=7),
        charts.bars("Seconds a run took, by date", "date", labels, seconds, every=7),
        charts.bars("Rows written, by date", "date", labels, {"rows": [day.rows for day in shown]}, every=7),
    ]


def _by_year(rows: list[Row]) -> Chart | None:
    of_years = [row for row in rows if row["counted"] == "year"]
    if not of_years:
        return None
    years = [int(text(row["label"])) for row in of_years]
    first = max(min(years), max(years) - ALL_YEARS + 1)
    labels = [str(year) for year in range(first, max(years) + 1)]
    every = 10 if len(labels) > 25 else 5 if len(labels) > 12 else 1
    first_labelled = next((at for at, label in enumerate(labels) if int(label) % every == 0), 0)
    return charts.bars(
        "Releases, by year", "year", labels, _stacked(of_years, labels), every=every, first=first_labelled
    )


def _by_month(rows: list[Row], last: str) -> Chart | None:
    of_months = [row for row in rows if row["counted"] == "month"]
    if not of_months:
        return None
    end = date.fromisoformat(last)
    months = [divmod(end.year * 12 + end.month - 1 - back, 12) for back in reversed(range(MONTHS))]
    labels = [f"{year}-{month + 1:02d}" for year, month in months]
    title = f"Releases, the last {MONTHS} months"
    return charts.bars(title, "month", labels, _stacked(of_months, labels), every=6, first=(MONTHS - 1) % 6)


def _by_artist(rows: list[Row]) -> Chart | None:
    of_artists = [row for row in rows if row["counted"] == "artist"]
    count: Counter[str] = Counter()
    for row in of_artists:
        count[text(row["label"])] += int(row["number"] or 0)
    labels = [name for name, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))[:MOST_ARTISTS]]
    title = (
        "Releases, by artist" if len(count) <= MOST_ARTISTS else f"Releases, by artist: the {MOST_ARTISTS} with most"
    )
    return charts.rows(title, "artist", labels, _stacked(of_artists, labels)) if labels else None


def _by_length(rows: list[Row]) -> Chart | None:
    count = {int(text(row["label"])): int(row["number"] or 0) for row in rows if row["counted"] == "minutes"}
    if not count:
        return None
    labels = [f"{minute}" if minute < 10 else "10+" for minute in range(11)]
    return charts.bars("Tracks, by minutes", "minutes", labels, {"tracks": [count.get(each, 0) for each in range(11)]})


def _stacked(rows: list[Row], labels: list[str]) -> dict[str, list[float | None]]:
    """Return a series for each kind of release that occurs, always in the same order."""
    count: Counter[tuple[str, str]] = Counter()
    for row in rows:
        count[KINDS.get(text(row["kind"]), "others"), text(row["label"])] += int(row["number"] or 0)
    present = {kind for kind, _ in count}
    return {kind: [count[kind, label] for label in labels] for kind in (*KINDS.values(), "others") if kind in present}


def text(value: Value) -> str:
    """Return a value as text; a missing value is empty."""
    return "" if value is None else str(value)


def _or_none(value: Value) -> str | None:
    return None if value is None else str(value)
