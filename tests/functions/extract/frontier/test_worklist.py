"""The requests of a day: their order, which of them send an ETag, and which wait for another day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.api.endpoint import KINDS
from functions.extract.api.request import page
from functions.extract.frontier.document import empty, search_key
from functions.extract.frontier.ranks import by_age, is_back
from functions.extract.frontier.worklist import PHASES, WorkList, next_request
from functions.shared.watchlist import Artist, Search, WatchList
from tests.functions.extract.test_run import CONFIG

if TYPE_CHECKING:
    from functions.extract.api.request import Request
    from functions.extract.frontier.document import AlbumSeen, Document

TODAY = "2026-11-23"
ARTISTS = tuple(f"{number:022d}" for number in range(1, 5))
ALBUMS = tuple(f"{number:022d}" for number in range(11, 15))
BOTH = ("album", "single")


def before(days: int) -> str:
    return (date.fromisoformat(TODAY) - timedelta(days=days)).isoformat()


def listed(artist: str, name: str = "album", offset: int = 0) -> str:
    return f"/artists/{artist}/albums?include_groups={name}&limit=10&offset={offset}&market=US"


def known(**at: str) -> Document:
    """Return a frontier whose artists' listings were read to their end long ago, and requested last on these days."""
    document = empty()
    for artist in ARTISTS:
        last = at.get(artist[-1], before(1))
        listing: Any = {"at": last, "walked": before(1), "complete": before(40), "full": before(1), "etag": '"x"'}
        document["artists"][artist] = {"first_seen": before(40), "at": before(1)}
        document["artists"][artist]["listings"] = {name: dict(listing) for name in BOTH}  # type: ignore[misc]
    return document


def work(*searches: str, budgets: dict[str, int] | None = None, named: bool = False) -> WorkList:
    artists = tuple(Artist(each, f"Artist {each[-1]}" if named else None) for each in ARTISTS)
    config = replace(CONFIG, budgets=CONFIG.budgets | (budgets or {}))  # type: ignore[arg-type]  # quota groups
    return WorkList(WatchList(artists, tuple(Search(each, each) for each in searches)), config, TODAY)


def due(phase: str, document: Document, *searches: str, **more: Any) -> list[Request]:
    return work(*searches, **more).due(phase, document)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_request_is_made_in_a_phase(kind: str) -> None:
    document = known(**{"1": before(9)})
    document["albums"][ALBUMS[0]] = {
        "first_seen": before(1),
        "via": [ARTISTS[0]],
        "next": f"/albums/{ALBUMS[0]}/tracks",
    }
    document["tracks"]["1" * 22] = {"first_seen": before(1), "album": ALBUMS[0]}
    wanted = work("tag:new", budgets={"artist_albums": 2}, named=True)
    worklist = replace(wanted, config=wanted.config.corrected("extended"))
    assert kind in {request.endpoint.kind for phase in PHASES for request in worklist.due(phase, document)}


@pytest.mark.parametrize(
    ("search_budget", "searched_today", "searches"),
    [(7, 0, 3), (5, 0, 2), (4, 1, 1), (2, 0, 1), (2, 1, 0), (100, 0, 3)],
)
def test_half_of_the_searches_look_for_news_of_artists_that_have_to_wait(
    search_budget: int, searched_today: int, searches: int
) -> None:
    """Of eight listings two have their turn today, both of one artist; three artists wait."""
    document = known(**{"1": before(9), "2": before(3), "3": before(2), "4": before(3)})
    queries = [work(named=True).artist_queries[artist] for artist in ARTISTS]
    for query in queries[4 - searched_today :]:
        document["searches"][search_key(query)] = {"at": TODAY}
    found = due("artist searches", document, budgets={"artist_albums": 2, "search": search_budget}, named=True)
    assert len(found) == searches
    assert queries[0] not in {each.endpoint.id for each in found}
    assert due("artist searches", document, budgets={"artist_albums": 8, "search": 100}, named=True) == []


