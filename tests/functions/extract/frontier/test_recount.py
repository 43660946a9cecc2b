"""An album is requested again on the day on which a listing states another number of tracks than before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from functions.extract.frontier.document import Document, empty
from functions.extract.frontier.recount import after_recount
from tests.functions.extract.frontier.test_baseline import API, ONE, applied, listing
from tests.functions.extract.frontier.test_release import album, requested

ALBUM, OTHER_ALBUM = f"{10:022d}", f"{11:022d}"
FIRST = date(2026, 11, 1)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def listed(total: object, **options: Any) -> Any:
    """Return a page of a listing whose first album has this many tracks."""
    page = listing(ONE, [ALBUM, OTHER_ALBUM], **options)
    page["body"]["items"][0]["total_tracks"] = total
    page["body"]["items"][1]["total_tracks"] = 12
    return page


def found(total: object) -> Any:
    """Return a search's page that names the album."""
    page = listed(total)
    url = f"{API}/search?q=label%3Aown&type=album&limit=10&offset=0&market=US"
    return page | {"url": url, "body": {"albums": page["body"]}}


def known(total: object = 10) -> Document:
    """Return a frontier that has read both albums on the day of their first listing."""
    return applied(empty(), day(0), listed(total), album(ALBUM, "2020-01-01"), album(OTHER_ALBUM, "2020-01-01"))


@pytest.mark.parametrize("total", [9, 11], ids=["a track was withdrawn", "a track was added"])
def test_an_album_with_another_number_of_tracks_is_requested_on_that_day_and_once(total: int) -> None:
    document = known()
    applied(document, day(1), listed(10))
    assert requested(document, day(1)) == []
    applied(document, day(2), listed(total))
    assert requested(document, day(2)) == [ALBUM]
    applied(document, day(2), album(ALBUM, "2020-01-01"))
    for number in (2, 3, 4):
        applied(document, day(number), listed(total))
        assert requested(document, day(number)) == []


def test_one_that_waits_for_the_budget_stays_due_and_comes_before_the_baseline_and_what_is_old() -> None:
    document, unread = known(), f"{12:022d}"
    applied(document, day(25), listed(11), listing(ONE, [unread], groups="single"))
    document["albums"][unread]["baseline"] = True
    applied(document, day(26), listed(11))
    assert requested(document, day(26)) == [ALBUM, unread, OTHER_ALBUM]


def asked_again(document: Document, totals: list[int]) -> list[int]:
    """Return the days on which the album was requested for its number of tracks, if each day's listing states one."""
    days = []
    for number, total in enumerate(totals, 1):
        applied(document, day(number), listed(total))
        if document["albums"][ALBUM].get("again", "9") <= day(number):
            assert requested(document, day(number))[0] == ALBUM
            applied(document, day(number), album(ALBUM, "2020-01-01"))
            days.append(number)
    return days


def test_a_number_that_the_albums_own_response_never_gives_costs_one_request() -> None:
    """Spotify's listing may permanently state a number that the album's own response does not."""
    assert asked_again(known(), [11] * 25) == [1]


def test_a_number_that_changes_each_day_costs_a_request_a_week() -> None:
    assert asked_again(known(), [11, 10] * 12) == [1, 8, 15, 22]


def test_the_first_listing_of_a_day_decides_and_reading_the_day_again_changes_nothing() -> None:
    document = known()
    day_again = [listed(11), listed(10, groups="appears_on"), album(ALBUM, "2020-01-01")]
    applied(document, day(3), *day_again)
    before = str(document)
    applied(document, day(3), *day_again)
    assert str(document) == before
    assert requested(document, day(3)) == []


@pytest.mark.parametrize("released", ["2020-01-01", day(3), day(40)])
@pytest.mark.parametrize("recounted", [[10, 10], [11, 10]], ids=["for the first time", "again"])
def test_the_order_in_which_a_days_responses_are_read_changes_nothing(released: str, recounted: list[int]) -> None:
    page, response = listed(12), album(ALBUM, released)
    documents = []
    for order in ([page, response], [response, page]):
        document = known()
        asked_again(document, recounted)
        documents.append(applied(document, day(3), *order)["albums"])
    assert documents[0] == documents[1]


def test_what_is_not_known_is_not_another_number() -> None:
    """A frontier of an earlier release has no numbers, some entries have none, and a search may count otherwise."""
    document = known(None)
    for number, page in enumerate([listed(11), found(12), listed("13"), listed(True), listed(None), listed(11)], 1):
        applied(document, day(number), page)
        assert requested(document, day(number)) == []


def test_an_older_listing_changes_nothing() -> None:
    document = applied(known(), day(5), listed(11), album(ALBUM, "2020-01-01"))
    applied(document, day(4), listed(10))
    assert requested(document, day(5)) == []
    applied(document, day(6), listed(11))
    assert requested(document, day(6)) == []


@pytest.mark.parametrize(("recounted", "again"), [(None, 9), (day(8), 15), (day(2), 9), (day(1), 9)])
def test_a_second_change_waits_for_a_week_after_the_first(recounted: str | None, again: int) -> None:
    assert after_recount(recounted, day(9)) == day(again)
