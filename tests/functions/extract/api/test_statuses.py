"""The meaning of each status for a request, and bodies that are rejected."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.extract.api.endpoint import Endpoint
from functions.extract.api.request import Request
from functions.extract.api.responses import (
    LONGEST_BAN,
    HttpResponse,
    Response,
    Retryable,
    TooManyRequests,
    Unauthorised,
    UnexpectedResponse,
    interpret,
    retry_at,
)
from functions.extract.api.signals import WrongProfile
from functions.shared.errors import PremiumLapsed, SpotifyRefused

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
ONE = Request(Endpoint("albums", ("one",)), etag='"known"')
BATCH = Request(Endpoint("albums", ("one", "two")))
URL = "https://api.spotify.com/v1/albums/one"


def judged(status: int, body: bytes = b"", call: Request = ONE, **headers: Any) -> Response:
    return interpret(call, HttpResponse(URL, status, headers, body), NOW)


def error(message: str) -> bytes:
    return json.dumps({"error": {"status": 400, "message": message}}).encode()


def test_an_object_is_taken_with_its_etag() -> None:
    assert judged(200, b'{"id": "one"}', etag='"new"') == Response(NOW, URL, 200, '"new"', {"id": "one"})


def test_of_a_long_message_200_characters_are_kept() -> None:
    """The quota ledger keeps one for each request that failed."""
    with pytest.raises(Retryable) as failed:
        judged(503, error("x" * 201))
    assert str(failed.value) == f"503 {'x' * 200}"


def test_what_is_unchanged_keeps_the_etag_it_was_asked_with() -> None:
    assert judged(304) == Response(NOW, URL, 304, '"known"', None)
    assert judged(304, etag='"new"').etag == '"new"'


def test_unchanged_without_having_asked_so_is_odd() -> None:
    with pytest.raises(UnexpectedResponse, match="304"):
        judged(304, call=Request(Endpoint("albums", ("one",))))


def test_one_entity_that_is_not_found_is_gone() -> None:
    assert judged(404, error("Not found")) == Response(NOW, URL, 404, None, None)


def test_a_batch_that_is_not_found_says_nothing_about_its_entities() -> None:
    """Otherwise every entity of the batch would be recorded as gone."""
    with pytest.raises(UnexpectedResponse, match="404 Not found"):
        judged(404, error("Not found"), BATCH)


def test_a_batch_without_its_list_is_worth_another_try() -> None:
    assert judged(200, b'{"albums": []}', BATCH).body == {"albums": []}
    for body in (b"{}", b'{"albums": {}}', b'{"artists": []}'):
        with pytest.raises(Retryable, match="without a list of albums"):
            judged(200, body, BATCH)


@pytest.mark.parametrize("body", [b"{}", b'{"items": null}', b'{"items": {}}'])
def test_a_page_without_its_list_is_worth_another_try(body: bytes) -> None:
    """Otherwise the listing would end there, and what the page holds would count as withdrawn."""
    albums = Request(Endpoint("artist_albums", ("one",)))
    assert judged(200, b'{"items": []}', albums).body == {"items": []}
    with pytest.raises(Retryable, match="not a page: it has no list of items"):
        judged(200, body, albums)
    search = Request(Endpoint("search", query=(("q", "x"), ("type", "album"))))
    with pytest.raises(Retryable, match="not a page: it has no list of items"):
        judged(200, b'{"albums": ' + body + b"}", search)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", '{"deep": [1, NaN]}'])
def test_a_number_that_json_does_not_have_is_worth_another_try(number: str) -> None:
    """Python reads it; the raw part that holds it could be read by nothing else."""
    with pytest.raises(Retryable, match="not JSON"):
        judged(200, f'{{"popularity": {number}}}'.encode())


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"a": 1', pytest.param(b"[" * 200_000, id="too deep"), b"\xff\xfe"],
)
def test_a_body_that_is_no_json_is_worth_another_try(body: bytes) -> None:
    with pytest.raises(Retryable, match=rf"not JSON \({len(body)} bytes\)"):
        judged(200, body)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"1"])
def test_a_body_that_is_no_object_is_worth_another_try(body: bytes) -> None:
    with pytest.raises(Retryable, match="not a JSON object but"):
        judged(200, body)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 425])
def test_a_server_in_trouble_is_worth_another_try(status: int) -> None:
    with pytest.raises(Retryable, match=f"^{status} Bad gateway$"):
        judged(status, b"Bad\n gateway")


@pytest.mark.parametrize("status", [201, 204, 302, 405, 409, 410, 499])
def test_a_status_that_spotify_does_not_document_is_odd(status: int) -> None:
    with pytest.raises(UnexpectedResponse, match=f"^{status}$"):
        judged(status)


def test_a_refused_token_is_said_in_spotifys_words() -> None:
    with pytest.raises(Unauthorised, match="The access token expired"):
        judged(401, error("The access token expired"))


@pytest.mark.parametrize(
    ("header", "until"),
    [
        ("5", NOW + timedelta(seconds=5)),
        ("0", NOW + timedelta(seconds=1)),
        ("0.2", NOW + timedelta(seconds=1)),
        ("86207", NOW + timedelta(seconds=86207)),
        ("1e300", NOW + LONGEST_BAN),
        ("Mon, 23 Nov 2026 07:00:00 GMT", NOW + timedelta(hours=1)),
        ("Mon, 23 Nov 2026 07:00:00 -0000", NOW + timedelta(hours=1)),
        ("Thu, 31 Dec 2099 07:00:00 GMT", NOW + LONGEST_BAN),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("-5", None), ("nan", None), ("inf", None), ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_within_a_year_or_nothing(header: str, until: datetime | None) -> None:
    assert retry_at(header, NOW) == until


def test_too_many_requests_carry_until_when_and_whether_a_quota_is_used_up() -> None:
    with pytest.raises(TooManyRequests) as short:
        interpret(ONE, HttpResponse(URL, 429, {"retry-after": "7"}, b"Too many requests"), NOW)
    assert (short.value.until, short.value.quota) == (NOW + timedelta(seconds=7), False)
    with pytest.raises(TooManyRequests) as spent:
        judged(429, b'{"error": {"reason": "QUOTA_EXCEEDED"}}')
    assert (spent.value.until, spent.value.quota) == (None, True)


def test_an_app_that_lost_premium_is_told_so_whatever_it_asked() -> None:
    for call in (ONE, BATCH):
        with pytest.raises(PremiumLapsed, match="active Premium"):
            judged(403, error("Active premium subscription required"), call)


@pytest.mark.parametrize(("status", "said"), [(403, "Forbidden"), (400, "Invalid limit")])
def test_what_only_extended_quota_may_ask_corrects_the_profile(status: int, said: str) -> None:
    with pytest.raises(WrongProfile) as wrong:
        judged(status, error(said), BATCH)
    assert wrong.value.profile == "development"
    with pytest.raises(SpotifyRefused, match=f"GET /albums/one: {status}"):
        judged(status, error(said), ONE)


def test_a_malformed_batch_is_not_taken_for_a_wrong_profile() -> None:
    with pytest.raises(SpotifyRefused, match="check the IDs and searches of the watch-list"):
        judged(400, error("Invalid id"), BATCH)


def test_what_a_proxy_said_is_cut() -> None:
    with pytest.raises(Retryable) as failed:
        judged(503, b"x" * 5000)
    assert str(failed.value) == f"503 {'x' * 200}"
