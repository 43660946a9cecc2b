"""The days on which an item whose requests failed is requested again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from functions.extract.frontier.document import empty
from functions.extract.frontier.failures import (
    forget_unfollowed,
    is_doubtful,
    named_few,
    next_attempt,
    note_failed,
    note_missing,
    reasons,
    rests,
)
from functions.extract.frontier.schedule import ordinal
from functions.extract.frontier.update import FrontierUpdate
from functions.shared.bounds import bounded

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document
    from functions.extract.raw.envelope import Envelope

ITEM = "albums/0000000000000000000001"
ARTIST = "0000000000000000000002"


@pytest.mark.parametrize(("failed_days", "waits"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 16), (12, 16)])
def test_an_item_waits_twice_as_long_after_each_day_on_which_it_failed_up_to_sixteen(
    failed_days: int, waits: int
) -> None:
    assert next_attempt({"days": failed_days, "last": "2026-11-23"}) == ordinal("2026-11-23") + waits


def test_an_item_rests_until_the_day_of_its_next_attempt_and_is_tried_again_on_the_day_it_failed() -> None:
    document = empty()
    document["failing"][ITEM] = {"days": 3, "last": "2026-11-23"}
    days = {"2026-11-23": False, "2026-11-24": True, "2026-11-26": True, "2026-11-27": False}
    assert {day: rests(document, ITEM, day) for day in days} == days
    assert rests(document, "albums/another", "2026-11-24") is False


def test_a_first_404_is_asked_for_twice_on_its_day() -> None:
    document = empty()
    rested = []
    for _ in range(3):
        rested.append(rests(document, ITEM, "2026-11-23"))
        note_missing(document, ITEM, "2026-11-23")
    assert rested == [False, False, True]
    assert rests(document, ITEM, "2026-11-24") is False
    note_missing(document, ITEM, "2026-11-24")
    assert document["missing"][ITEM] == {"first": "2026-11-23", "last": "2026-11-24", "times": 1}


def test_a_404_is_believed_on_the_second_day_that_sees_it_and_not_on_the_first() -> None:
    document = empty()
    believed = []
    for day in ("2026-11-23", "2026-11-23", "2026-11-24"):
        believed.append(not doubted_on(day, document, frozenset()))
        note_missing(document, ITEM, day)
    assert believed == [False, False, True]


def test_a_404_of_an_album_that_was_listed_on_its_first_day_needs_no_third() -> None:
    """Only a listing of a later day contradicts it."""
    document, album = empty(), ITEM.removeprefix("albums/")
    document["albums"][album] = {"first_seen": "2026-11-01", "via": [], "listed": "2026-11-23"}
    note_missing(document, ITEM, "2026-11-23")
    assert not doubted_on("2026-11-24", document, frozenset())
    document["albums"][album]["listed"] = "2026-11-24"
    assert doubted_on("2026-11-24", document, frozenset())


def test_a_404_of_a_gone_album_counts_anew_once_it_was_listed_again() -> None:
    """It went on the 23rd, a listing names it on the 24th and 25th only, and it responds 404 each day."""
    document, album = empty(), ITEM.removeprefix("albums/")
    document["albums"][album] = {"first_seen": "2026-11-01", "via": [], "baseline": True, "at": "2026-11-23"}
    document["albums"][album] |= {"gone": "2026-11-23", "listed": "2026-11-20"}
    gone = []
    for day in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"):
        if day in {"2026-11-24", "2026-11-25"}:
            document["albums"][album]["listed"] = day
        if doubted_on(day, document, frozenset()):
            note_missing(document, ITEM, day)
        else:
            FrontierUpdate(document, day, frozenset(), 4).apply(not_found(day))
            gone.append((day, document["albums"][album]["gone"]))
    assert gone == [("2026-11-23", "2026-11-23"), ("2026-11-26", "2026-11-26"), ("2026-11-27", "2026-11-26")]
    assert document["missing"] == {}


def not_found(day: str) -> Envelope:
    """Return the 404 of the album."""
    return {
        "fetched_at": f"{day}T06:00:00Z", "first_seen": None, "url": f"/v1/{ITEM}", "status": 404, "etag": None,
        "body": None,
    }  # fmt: skip


def doubted_on(
    day: str, document: Document, followed: frozenset[str], kinds: tuple[str, ...] = ("album", "single")
) -> bool:
    """Return whether the 404 of the album on a day is doubted."""
    return is_doubtful(document, not_found(day), day, followed, kinds)


def of_an_artist(listings: dict[str, Any], **album: Any) -> Document:
    """Return a frontier with the album, listed on the 20th as a single, which responded 404 on the 22nd."""
    document = empty()
    seen = {"first_seen": "2026-11-01", "via": [ARTIST], "listed": "2026-11-20", "groups": ["single"], **album}
    document["albums"][ITEM.removeprefix("albums/")] = seen  # type: ignore[assignment]  # made of parts
    document["artists"][ARTIST] = {"first_seen": "2026-11-01", "listings": listings}
    note_missing(document, ITEM, "2026-11-22")
    return document


@pytest.mark.parametrize(
    ("read", "believed"),
    [
        ({"single": {"at": "2026-11-23", "full": "2026-11-23"}}, True),
        ({"single": {"at": "2026-11-22", "full": "2026-11-21"}}, True),
        ({"single": {"at": "2026-11-23", "full": "2026-11-20"}}, False),
        ({"single": {"at": "2026-11-20", "full": "2026-11-20"}}, False),
        ({"single": {"at": "2026-11-23", "full": "2026-11-20", "gone": "2026-11-23"}}, True),
        ({"single": {"full": "2026-11-23"}, "album": {"full": "2026-11-20"}}, True),
        ({"single": {"full": "2026-11-20"}, "album": {"full": "2026-11-23"}}, False),
    ],
    ids=[
        "read today", "read before the first 404", "unchanged since it named it", "not read since", "gone itself",
        "another one was not read", "only another one was read",
    ],
)  # fmt: skip
def test_a_404_of_an_album_waits_until_what_named_it_was_read(read: dict[str, Any], *, believed: bool) -> None:
    today, followed = "2026-11-23", frozenset({ARTIST})
    assert doubted_on(today, of_an_artist(read), followed) is not believed
    assert not doubted_on(today, of_an_artist(read), frozenset()), "not followed: nothing is read"
    gone = of_an_artist(read)
    gone["artists"][ARTIST]["gone"] = "2026-11-22"
    assert not doubted_on(today, gone, followed), "of a gone artist nothing is read"


def test_a_404_of_an_album_that_a_search_named_or_of_an_earlier_release_waits_for_all_that_may_name_it() -> None:
    today, followed = "2026-11-23", frozenset({ARTIST})
    document = of_an_artist({}, via=["search:label:x"])
    document["searches"]["search:label:x"] = {"full": "2026-11-20"}
    assert doubted_on(today, document, followed)
    document["searches"]["search:label:x"]["full"] = today
    assert not doubted_on(today, document, followed)
    older = of_an_artist({"single": {"full": today}, "album": {"full": "2026-11-19"}})
    del older["albums"][ITEM.removeprefix("albums/")]["groups"]
    assert doubted_on(today, older, followed)
    document = of_an_artist({"single": {"full": "2026-11-20"}})
    for day, doubted in (("2027-02-19", True), ("2027-02-20", False)):
        assert doubted_on(day, document, followed) is doubted


@pytest.mark.parametrize(
    ("kinds", "doubted"), [(("album", "single", "compilation"), True), (("album", "single"), False)]
)
@pytest.mark.parametrize("groups", [["compilation"], None], ids=["named by one", "of an earlier release"])
def test_a_404_of_an_album_does_not_wait_for_a_kind_of_listing_that_is_no_longer_requested(
    kinds: tuple[str, ...], groups: list[str] | None, *, doubted: bool
) -> None:
    document = of_an_artist({"compilation": {"full": "2026-11-20"}, "single": {"full": "2026-11-23"}}, groups=groups)
    if groups is None:
        del document["albums"][ITEM.removeprefix("albums/")]["groups"]
    assert doubted_on("2026-11-23", document, frozenset({ARTIST}), kinds) is doubted


def test_an_album_that_waits_for_its_listing_is_requested_less_and_less() -> None:
    document = of_an_artist({"single": {"full": "2026-11-20"}})
    asked = []
    for number in range(1, 41):
        day = (date(2026, 11, 22) + timedelta(days=number)).isoformat()
        if not rests(document, ITEM, day):
            asked.append(number)
            note_missing(document, ITEM, day)
    assert asked == [1, 2, 4, 8, 16, 24, 32, 40]


def test_a_day_of_failures_counts_once() -> None:
    document = empty()
    for day in ("2026-11-23", "2026-11-23", "2026-11-24"):
        note_failed(document, ITEM, day)
    assert document["failing"] == {ITEM: {"days": 2, "last": "2026-11-24"}}


def test_a_404_of_the_tracks_of_a_gone_album_is_doubted_like_any_first_one() -> None:
    document, album = empty(), ITEM.removeprefix("albums/")
    document["albums"][album] = {"first_seen": "2026-11-01", "via": [], "at": "2026-11-20", "gone": "2026-11-20"}
    page: Any = not_found("2026-11-23") | {"url": f"/v1/{ITEM}/tracks?offset=50&limit=50"}
    assert is_doubtful(document, page, "2026-11-23", frozenset(), ("album",))


def test_failures_of_what_is_no_longer_followed_are_forgotten() -> None:
    document, stranger = empty(), "0000000000000000000009"
    document["albums"][ITEM.removeprefix("albums/")] = {"first_seen": "2026-11-01", "via": []}
    kept = [f"artists/{ARTIST}", f"artist_albums/{ARTIST}.single", ITEM, "search/x", "new_releases/"]
    dropped = [f"artists/{stranger}", f"artist_albums/{stranger}.album", f"albums/{stranger}", "search/y"]
    for item in kept + dropped:
        note_failed(document, item, "2026-11-23")
        note_missing(document, item, "2026-11-23")
    forget_unfollowed(document, {ARTIST}, {"search:x"})
    assert (list(document["failing"]), list(document["missing"])) == (kept, kept)


@pytest.mark.parametrize(("count", "more"), [(9, ""), (10, ""), (11, " and 1 more"), (30, " and 20 more")])
def test_ten_items_are_named_in_order_and_the_rest_counted(count: int, more: str) -> None:
    names = [f"album {number:022d}" for number in range(count)]
    told = named_few((f"albums/{number:022d}" for number in reversed(range(count))), {})
    assert told == ", ".join(names[:10]) + more


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (f"artist_albums/{ARTIST}.single", f"artist {ARTIST} (Somebody)"),
        (f"albums/{'x' * 50}", f"album {'x' * 40}"),
        ("search/" + "y" * 200, ("search " + "y" * 200)[:100]),
        ("artists/long", "artist long (" + "z" * 60 + ")"),
    ],
)
def test_a_name_in_a_reason_is_of_bounded_length(item: str, told: str) -> None:
    assert named_few([item], {ARTIST: "Somebody", "long": "z" * 61}) == told


def test_the_bound_of_a_result_leaves_the_explanation_of_a_long_reason_its_count_and_whole_names() -> None:
    document = empty()
    for number in range(30):
        album = f"{number:022d}"
        document["missing"][f"albums/{album}"] = {"first": "2026-11-23", "last": "2026-11-23", "times": 2}
        document["failing"][f"artists/{album}"] = {"days": 3, "last": "2026-11-22"}
        document["albums"][album] = {"first_seen": "2026-11-01", "via": [], "short": "2026-11-23"}
    found = cast("list[str]", bounded(reasons(document, "2026-11-23", {})))
    first = f"{0:022d}, "
    short = "Ended before the `total` or otherwise than Spotify states; read again before this is accepted (30): album "
    resting = "Left out, since their requests failed on the days before; requested again within 16 days (30): artist "
    gaps = "Spotify responded 404 to these; requested again on another day before they count as gone (30): album "
    assert [each.partition("… (")[0] for each in found] == [short + first, resting + first, gaps + first]


@pytest.mark.parametrize(
    ("missing", "failing", "held", "told"),
    [
        ({"first": "2026-11-23", "last": "2026-11-23", "times": 1}, False, False, True),
        ({"first": "2026-11-10", "last": "2026-11-20", "times": 2}, False, False, True),
        ({"first": "2026-11-01", "last": "2026-11-22", "times": 2}, False, False, True),
        ({"first": "2026-11-23", "last": "2026-11-23", "times": 1}, False, True, False),
        ({"first": "2026-11-23", "last": "2026-11-23", "times": 1}, True, False, False),
        ({"first": "2026-11-22", "last": "2026-11-22", "times": 1}, False, False, False),
    ],
    ids=["today", "rests long", "rests", "still shown", "failing too", "due again"],
)
def test_an_item_is_told_once_as_missing_if_nothing_of_it_is_shown(
    missing: Any, failing: bool, held: bool, told: bool
) -> None:
    document = empty()
    document["missing"][ITEM] = missing
    if failing:
        document["failing"][ITEM] = {"days": 3, "last": "2026-11-22"}
    if held:
        document["albums"][ITEM.removeprefix("albums/")] = {"full": "2026-11-01"}
    assert any("Spotify responded 404" in each for each in reasons(document, "2026-11-23", {})) is told
