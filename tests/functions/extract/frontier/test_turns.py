"""First full listings and failing items get their share of the requests, and no more while other requests wait."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.request import Request, page, search
from functions.extract.frontier.document import Document, empty, search_key
from functions.extract.frontier.failures import item_of
from functions.extract.frontier.turns import FAILING_TURN, FIRST_LISTINGS_TURN, Turns, with_share
from functions.extract.frontier.worklist import WorkList
from functions.shared.watchlist import Artist, WatchList
from tests.functions.extract.test_run import CONFIG

if TYPE_CHECKING:
    from collections.abc import Sequence

OLD = [f"{number:022d}" for number in range(12)]
NEW = [f"{number:022d}" for number in range(50, 53)]
DAY = "2026-11-23"


def path(artist: str, offset: int = 0) -> str:
    return f"/artists/{artist}/albums?include_groups=album&limit=10&offset={offset}&market=US"


def frontier() -> Document:
    """Return a frontier in which some listings are known, and others are in the middle of their first full listing."""
    document = empty()
    for artist in OLD:
        document["artists"][artist] = {"listings": {"album": {"at": "2026-11-22", "walked": "2026-11-22"}}}
    for artist in NEW:
        document["artists"][artist] = {"listings": {"album": {"next": path(artist, 10)}}}
    return document


def order(turns: Turns) -> list[str]:
    """Return the artists in the order in which they are requested; each new one has two more pages."""
    asked: list[str] = []
    while turns:
        request = turns.popleft()
        asked.append(request.endpoint.id)
        more = request.endpoint.id in NEW and request.endpoint.offset < 30
        turns.follow([page(path(request.endpoint.id, request.endpoint.offset + 10), CONFIG)] if more else [])
    return asked


def requests(artists: Sequence[str], offset: int = 0) -> list[Request]:
    return [page(path(artist, offset), CONFIG) for artist in artists]


def test_pages_of_first_full_listings_take_two_turns_in_eight_while_others_wait() -> None:
    asked = order(Turns([*requests(NEW, 10), *requests(OLD)], frontier()))
    both = [False, False, False, True, True, False, False, False]
    assert [artist in NEW for artist in asked[:16]] == both * 2
    assert len(asked) == len(OLD) + 3 * len(NEW)
    assert FIRST_LISTINGS_TURN == 4


def test_first_full_listings_go_on_two_pages_at_a_time_one_after_the_other() -> None:
    """On a new day the first of the two pages was read before: with one page at a time a listing would never end."""
    asked = order(Turns(requests(NEW, 10), frontier()))
    assert asked == [NEW[0], NEW[0], NEW[1], NEW[1], NEW[2], NEW[2], *NEW]


def test_a_new_artists_second_page_waits_for_the_share() -> None:
    """Otherwise many new artists would take half of the requests of known artists."""
    turns = Turns(requests(NEW[:1]) + requests(OLD), empty())
    first = turns.popleft()
    turns._document["artists"][NEW[0]] = {"listings": {"album": {"next": path(NEW[0], 10)}}}
    turns.follow([page(path(NEW[0], 10), CONFIG)])
    assert first.endpoint.id == NEW[0]
    assert [turns.popleft().endpoint.id in NEW for _ in range(4)] == [False, False, True, False]


def test_a_first_full_listing_that_has_begun_goes_on_before_an_occasional_one_begins() -> None:
    begun, occasional = requests(NEW[:1], 10), [page(path(OLD[0]).replace("=album", "=compilation"), CONFIG)]
    turns = Turns([*occasional, *begun], frontier())
    assert [turns.popleft().endpoint.id for _ in range(2)] == [NEW[0], OLD[0]]


def test_a_saved_search_that_goes_on_has_its_turn_in_order() -> None:
    document, queries = empty(), ["begun", "new", "another"]
    document["searches"][search_key("begun")] = {"next": "/search?q=begun&type=album&limit=10&offset=10&market=US"}
    turns = Turns([search(query, None, CONFIG) for query in queries], document)
    assert [turns.popleft().name for _ in queries] == [search(query, None, CONFIG).name for query in queries]


def test_the_next_page_of_a_known_listing_comes_first() -> None:
    turns = Turns(requests(OLD[:3]), frontier())
    turns.popleft()
    turns.follow(requests(OLD[:1], 10))
    assert [turns.popleft().path for _ in range(3)] == [path(OLD[0], 10), path(OLD[1]), path(OLD[2])]


def test_the_next_pages_of_a_wave_come_in_the_order_of_its_requests() -> None:
    turns = Turns(requests(OLD[:2]), frontier())
    turns.follow(requests(OLD[2:4], 10))
    assert [turns.popleft().endpoint.id for _ in range(4)] == [OLD[2], OLD[3], OLD[0], OLD[1]]


@pytest.mark.parametrize(
    ("others", "expected"),
    [("", "abcdef"), ("X", "abXcdef"), ("XYZW", "abXcdYefZW")],
    ids=["nothing else", "one", "more than have a share"],
)
def test_what_fails_takes_one_turn_in_so_many(others: str, expected: str) -> None:
    assert "".join(with_share("abcdef", others, 3)) == expected


@pytest.mark.parametrize("budget", [1, 3, 6, 20, 90])
def test_a_listing_that_failed_gets_its_turn_however_many_others_wait(budget: int) -> None:
    """No item waits for ever: with a budget that is too small, the other requests never end."""
    artists = [f"{number:022d}" for number in range(100)]
    document, watchlist = empty(), WatchList(tuple(Artist(each) for each in artists))
    for bad in artists[:30]:
        document["failing"][f"artist_albums/{bad}.album"] = {"days": 1, "last": "2026-11-01"}
    config = replace(CONFIG, budgets=CONFIG.budgets | {"artist_albums": budget})
    turns = 0
    for day in range(1, 31):
        due = WorkList(watchlist, config, f"2026-12-{day:02d}").due("incremental listings", document)[:budget]
        turns += sum(item_of(each.endpoint) in document["failing"] for each in due)
    assert turns == 30 * budget // FAILING_TURN == budget


def test_news_come_before_the_baseline_and_one_artists_many_not_before_anothers_one() -> None:
    document, (one, other) = empty(), OLD[:2]
    document["artists"] = {one: {}, other: {}}

    def add(number: int, artist: str, first_seen: str, *, baseline: bool) -> str:
        album = f"{number:022d}"
        document["albums"][album] = {"first_seen": first_seen, "via": [artist], "baseline": baseline}
        return album

    old = [add(100 + number, one, DAY, baseline=True) for number in range(30)]
    old_of_other = add(200, other, "2026-11-20", baseline=True)
    late, newest = add(300, one, "2026-11-21", baseline=False), add(301, one, "2026-11-23", baseline=False)
    second = add(302, other, "2026-11-22", baseline=False)
    due = WorkList(WatchList((Artist(one), Artist(other))), CONFIG, DAY).due("albums", document)
    asked = [each.endpoint.id for each in due]
    assert asked[:3] == [newest, second, late]
    assert asked[4] == old_of_other
    assert set(asked[3:]) == {*old, old_of_other}
