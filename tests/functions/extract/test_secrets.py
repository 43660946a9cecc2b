"""Invariant 10: no secret in any log, error or repr."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from functions.extract.api.client import connected
from functions.extract.api.responses import HttpResponse
from functions.extract.api.tokens import Credentials, Tokens, credentials_in
from functions.shared.errors import CredentialsRejected
from functions.shared.logs import QUIET
from tests.functions.extract.world import FIRST_DAY, Network, world

SECRET = "hush-hush-client-secret"


def tokens(response: HttpResponse) -> Tokens:
    return Tokens(
        "https://accounts.test/token", Credentials("id", SECRET), lambda _: response, lambda: datetime.now(UTC)
    )


def test_credentials_show_nothing_of_themselves() -> None:
    assert SECRET not in repr(Credentials("id", SECRET)) + str(Credentials("id", SECRET))


def test_a_refusal_that_repeats_the_secret_is_told_without_it() -> None:
    said = b'{"error":"invalid_client","error_description":"no client with secret %s"}' % SECRET.encode()
    with pytest.raises(CredentialsRejected) as caught:
        tokens(HttpResponse("", 400, {}, said)).current()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert "ops credentials" in str(caught.value)


@pytest.mark.parametrize(
    "secret", [None, "", "{}", "[]", "not json", '{"client_id": "x"}', '{"client_id": 1, "client_secret": 2}']
)
def test_a_secret_without_credentials_is_an_error_that_says_what_to_do(secret: str | None) -> None:
    with pytest.raises(CredentialsRejected, match="ops credentials"):
        credentials_in(secret)


def test_a_proxy_that_repeats_the_token_does_not_get_it_into_the_reasons() -> None:
    made = world(artists=1, albums=1, budgets={"tracks": 0})
    echoed: list[str] = []

    class Echo(Network):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if "/albums/" in request.url.path:
                echoed.append(request.headers["authorization"].removeprefix("Bearer "))
                return httpx.Response(502, text=f"bad gateway for {request.headers['authorization']}")
            return super().handle_request(request)

    made.transport = lambda: Echo(made.spotify, lambda: None)  # type: ignore[method-assign]  # another network
    results = made.day(FIRST_DAY)
    assert echoed
    assert not any(token in str(results) for token in echoed)


class Silent(BaseHTTPRequestHandler):
    """Responds 200 and logs nothing itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def test_the_http_libraries_stay_silent_about_headers(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with connected(1) as client:
            client.get(f"http://127.0.0.1:{server.server_port}/", headers={"Authorization": f"Bearer {SECRET}"})
        server.shutdown()
        logging.getLogger("anything.else").debug("the root logger is at DEBUG")
    assert "the root logger is at DEBUG" in caplog.text
    assert SECRET not in caplog.text
    assert not [each.name for each in caplog.records if each.name.startswith(("httpx", "httpcore"))]
    assert all(logging.getLogger(name).level >= logging.WARNING for name in QUIET)
