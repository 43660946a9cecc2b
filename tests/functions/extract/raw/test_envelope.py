"""Each entity of a batch is written under its own URL, with the date on which it was first seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.extract.api.endpoint import Endpoint, endpoint_of
from functions.extract.api.request import Request
from functions.extract.api.responses import Response
from functions.extract.frontier import document as frontier
from functions.extract.raw.envelope import envelopes, followed, pack

API = "https://api.spotify.com/v1"
TODAY = "2026-11-23"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def landed(entities: object, *ids: str, **query: str) -> list[tuple[str, int, object]]:
    """Return the envelopes of a batch's response: URL, status and body of each line."""
    request = Request(Endpoint("albums", ids, tuple(query.items())))
    response = Response(NOW, API + request.path, 200, None, {"albums": entities})
    lines = envelopes(request, response, frontier.empty(), TODAY)
    assert all((line["etag"], line["first_seen"]) == (None, TODAY) for line in lines)
    assert all(line["fetched_at"] == "2026-11-23T06:00:00.000000Z" for line in lines)
    return [(line["url"].removeprefix(API), line["status"], line["body"]) for line in lines]


def test_a_batch_becomes_the_answers_that_single_calls_would_have_had() -> None:
    one, two = {"id": "one"}, {"id": "two"}
    assert landed([one, None, two], "one", "gone", "two", market="DE") == [
        ("/albums/one?market=DE", 200, one),
        ("/albums/gone?market=DE", 404, None),
        ("/albums/two?market=DE", 200, two),
    ]
    assert landed([one, two], "one", "two") == [("/albums/one", 200, one), ("/albums/two", 200, two)]


def test_an_entity_that_is_no_object_is_not_there() -> None:
    assert landed([{}, {"id": "two"}], "one", "two")[0] == ("/albums/one", 404, {})
    assert landed(["one", 7], "one", "two") == [("/albums/one", 404, None), ("/albums/two", 404, None)]


def test_a_single_answer_lands_as_it_came() -> None:
    request = Request(Endpoint("albums", ("one",)))
    (line,) = envelopes(request, Response(NOW, f"{API}/albums/one", 200, '"e"', {"id": "one"}), frontier.empty(), TODAY)
    assert (line["url"], line["body"]) == (f"{API}/albums/one", {"id": "one"})


def test_an_entity_that_spotify_renamed_stays_with_the_id_it_was_asked_by() -> None:
    newer, two = {"id": "newer"}, {"id": "two"}
    assert landed([newer, two], "older", "two") == [("/albums/older", 200, newer), ("/albums/two", 200, two)]


def test_a_list_that_is_too_short_is_paired_by_id() -> None:
    assert landed([{"id": "two"}], "one", "two") == [
        ("/albums/one", 404, None),
        ("/albums/two", 200, {"id": "two"}),
    ]
    assert [status for _, status, _ in landed([{"id": "two"}, "?", {}], "one", "two")] == [404, 200]


@pytest.mark.parametrize("entities", [{}, None, "x"])
def test_a_batch_without_a_list_is_nothing_found(entities: object) -> None:
    assert landed(entities, "one", "two") == [("/albums/one", 404, None), ("/albums/two", 404, None)]


@pytest.mark.parametrize(
    ("path", "first_seen"),
    [
        ("/artists/known", "2026-11-01"),
        ("/artists/new", TODAY),
        ("/artists/later", TODAY),  # a date built again after it
        ("/artists/known/albums?include_groups=album", "2026-11-01"),
        ("/artists/new/albums?include_groups=album", None),
        ("/albums/known", "2026-11-02"),
        ("/albums/known/tracks?offset=50", "2026-11-02"),
        ("/albums/new", TODAY),
        ("/tracks/known", "2026-11-03"),
        ("/tracks/new", None),
        ("/search?q=tag:new", None),
    ],
)
def test_a_line_carries_when_its_entity_was_first_seen(path: str, first_seen: str | None) -> None:
    known: Any = frontier.empty()
    known["artists"] = {"known": {"first_seen": "2026-11-01"}, "later": {"first_seen": "2026-11-30"}}
    known["albums"] = {"known": {"first_seen": "2026-11-02", "via": []}}
    known["tracks"] = {"known": {"first_seen": "2026-11-03", "album": "known"}}
    endpoint = endpoint_of(path)
    assert endpoint is not None
    (line,) = envelopes(Request(endpoint), Response(NOW, f"{API}{path}", 304, '"e"', None), known, TODAY)
    assert (line["first_seen"], line["status"], line["etag"], line["body"]) == (first_seen, 304, '"e"', None)
    assert line["fetched_at"] == "2026-11-23T06:00:00.000000Z"


def test_a_part_is_the_same_bytes_for_the_same_lines_and_json() -> None:
    line = followed("one", NOW)
    assert (line["url"], line["status"], line["body"]) == ("state/watchlist.json", 200, {"id": "one"})
    assert pack([line])[4:8] == bytes(4)  # gzip's time
    with pytest.raises(ValueError, match="not JSON compliant"):
        pack([line | {"body": {"popularity": float("nan")}}])