def test_of_the_artists_that_wait_the_longest_waiting_is_searched_first() -> None:
    document = known(**{"1": before(9), "2": before(3), "3": before(2), "4": before(5)})
    document["searches"][search_key('tag:new artist:"Artist 4"')] = {"at": before(1)}
    found = due("artist searches", document, budgets={"artist_albums": 2, "search": 20}, named=True)
    assert [each.endpoint.id[-2:-1] for each in found] == ["2", "3", "4"]


def test_an_artist_that_is_gone_is_not_searched_for() -> None:
    document = known(**{"1": before(9), "2": before(3), "3": before(2), "4": before(5)})
    document["artists"][ARTISTS[3]]["gone"] = before(5)
    found = due("artist searches", document, budgets={"artist_albums": 2, "search": 20}, named=True)
    assert [each.endpoint.id[-2:-1] for each in found] == ["2", "3"]


@pytest.mark.parametrize(("at", "asked"), [(before(1), 1), (TODAY, 0)])
def test_a_saved_search_is_made_once_a_day(at: str, asked: int) -> None:
    document = empty()
    document["searches"][search_key("tag:new")] = {"at": at}
    assert len(due("searches", document, "tag:new")) == asked


def test_a_listing_has_its_turn_once_a_day_and_the_one_heard_of_comes_first() -> None:
    document = known(**{"1": TODAY, "2": before(1), "3": before(4), "4": before(1)})
    document["artists"][ARTISTS[3]]["listings"]["single"]["heard"] = TODAY
    document["artists"][ARTISTS[1]]["listings"]["single"]["heard"] = before(1)  # and requested since
    asked = [(each.endpoint.id, each.endpoint.listing) for each in due("incremental listings", document)]
    assert asked[:3] == [(ARTISTS[3], "single"), (ARTISTS[2], "album"), (ARTISTS[2], "single")]
    assert ARTISTS[0] not in dict(asked)
    assert len(asked) == 6


def test_full_listings_go_on_after_todays_incremental_one_the_longest_waiting_first() -> None:
    document = known(**dict.fromkeys("1234", TODAY))
    for number, (artist, walked) in enumerate(zip(ARTISTS, (9, 30, 20, 40), strict=True)):
        listing = document["artists"][artist]["listings"]["album"]
        listing["walked"], listing["rest"], listing["paged"] = before(walked), listed(artist, offset=10), TODAY
        if number == 3:
            listing["at"] = before(1)
    asked = due("full listings", document)
    assert [each.endpoint.id for each in asked] == [ARTISTS[1], ARTISTS[2], ARTISTS[0]]


@pytest.mark.parametrize(("paged", "offset"), [(TODAY, 30), (before(1), 20)])
def test_a_listing_that_is_continued_on_a_later_day_goes_one_page_back(paged: str, offset: int) -> None:
    document = known()
    document["artists"][ARTISTS[0]]["listings"]["album"] |= {"next": listed(ARTISTS[0], offset=30), "paged": paged}
    asked = {(each.endpoint.id, each.endpoint.listing): each for each in due("incremental listings", document)}
    assert asked[ARTISTS[0], "album"].endpoint.offset == offset


def etag_of(document: Document) -> str | None:
    asked = {(each.endpoint.id, each.endpoint.listing): each for each in due("incremental listings", document)}
    return asked[ARTISTS[0], "album"].etag


def test_an_etag_is_sent_but_where_the_body_is_wanted() -> None:
    document = known()
    listing = document["artists"][ARTISTS[0]]["listings"]["album"]
    assert etag_of(document) == '"x"'
    listing["full"] = before(9)  # with refresh_days 21 and retention_days 30 it would expire before the next
    assert etag_of(document) is None
    listing["full"], listing["walked"] = before(1), before(22)  # a full listing is due
    assert etag_of(document) is None
    listing["rest"] = listed(ARTISTS[0], offset=10)  # and goes on there
    assert etag_of(document) == '"x"'
    document["albums"][ALBUMS[0]] = {"first_seen": before(40), "via": [ARTISTS[0]]}
    document["missing"][f"albums/{ALBUMS[0]}"] = {"first": before(1), "last": before(1), "times": 1}
    assert etag_of(document) is None  # what it lists decides whether that album is gone


