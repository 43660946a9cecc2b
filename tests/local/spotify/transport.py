"""An httpx transport to the simulation: no socket, no thread, no sleep; its time-outs move the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from local.spotify.messages import ApiRequest, ApiResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.spotify.service import Spotify


class SimulatedTransport(httpx.BaseTransport):
    """Responds to a client as the simulation over a socket would; a slow response moves its clock."""

    def __init__(self, spotify: Spotify) -> None:
        self.spotify = spotify

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, or raise what httpx raises when a connection breaks or takes too long."""
        request.read()
        answer = self.spotify.answer(_call(request))
        if answer.breakage == "before":
            raise httpx.RemoteProtocolError("simulated: closed without an answer", request=request)
        self._wait(answer, request)
        headers = answer.headers | {"content-length": str(len(answer.body))}
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer, request), request=request)

    def _wait(self, answer: ApiResponse, request: httpx.Request) -> None:
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and answer.delay_s > patience:
            self.spotify.clock.move(patience)
            raise httpx.ReadTimeout("simulated: no answer in time", request=request)
        self.spotify.clock.move(answer.delay_s)


class _Body(httpx.SyncByteStream):
    """A body as it arrives: whole, or half of it before the connection breaks."""

    def __init__(self, answer: ApiResponse, request: httpx.Request) -> None:
        self.answer, self.request = answer, request

    def __iter__(self) -> Iterator[bytes]:
        half = len(self.answer.body) // 2
        yield self.answer.body[:half]
        if self.answer.breakage == "during":
            raise httpx.ReadError("simulated: connection reset", request=self.request)
        yield self.answer.body[half:]


def _call(request: httpx.Request) -> ApiRequest:
    url = request.url
    base = f"{url.scheme}://{url.netloc.decode()}"
    headers = {name.lower(): value for name, value in request.headers.items()}
    return ApiRequest(request.method, url.path, url.query.decode(), headers, request.content, base)
