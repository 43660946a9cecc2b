"""A rebuild of `state/` adds facts from the published tables; of two of one second the current version is newer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from functions.extract.frontier import document as frontier
from functions.shared.watchlist import Artist, WatchList
from ops.athena import QueryResult
from ops.repair import state
from ops.repair.frontier import forget_entity
from ops.spotify.extraction import Deployed
from ops.stack import Stack
from ops.watch import watchlist
from tests.ops.test_races import Noted

FIRST, LATER = date(2026, 11, 1), date(2026, 11, 20)
OLD = WatchList((Artist("0" * 22),))


def published(monkeypatch: pytest.MonkeyPatch, **rows: list[tuple[object, ...]]) -> None:
    """Let the published tables know these artists and albums with their first dates."""
    asked = {state.PUBLISHED_ARTISTS: rows.get("artists", []), state.PUBLISHED_ALBUMS: rows.get("albums", [])}
    monkeypatch.setattr(state, "ask", lambda _stack, statement: QueryResult([], [], asked[statement], 0, 0.0, "q"))


def test_an_album_was_first_seen_on_the_earlier_date_of_what_raw_and_the_tables_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise it would be news again, or too early in the tables."""
    document: Any = frontier.empty()
    document["albums"] = {"a": {"first_seen": str(FIRST)}, "b": {"first_seen": str(LATER)}}
    document["known"] = {"c": str(FIRST), "d": str(LATER)}
    days = {"a": LATER, "b": FIRST, "c": LATER, "d": FIRST, "e": LATER}
    published(monkeypatch, albums=[*days.items()], artists=[("x", LATER)])
    assert state._add_published(Noted().stack, document) == (1, 1)
    assert {each: seen["first_seen"] for each, seen in document["albums"].items()} == dict.fromkeys("ab", str(FIRST))
    assert document["known"] == {"c": str(FIRST), "d": str(FIRST), "e": str(LATER)}
    assert {each["complete"] for each in document["artists"]["x"]["listings"].values()} == {str(LATER)}


@pytest.mark.parametrize(("etag", "saved"), [("there", []), (None, [(OLD, None)])])
def test_a_watch_list_that_is_there_is_not_replaced_by_the_one_in_raw(
    monkeypatch: pytest.MonkeyPatch, etag: str | None, saved: list[object]
) -> None:
    """A missing one is written if it is still missing."""
    done: list[object] = []
    published(monkeypatch, artists=[("x", LATER)])
    for module, name, found in (
        (state, "nobody_extracts", lambda _: None),
        (Stack, "raw", lambda _: None),
        (Deployed, "of", lambda _: SimpleNamespace(config=SimpleNamespace(refresh_days=21))),
        (state, "catch_up", lambda *_: []),
        (state, "remembered_watchlist", lambda *_: (OLD, str(LATER))),
        (state, "frontier_of", lambda _: SimpleNamespace(update=lambda _: None)),
        (watchlist, "load", lambda _: (WatchList(), etag)),
        (watchlist, "save", lambda _stack, followed, condition: done.append((followed, condition))),
    ):
        monkeypatch.setattr(module, name, found)
    assert state.rebuild(Noted().stack).watchlist is (etag is None)
    assert done == saved


@pytest.mark.parametrize("last", [True, False])
def test_of_two_versions_of_one_second_the_current_one_is_the_newer(*, last: bool) -> None:
    """S3's times are whole seconds."""
    versions = [
        {"VersionId": name, "LastModified": datetime(2026, 11, 23, tzinfo=UTC), "Size": 5, "IsLatest": name == "now"}
        for name in (("before", "now") if last else ("now", "before"))
    ]
    found = state.history(Noted(list_object_versions={"Versions": versions}).stack)
    assert [each.version_id for each in found if each.name == "quota"] == ["now", "before"]


def test_what_is_known_of_listings_stays_when_an_artist_is_forgotten() -> None:
    """Since when a listing is complete, was looked for, and who named it: else all of it would be news."""
    document: Any = frontier.empty()
    kept = {"complete": "2026-11-01", "listed": "2026-11-02", "heard": "2026-11-03"}
    document["artists"]["a"] = {
        "first_seen": "2026-11-01",
        "at": "2026-11-04",
        "listings": {"album": {**kept, "at": "x"}},
    }
    document["albums"]["a"] = {"first_seen": "2026-11-01", "via": [], **kept, "at": "2026-11-04"}
    assert forget_entity(document, "a") == 3
    assert document["artists"]["a"]["listings"]["album"] == kept
    assert document["albums"]["a"].items() >= kept.items()