@pytest.mark.parametrize(("days", "followed"), [(21, True), (22, False)])
def test_an_album_of_a_search_is_requested_as_long_as_it_was_listed_within_refresh_days(
    days: int, followed: bool
) -> None:
    document = empty()
    via = [search_key("tag:new")]
    document["albums"][ALBUMS[0]] = {"first_seen": before(40), "via": via, "listed": before(days)}
    assert bool(due("albums", document, "tag:new")) is followed


@pytest.mark.parametrize("last", [before(2), TODAY])
def test_what_failed_before_is_tried_once(last: str) -> None:
    document = known()
    for artist in ARTISTS[:2]:
        document["artists"][artist]["at"] = before(30)
    document["failing"][f"artists/{ARTISTS[0]}"] = {"days": 1, "last": last}
    assert {each.endpoint.id: each.once for each in due("artists", document)} == {ARTISTS[0]: True, ARTISTS[1]: False}


@pytest.mark.parametrize("item", [f"artists/{ARTISTS[0]}", f"artist_albums/{ARTISTS[0]}.single"])
def test_a_listing_of_an_artist_of_whom_something_failed_is_tried_once(item: str) -> None:
    document = known()
    document["failing"][item] = {"days": 1, "last": before(1)}
    document["failing"][f"albums/{ARTISTS[1]}"] = {"days": 1, "last": before(1)}  # of no artist
    once = {each.endpoint.id for each in due("incremental listings", document) if each.once}
    assert once == {ARTISTS[0]}


def test_the_rests_of_tracks_are_asked_for_oldest_first_and_not_where_the_end_is_doubted_today() -> None:
    document = known()
    for album, at, short in zip(ALBUMS, (2, 9, 4, 1), (None, None, before(1), TODAY), strict=True):
        document["albums"][album] = {
            "first_seen": before(40), "via": [ARTISTS[0]], "at": before(at),
            "next": f"/albums/{album}/tracks?offset=50",
        }  # fmt: skip
        if short:
            document["albums"][album]["short"] = short
    assert [each.endpoint.id for each in due("album_tracks", document)] == [ALBUMS[1], ALBUMS[2], ALBUMS[0]]


def test_an_album_that_is_back_comes_before_all_news() -> None:
    document = known()
    for album, artist in zip(ALBUMS, ARTISTS, strict=True):
        document["albums"][album] = {"first_seen": before(1), "via": [artist], "baseline": False}
    document["albums"][ALBUMS[2]] |= {"gone": before(5), "at": before(5), "listed": before(1)}
    assert due("albums", document)[0].endpoint.id == ALBUMS[2]


def test_lookups_begin_with_the_newest_albums_tracks() -> None:
    document = empty()
    for track, days in zip(ALBUMS, (9, 1, 30, 3), strict=True):
        document["tracks"][track] = {"album": ALBUMS[0], "first_seen": before(days)}
    assert [each.endpoint.id for each in due("tracks", document)] == [ALBUMS[1], ALBUMS[3], ALBUMS[0], ALBUMS[2]]


@pytest.mark.parametrize(("at", "asked"), [(before(1), True), (TODAY, False)])
def test_an_artist_whose_listing_is_gone_is_requested_on_the_next_day(at: str, asked: bool) -> None:
    document = known()
    document["artists"][ARTISTS[0]] |= {"at": at, "full": at}
    document["artists"][ARTISTS[0]]["listings"]["album"]["gone"] = before(1)
    assert (ARTISTS[0] in {each.endpoint.id for each in due("artists", document)}) is asked


