"""An album that is read around its release is requested once more some days later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.extract.frontier.document import Document, empty
from functions.extract.frontier.schedule import after_release
from functions.extract.frontier.worklist import WorkList
from functions.shared.watchlist import Artist, WatchList
from tests.functions.extract.frontier.test_baseline import API, ONE, applied, listing
from tests.functions.extract.test_run import CONFIG

DAY, NEW, OLD = "2026-11-24", f"{20:022d}", f"{21:022d}"
DAYS = [f"2026-11-{day}" for day in range(25, 31)]


def album(of: str, release_date: object, status: int = 200) -> Any:
    """Return the response to a request for an album."""
    body = {"id": of, "release_date": release_date, "tracks": {"items": [], "next": None, "total": 0}}
    url = f"{API}/albums/{of}?market=US"
    return {"fetched_at": "x", "first_seen": None, "url": url, "status": status, "etag": None,
            "body": body if status == 200 else None}  # fmt: skip


def requested(document: Document, day: str) -> list[str]:
    """Return the albums that are due on a day, in order."""
    watchlist = WatchList((Artist(ONE, None),), ())
    return [each for request in WorkList(watchlist, CONFIG, day).albums(document) for each in request.endpoint.ids]


def read_on(day: str, *responses: Any) -> Document:
    return applied(empty(), day, listing(ONE, [NEW, OLD]), *responses)


@pytest.mark.parametrize("status", [200, 304])
def test_an_album_read_around_its_release_is_requested_once_more_three_days_after_it(status: int) -> None:
    document = read_on(DAY, album(NEW, "2026-11-25"), album(OLD, "2025-03-01"))
    due = [day for day in DAYS if requested(document, day)]
    assert due == ["2026-11-28", "2026-11-29", "2026-11-30"]
    assert requested(document, "2026-11-28") == [NEW]
    applied(document, "2026-11-28", album(NEW, "2026-11-25", status))
    assert not [day for day in DAYS if requested(document, day)]
    assert "again" not in document["albums"][NEW]


def test_a_response_without_a_body_before_that_day_leaves_it_due() -> None:
    document = read_on(DAY, album(NEW, "2026-11-25"), album(OLD, "2025-03-01"))
    applied(document, "2026-11-26", album(NEW, None, 304))
    assert requested(document, "2026-11-28") == [NEW]


def test_what_expires_since_the_retention_was_lowered_is_requested_at_once_and_in_full() -> None:
    """It has been unchanged for twenty days: its last row is of the first one, and its next request is weeks away."""
    watchlist = WatchList((Artist(ONE, None),), ())
    document = read_on("2026-11-01", album(OLD, "2025-03-01"), album(NEW, "2025-03-01"))
    for each in (OLD, NEW):
        document["albums"][each]["etag"] = "tag"
    applied(document, "2026-11-21", album(OLD, None, 304), album(NEW, "2025-03-01"))

    def due(day: str, retention_days: int) -> list[tuple[tuple[str, ...], str | None]]:
        config = replace(CONFIG, refresh_days=9, retention_days=retention_days)
        return [(each.endpoint.ids, each.etag) for each in WorkList(watchlist, config, day).albums(document)]

    assert due("2026-11-22", 60) == due("2026-11-22", 22) == []
    assert due("2026-11-22", 21) == due("2026-11-22", 10) == [((OLD,), None)]
    applied(document, "2026-11-22", album(OLD, "2025-03-01"))
    assert due("2026-11-22", 10) == []


def test_it_comes_before_the_baseline_and_before_what_is_old_and_after_what_is_news() -> None:
    unread, news = f"{22:022d}", f"{23:022d}"
    document = read_on("2026-11-01", album(OLD, "2025-03-01"), album(NEW, "2026-11-01"), listing(ONE, [unread]))
    document["albums"][unread]["baseline"] = True
    applied(document, "2026-11-24", listing(ONE, [news]))
    assert document["albums"][news]["baseline"] is False
    assert requested(document, "2026-11-24") == [news, NEW, unread, OLD]


@pytest.mark.parametrize(
    ("release_date", "again"),
    [
        ("2026-11-24", "2026-11-27"),
        ("2026-11-22", "2026-11-25"),
        ("2026-11-21", None),
        ("2027-02-28", "2027-03-03"),
        ("2026-11", None),
        ("2026", None),
        ("2026-11-00", None),
        ("0000-00-00", None),
        ("9999-12-31", None),
        ("2036-11-24", None),
        ("20261124", None),
        ("2026-W48-2", None),
        ("", None),
        (None, None),
        (20261124, None),
    ],
)
def test_only_a_release_of_these_days_counts(release_date: object, again: str | None) -> None:
    assert after_release(release_date, DAY) == again
