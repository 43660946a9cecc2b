"""The HTTP client: pooled connections, a time-out at every stage, redirects inside the API only, no headers in logs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from functions.extract.api.responses import HttpResponse, Retryable, UnexpectedResponse
from functions.shared.logs import silence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = "0.1.0"
USER_AGENT = f"spotify-lake/{VERSION} (+a daily lake of one's own watch-list)"
TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=10.0)
SLOWEST_RESPONSE_S = 25.0
LARGEST_BODY = 16 * 1024 * 1024
MOST_REDIRECTS = 3


@contextmanager
def connected(concurrency: int, transport: httpx.BaseTransport | None = None) -> Iterator[httpx.Client]:
    """Yield the client; `transport` replaces the network in tests."""
    silence()  # httpx and httpcore log headers at DEBUG, and these hold tokens
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=30)
    with httpx.Client(
        http2=True,
        timeout=TIMEOUT,
        limits=limits,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        trust_env=False,
        transport=transport,
    ) as client:
        yield client


def send(client: httpx.Client, request: httpx.Request, monotonic: Callable[[], float]) -> HttpResponse:
    """Return the response to a request, read to its end.

    Raises:
        Retryable: no connection, a broken or slow one, or a body that cannot be decoded.
        UnexpectedResponse: a body too large to be one of Spotify's.
    """
    deadline = monotonic() + SLOWEST_RESPONSE_S
    try:
        response = client.send(request, stream=True)
        try:
            content = b"".join(_chunks(response, deadline, monotonic))
        finally:
            response.close()
    except (httpx.TransportError, httpx.DecodingError) as exc:
        raise Retryable(type(exc).__name__) from exc
    return HttpResponse(str(request.url), response.status_code, dict(response.headers), content)


def _chunks(response: httpx.Response, deadline: float, monotonic: Callable[[], float]) -> Iterator[bytes]:
    """Yield a body's chunks; raise if they are too slow or too many bytes."""
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise UnexpectedResponse(f"a body of more than {LARGEST_BODY} bytes")
        if monotonic() > deadline:
            raise Retryable(f"a body that took longer than {SLOWEST_RESPONSE_S:.0f} s")
        yield chunk


def redirected(response: HttpResponse) -> str | None:
    """Return where a response redirects to, or None if it does not.

    Raises:
        UnexpectedResponse: it leads away from the API's own host.
    """
    if response.status not in {301, 302, 303, 307, 308}:
        return None
    target = str(httpx.URL(response.url).join(response.headers.get("location", "")))
    here, there = urlsplit(response.url), urlsplit(target)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise UnexpectedResponse(f"{response.status} to the foreign host {there.netloc or '(none)'}, not followed")
    return target
