"""Items that are not requested on a day: failed ones, artists already searched for, listings of another day's turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.extract.frontier.document import empty, search_key
from functions.extract.frontier.schedule import due as day_of
from functions.extract.frontier.schedule import ordinal, spread
from functions.extract.frontier.worklist import WorkList
from functions.shared.watchlist import Artist, Search, WatchList
from tests.functions.extract.frontier.test_worklist import ARTISTS, TODAY, before, due, known, work
from tests.functions.extract.test_run import CONFIG


@pytest.mark.parametrize("why", ["failed in this run", "rests"])
def test_what_failed_or_rests_is_left_out_of_a_batch_too(why: str) -> None:
    document = known()
    for artist in ARTISTS:
        document["artists"][artist]["at"] = before(30)
    if why == "rests":
        document["missing"][f"artists/{ARTISTS[0]}"] = {"first": TODAY, "last": TODAY, "times": 2}
    left_out = frozenset({f"artists/{ARTISTS[0]}"} if why == "failed in this run" else ())
    extended = replace(CONFIG, profile="extended")
    (batch,) = replace(work(), config=extended, left_out=left_out).due("artists", document)
    assert {*batch.endpoint.ids} == {*ARTISTS[1:]}


@pytest.mark.parametrize("marks", [{"gone": before(1)}, {"failing": True}, {"missing": True}])
def test_what_is_gone_or_failing_does_not_tell_whether_spotify_responds(marks: dict[str, Any]) -> None:
    document = known()
    document["artists"][ARTISTS[0]] |= {"gone": before(1)} if "gone" in marks else {}
    if "failing" in marks:
        document["failing"][f"artists/{ARTISTS[0]}"] = {"days": 1, "last": before(1)}
    if "missing" in marks:
        document["missing"][f"artists/{ARTISTS[0]}"] = {"first": before(1), "last": before(1), "times": 1}
    assert {each.endpoint.id for each in work().responded("artists", document)} == {*ARTISTS[1:]}


def test_of_saved_searches_the_one_not_made_for_longest_comes_first() -> None:
    document, queries = known(), [f"label:{number}" for number in range(12)]
    for days, query in enumerate(queries, 1):
        document["searches"][search_key(query)] = {"at": before(days)}
    assert [each.endpoint.id for each in due("searches", document, *queries)] == queries[::-1]


def waiting(budget: int = 20, *searches: str, incomplete: str = "", at: str = "") -> list[str]:
    """Return the artists that the day's searches look for if one artist's two listings have their turn today."""
    document = known(**{"1": before(9), "2": before(3), "3": before(2), "4": before(5)})
    if incomplete:
        del document["artists"][incomplete]["listings"]["album"]["complete"]
    if at:
        document["searches"][search_key('tag:new artist:"Artist 2"')] = {"at": at}
    found = due("artist searches", document, *searches, budgets={"artist_albums": 2, "search": budget}, named=True)
    return [each.endpoint.id[-2:-1] for each in found]


def test_an_artist_is_searched_for_once_a_day_only_after_its_first_listings_and_not_beside_a_saved_search() -> None:
    assert waiting() == ["4", "2", "3"]
    assert waiting(at=TODAY) == ["4", "3"]
    assert waiting(incomplete=ARTISTS[2]) == ["4", "2"]
    assert waiting(20, 'tag:new artist:"Artist 4"') == ["2", "3"]


def test_an_artist_of_whom_one_listing_has_its_turn_does_not_wait() -> None:
    document = known(**{"1": before(9), "2": before(3), "3": before(2), "4": before(5)})
    found = due("artist searches", document, budgets={"artist_albums": 3, "search": 20}, named=True)
    assert [each.endpoint.id[-2:-1] for each in found] == ["2", "3"]


def test_a_date_is_complete_without_the_searches_for_artists_that_wait() -> None:
    document = known(**{"1": before(9)})
    left = work(budgets={"artist_albums": 2, "search": 20}, named=True).left(document)
    assert (left["search"], left["artist_albums"]) == (0, 8)


def test_an_artist_that_was_never_requested_is_so_even_if_a_listing_is_doubted() -> None:
    document = known()
    del document["artists"][ARTISTS[0]]["at"]
    document["missing"][f"artist_albums/{ARTISTS[0]}.album"] = {"first": before(1), "last": before(1), "times": 1}
    assert ARTISTS[0] in {each.endpoint.id for each in due("artists", document)}


@pytest.mark.parametrize(("days", "asked"), [(-1, False), (0, True), (1, True)])
def test_an_occasional_listing_has_its_turn_from_its_own_day_on(days: int, asked: bool) -> None:
    artist = next(
        each
        for each in (f"{number:022d}" for number in range(100))
        if day_of(f"{each}compilation", before(4), 7) == ordinal(TODAY) - days
    )
    document: Any = empty()
    document["artists"][artist] = {"first_seen": before(40), "listings": {"compilation": {"at": before(4)}}}
    config = replace(CONFIG, release_groups={"compilation": 7})
    found = WorkList(WatchList((Artist(artist, None),), ()), config, TODAY).turns(document)
    assert bool(found) is asked


def test_among_equals_the_turns_are_spread_over_artists_and_both_listings_of_one_follow_each_other() -> None:
    artists = [f"{number:022d}" for number in range(12)]
    followed = WatchList(tuple(Artist(each, None) for each in artists), (Search("x", "x"),))
    turns = WorkList(followed, CONFIG, TODAY).turns(empty())
    inorder = sorted(artists, key=spread)
    assert [(artist, name) for artist, name, _ in turns] == [(a, name) for a in inorder for name in ("album", "single")]
