"""One token at a time, whichever thread needs it first and whichever finds first that it was rejected."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.responses import HttpResponse, TokenUnavailable
from functions.extract.api.tokens import Credentials, Tokens
from functions.shared.errors import CredentialsRejected

if TYPE_CHECKING:
    import httpx

THREADS = 4


class Endpoint:
    """A token endpoint that numbers its tokens, slow enough for another thread to send a request in the meantime."""

    def __init__(self) -> None:
        self.given = 0

    @staticmethod
    def now() -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def post(self, request: httpx.Request) -> HttpResponse:
        time.sleep(0.02)
        self.given += 1
        token = f'{{"access_token": "token-{self.given}"}}'
        return HttpResponse(str(request.url), 200, {}, token.encode())


def tokens(endpoint: Endpoint) -> Tokens:
    return Tokens(
        "https://accounts.test/api/token",
        Credentials("id", "secret"),
        endpoint.post,
        Endpoint.now,
    )


def test_a_refusal_of_an_old_token_leaves_the_new_one_alone() -> None:
    """If two threads are rejected with one token, the second would otherwise discard the new token of the first."""
    endpoint = Endpoint()
    held = tokens(endpoint)
    old = held.current()
    held.refused(old)
    new = held.current()
    held.refused(old)
    assert (held.current(), endpoint.given) == (new, 2)


def test_threads_that_need_a_token_at_once_request_one() -> None:
    endpoint = Endpoint()
    held = tokens(endpoint)
    with ThreadPoolExecutor(THREADS) as pool:
        found = {each.result() for each in [pool.submit(held.current) for _ in range(THREADS)]}
    assert (found, endpoint.given) == ({"token-1"}, 1)


def test_a_token_is_granted_from_the_first_one_on_and_not_while_one_is_refused() -> None:
    held = tokens(Endpoint())
    before = held.granted
    token = held.current()
    assert (before, held.granted) == (False, True)
    held.refused(token)
    assert not held.granted


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "invalid_client", "error_description": "Invalid client"}', "Invalid client"),
        ('{"error": "invalid_client"}', "invalid_client"),
        ("{}", "no reason"),
    ],
)
def test_why_credentials_were_rejected_is_told_as_precisely_as_spotify_says_it(body: str, said: str) -> None:
    held = Tokens("u", Credentials("id", "secret"), lambda _: HttpResponse("u", 400, {}, body.encode()), Endpoint.now)
    with pytest.raises(CredentialsRejected, match=f"rejected the credentials: 400 '{said}'"):
        held.current()


@pytest.mark.parametrize(("status", "body"), [(200, "{}"), (500, '{"access_token": "t"}')])
def test_only_a_success_with_a_token_grants_one(status: int, body: str) -> None:
    held = Tokens(
        "u", Credentials("id", "secret"), lambda _: HttpResponse("u", status, {}, body.encode()), Endpoint.now
    )
    with pytest.raises(TokenUnavailable, match=f"answered {status} without a token"):
        held.current()
    assert not held.granted