def test_of_what_responded_the_most_recent_is_tried_first() -> None:
    document = known(**{"1": before(9), "2": before(3), "3": before(2), "4": before(5)})
    for artist, days in zip(ARTISTS, (9, 3, 2, 5), strict=True):
        document["artists"][artist]["at"] = before(days)
    newest_first = [ARTISTS[2], ARTISTS[1], ARTISTS[3], ARTISTS[0]]
    assert [each.endpoint.id for each in work().responded("artists", document)] == newest_first
    found = [each.endpoint.id for each in work().responded("artist_albums", document)]
    assert found == [artist for artist in newest_first for _ in BOTH]


def test_the_page_that_was_just_read_does_not_follow_itself() -> None:
    document = known()
    listing = document["artists"][ARTISTS[0]]["listings"]["album"]
    just_read = page(listed(ARTISTS[0], offset=10), CONFIG)
    for offset, follows in ((10, False), (20, True)):
        listing["next"] = listed(ARTISTS[0], offset=offset)
        assert bool(next_request("incremental listings", just_read, document, CONFIG)) is follows


def test_the_rest_of_an_albums_tracks_is_not_requested_among_the_albums() -> None:
    """Otherwise the first long albums would take the requests of all others."""
    document, tracks = known(), f"/albums/{ALBUMS[0]}/tracks?limit=50&offset=50&market=US"
    document["albums"][ALBUMS[0]] = {"first_seen": before(1), "via": [ARTISTS[0]], "next": tracks}
    (album,) = due("albums", document)
    assert next_request("albums", album, document, CONFIG) is None


def test_an_artist_whose_last_full_response_has_expired_is_requested_once_a_day() -> None:
    document = known()
    document["artists"][ARTISTS[0]] |= {"at": before(1), "full": before(40)}
    assert [each.endpoint.id for each in due("artists", document)] == [ARTISTS[0]]
    document["artists"][ARTISTS[0]]["at"] = TODAY
    assert due("artists", document) == []


@pytest.mark.parametrize(("gone_for", "waits"), [(0, 1), (6, 1), (7, 7), (30, 7)])
def test_what_is_gone_is_requested_daily_for_a_week_and_weekly_after_that(gone_for: int, waits: int) -> None:
    rank = by_age(ALBUMS[0], {"first_seen": before(90), "gone": before(gone_for), "at": TODAY}, 21)
    assert rank[1] == date.fromisoformat(TODAY).toordinal() + waits


@pytest.mark.parametrize(
    ("marks", "back"),
    [
        ({"gone": before(5), "at": before(5), "listed": before(4)}, True),
        ({"gone": before(5), "at": before(5), "listed": before(5)}, False),
        ({"gone": before(5), "at": before(4), "listed": before(4)}, False),
        ({"at": before(5), "listed": before(4)}, False),
    ],
    ids=["listed since", "listed on the day it went", "requested since", "not gone"],
)
def test_a_gone_album_is_back_once_it_is_listed_again(marks: Any, back: bool) -> None:
    album: AlbumSeen = {"first_seen": before(40), "via": []}
    album |= marks
    assert is_back(album) is back


@pytest.mark.parametrize(
    ("name", "listing", "age"),
    [("album", {}, inf), ("compilation", {}, -1), ("compilation", {"etag": "x"}, inf), ("album", {"at": before(2)}, 2)],
)
def test_a_listing_that_was_never_read_comes_first_unless_it_is_occasional(name: str, listing: Any, age: float) -> None:
    config = replace(CONFIG, release_groups={"album": 1, "compilation": 1})
    assert WorkList(WatchList(()), config, TODAY)._age(name, listing) == age


@pytest.mark.parametrize(("gone", "missing"), [(True, False), (False, True), (False, False)])
def test_an_artist_is_in_doubt_if_a_listing_of_it_is_gone_or_may_be(gone: bool, missing: bool) -> None:
    document = known()
    if gone:
        document["artists"][ARTISTS[0]]["listings"]["single"]["gone"] = TODAY
    if missing:
        document["missing"][f"artist_albums/{ARTISTS[0]}.single"] = {"first": TODAY, "last": TODAY, "times": 1}
    assert work()._is_in_doubt(ARTISTS[0], document) is (gone or missing)
