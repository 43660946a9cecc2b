"""The HTTP client's bounds: the time and size of a body, and the hosts of a redirect."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from functions.extract.api.client import connected, redirected, send
from functions.extract.api.responses import HttpResponse, Retryable, UnexpectedResponse
from functions.shared.logs import QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "https://api.spotify.com/v1/artists/one"
MIB = 1024 * 1024
# The bounds are repeated here, so that a changed bound fails a test.
LARGEST_BODY, SLOWEST_RESPONSE_S = 16 * MIB, 25.0


class Body(httpx.SyncByteStream):
    """A body that arrives in chunks; `between` happens before each, and `closed` is whether it was closed."""

    def __init__(self, chunks: list[bytes], between: Callable[[], None] = lambda: None) -> None:
        self._chunks, self._between = chunks, between
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._between()
            yield chunk

    def close(self) -> None:
        self.closed = True


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def sent(body: httpx.SyncByteStream, clock: Seconds | None = None) -> HttpResponse:
    """Return the reply to one request whose response has this body."""
    network = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    with connected(1, network) as client:
        return send(client, client.build_request("GET", URL), clock or Seconds())


def test_a_body_arrives_whole_and_the_connection_is_given_back() -> None:
    body = Body([b"ab", b"", b"cd"])
    assert sent(body).content == b"abcd"
    assert body.closed


def test_a_reply_is_all_that_was_answered() -> None:
    network = httpx.MockTransport(lambda _: httpx.Response(404, headers={"Retry-After": "7"}, content=b"no"))
    with connected(1, network) as client:
        found = send(client, client.build_request("GET", URL), Seconds())
    assert (found.url, found.status, found.content) == (URL, 404, b"no")
    assert found.headers["retry-after"] == "7"


def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    full = [bytes(MIB)] * (LARGEST_BODY // MIB)
    assert len(sent(Body(full)).content) == LARGEST_BODY
    larger = Body([*full, b"x"])
    with pytest.raises(UnexpectedResponse, match=f"more than {LARGEST_BODY} bytes"):
        sent(larger)
    assert larger.closed


def test_a_body_that_never_ends_is_left_before_memory_is() -> None:
    sizes: list[int] = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                sizes.append(MIB)
                yield bytes(MIB)

    with pytest.raises(UnexpectedResponse):
        sent(Endless())
    assert sum(sizes) <= LARGEST_BODY + MIB


def test_a_body_may_take_as_long_as_the_deadline_and_no_longer() -> None:
    clock = Seconds()
    half = SLOWEST_RESPONSE_S / 2
    assert sent(Body([b"a", b"b"], lambda: clock.pass_by(half)), clock).content == b"ab"
    slow = Body([b"a", b"b", b"c"], lambda: clock.pass_by(half))
    with pytest.raises(Retryable, match="longer than 25 s"):
        sent(slow, clock)
    assert slow.closed


@pytest.mark.parametrize(
    "broken", [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")], ids=repr
)
def test_a_connection_that_breaks_in_a_body_is_worth_another_try(broken: httpx.TransportError) -> None:
    def breaks() -> None:
        raise broken

    body = Body([b"a"], breaks)
    with pytest.raises(Retryable, match=f"^{type(broken).__name__}$"):
        sent(body)
    assert body.closed


def test_a_body_that_is_not_encoded_as_it_says_is_worth_another_try() -> None:
    network = httpx.MockTransport(
        lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Body([b"not gzip"]))
    )
    with connected(1, network) as client, pytest.raises(Retryable, match=r"^DecodingError$"):
        send(client, client.build_request("GET", URL), Seconds())


def test_every_stage_of_a_request_has_a_time_out_and_no_proxy_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with connected(3) as client:
        assert client.timeout == httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=10.0)
        assert not client.follow_redirects
        assert not client.trust_env
        assert client.headers["accept"] == "application/json"
        assert client.headers["user-agent"].startswith("spotify-lake/")


def test_as_many_connections_are_kept_as_requests_are_sent_at_once() -> None:
    with connected(3) as client:
        pool = vars(client._transport)["_pool"]
    assert (pool._max_connections, pool._max_keepalive_connections) == (3, 3)


def test_what_writes_headers_at_debug_is_kept_at_warning() -> None:
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with connected(1):
        assert {logging.getLogger(name).level for name in QUIET} == {logging.WARNING}


def response(status: int, **headers: str) -> HttpResponse:
    return HttpResponse(URL, status, headers, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_inside_the_api_is_followed(status: int) -> None:
    assert redirected(response(status, location="/v1/artists/two")) == "https://api.spotify.com/v1/artists/two"
    assert redirected(response(status, location="three")) == "https://api.spotify.com/v1/artists/three"


def test_a_redirect_to_nowhere_leads_back() -> None:
    assert redirected(response(302)) == URL


@pytest.mark.parametrize("status", [200, 300, 304, 305, 404])
def test_no_other_status_redirects(status: int) -> None:
    assert redirected(response(status, location="/v1/artists/two")) is None


@pytest.mark.parametrize(
    "location", ["https://elsewhere.test/v1/artists/two", "http://api.spotify.com/v1/artists/two", "//elsewhere.test/"]
)
def test_a_redirect_to_another_host_or_scheme_would_take_the_token_along(location: str) -> None:
    with pytest.raises(UnexpectedResponse, match="foreign host"):
        redirected(response(302, location=location))


def test_a_redirect_to_another_scheme_without_a_host_names_none() -> None:
    with pytest.raises(UnexpectedResponse, match=r"302 to the foreign host \(none\), not followed"):
        redirected(response(302, location="mailto:somebody"))
