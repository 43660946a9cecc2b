"""Any response, of any shape, once or twice, updates the frontier without an error (invariant 3)."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.extract.api.endpoint import KINDS, endpoint_of, next_page
from functions.extract.frontier.document import Document, empty
from functions.extract.frontier.schedule import due, must_be_full
from functions.extract.frontier.update import UPDATES, FrontierUpdate

if TYPE_CHECKING:
    from pathlib import Path

    from functions.extract.raw.envelope import Envelope

API = "https://api.spotify.com/v1"
URLS = (
    "/artists/a",
    "/artists/a/albums?include_groups=album&limit=10&offset=0&market=US",
    "/artists/a/albums?include_groups=album&limit=10&offset=10&market=US",
    "/albums/b?market=US",
    "/albums/b/tracks?limit=50&offset=50&market=US",
    "/tracks/t?market=US",
    "/search?q=tag%3Anew&type=album&limit=10&offset=0&market=US",
    "/browse/new-releases?limit=50&offset=0",
    "/elsewhere",
)
links = st.none() | st.sampled_from(
    [API + url for url in URLS] + ["https://example.net/v1/artists/a/albums?offset=10", "http://[", "", "/artists/a"]
)
leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
items = (
    st.none()
    | leaves
    | st.fixed_dictionaries(
        {"id": st.sampled_from(["b", "3" * 22, "4" * 22, "5" * 22]) | leaves},
        optional={"artists": st.just([{"id": "a"}, None]) | leaves},
    )
)
numbers = st.integers(-1, 60) | leaves
pages = st.fixed_dictionaries(
    {},
    optional={
        "items": st.lists(items, max_size=4) | leaves,
        "next": links | leaves,
        "total": numbers,
        "offset": numbers,
        "limit": numbers,
    },
)
bodies = pages | st.fixed_dictionaries({"albums": pages | leaves}) | st.fixed_dictionaries({"tracks": pages | leaves})
answers = st.builds(
    lambda url, status, body, etag: {
        "fetched_at": "2026-11-23T06:00:00.000000Z",
        "first_seen": None,
        "url": API + url,
        "status": status,
        "etag": etag,
        "body": body if status == 200 else None,
    },
    st.sampled_from(URLS),
    st.sampled_from([200, 200, 200, 304, 404]),
    bodies,
    st.none() | st.just("x"),
)


def taught(answers: list[Envelope], document: Document | None = None, today: str = "2026-11-23") -> Document:
    """Return a frontier updated with some responses, as read back from the bucket."""
    learned = deepcopy(document) if document else empty()
    update = FrontierUpdate(learned, today, frozenset({"a"}), 21)
    for answer in answers:
        update.apply(answer)
    read: Document = json.loads(json.dumps(learned))
    return read


def followed(url: str, link: str) -> tuple[str | None, bool]:
    """Return the path that follows the page at a URL, and whether its `next` was rejected."""
    here = endpoint_of(url)
    assert here is not None
    onward, refused = next_page(here, url, link)
    return onward.path if onward else None, refused


def test_every_kind_of_endpoint_updates_the_frontier() -> None:
    assert UPDATES.keys() == KINDS.keys()


@pytest.mark.parametrize(("offset", "ends"), [(980, False), (990, True)])
def test_a_search_ends_where_spotify_reaches_no_further(offset: int, *, ends: bool) -> None:
    """The offset of a search ranges up to 1,000 (Web API reference, "Search for Item")."""
    page = f"{API}/search?q=label%3Aown&type=album&limit=10&market=US&offset="
    albums = {"items": [{"id": f"{number:022d}"} for number in range(10)], "next": f"{page}{offset + 10}"}
    envelope: Envelope = {
        "fetched_at": "2026-11-23T06:00:00.000000Z",
        "first_seen": None,
        "url": f"{page}{offset}",
        "status": 200,
        "etag": None,
        "body": {"albums": {**albums, "total": 5_000, "offset": offset, "limit": 10}},
    }
    (listing,) = taught([envelope])["searches"].values()
    assert ("next" not in listing) is ends


@given(st.lists(answers, max_size=8))
def test_any_answer_teaches_something_and_none_crashes(some: list[Envelope]) -> None:
    taught(some)


@given(st.lists(answers, max_size=5), st.lists(answers, max_size=5))
def test_an_older_date_never_undoes_what_a_newer_one_taught(old: list[Envelope], new: list[Envelope]) -> None:
    late = taught(old, taught(new, today="2026-11-24"), today="2026-11-23")
    for album, seen in taught(new, today="2026-11-24")["albums"].items():
        assert late["albums"][album].get("at") == seen.get("at") or "at" not in seen
        assert late["albums"][album]["first_seen"] <= seen["first_seen"]


@pytest.mark.parametrize("name", ["artists", "albums", "artist_albums", "album_tracks", "tracks", "search", "several"])
def test_every_recorded_answer_is_read_without_a_crash(recorded: Path, name: str) -> None:
    for line in (recorded / f"{name}.jsonl").read_text().splitlines():
        body = json.loads(line)["body"]
        for url in URLS:
            answer: Envelope = {
                "fetched_at": "2026-11-23T06:00:00.000000Z",
                "first_seen": None,
                "url": API + url,
                "status": 200,
                "etag": None,
                "body": body,
            }
            assert taught([answer]) == taught([answer, answer])


@given(st.text(max_size=40))
def test_a_next_leads_only_on_in_the_same_listing(link: str) -> None:
    onward, _ = followed(f"{API}/artists/a/albums?include_groups=album&limit=10&offset=10&market=US", link)
    assert onward is None


@pytest.mark.parametrize(
    ("link", "onward"),
    [
        (
            f"{API}/artists/a/albums?offset=20&limit=10",
            "/artists/a/albums?include_groups=album&limit=10&offset=20&market=US",
        ),
        (f"{API}/artists/a/albums?offset=10&limit=10", None),
        (f"{API}/artists/z/albums?offset=20&limit=10", None),
        ("https://api.spotify.com.example.net/v1/artists/a/albums?offset=20", None),
        ("http://api.spotify.com/v1/artists/a/albums?offset=20", None),
        (f"{API}/albums/a/tracks?offset=50", None),
    ],
)
def test_what_is_asked_next_stays_what_was_asked(link: str, onward: str | None) -> None:
    here = f"{API}/artists/a/albums?include_groups=album&limit=10&offset=10&market=US"
    assert followed(here, link)[0] == onward


def test_an_album_leads_to_the_rest_of_its_own_tracks() -> None:
    onward, refused = followed(f"{API}/albums/b?market=US", f"{API}/albums/b/tracks?offset=50&limit=50")
    assert (onward, refused) == ("/albums/b/tracks?market=US&limit=50&offset=50", False)
    assert endpoint_of(str(onward)) is not None


def test_an_album_does_not_lead_to_the_tracks_that_it_has_itself() -> None:
    assert followed(f"{API}/albums/b?market=US", f"{API}/albums/b/tracks?offset=0&limit=50") == (None, True)


@pytest.mark.parametrize(("offset", "read"), [("999999999", 999_999_999), ("1000000000", 0), ("-1", 0), ("", 0)])
def test_an_offset_is_a_number_of_nine_digits_at_most(offset: str, read: int) -> None:
    endpoint = endpoint_of(f"{API}/artists/a/albums?include_groups=album&offset={offset}")
    assert endpoint is not None
    assert endpoint.offset == read


@given(st.text(min_size=1), st.dates(max_value=date(9000, 1, 1)), st.integers(1, 60))
def test_everything_is_due_again_within_its_days_and_not_today(entity: str, seen: date, days: int) -> None:
    assert 1 <= due(entity, seen.isoformat(), days) - seen.toordinal() <= days


@pytest.mark.parametrize(
    ("listed", "gone"), [("2026-11-20", "2026-11-20"), ("2026-11-21", "2026-11-23")], ids=["that day", "since"]
)
def test_an_album_is_gone_since_its_first_404_unless_it_was_listed_after_that(listed: str, gone: str) -> None:
    document = empty()
    document["albums"]["b"] = {"first_seen": "2026-11-01", "via": ["a"], "at": "2026-11-20", "gone": "2026-11-20"}
    document["albums"]["b"]["listed"] = listed
    envelope: Envelope = {
        "fetched_at": "x", "first_seen": None, "url": f"{API}/albums/b", "status": 404, "etag": None, "body": None,
    }  # fmt: skip
    assert taught([envelope], document)["albums"]["b"]["gone"] == gone


def test_the_full_shape_was_seen_on_the_last_day_that_had_it_in_whatever_order_days_are_read() -> None:
    whole: Envelope = {
        "fetched_at": "x", "first_seen": None, "url": f"{API}/artists/a", "status": 200, "etag": None,
        "body": {"id": "a", "popularity": 1},
    }  # fmt: skip
    later = taught([whole])
    assert taught([whole], later, today="2026-11-20")["full_shape_at"] == "2026-11-23"


def test_refreshes_are_spread_evenly_over_the_days() -> None:
    on_day = [0] * 21
    for number in range(21_000):
        on_day[due(f"album-{number}", "2026-11-23", 21) % 21] += 1
    assert min(on_day) > 850
    assert max(on_day) < 1150


def test_a_full_answer_is_asked_for_before_the_last_one_expires() -> None:
    assert must_be_full(None, "2026-11-23", 21, 30)
    assert not must_be_full("2026-11-20", "2026-11-23", 21, 30)
    assert must_be_full("2026-11-14", "2026-11-23", 21, 30)
