"""The simulation as an ASGI application: the API under /v1, the token endpoint, and the controls beside them."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.spotify.config import CONTROL_HEADER, Config
from local.spotify.control import Control
from local.spotify.messages import ApiRequest, ApiResponse
from local.spotify.service import API, TOKEN, Spotify

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send


CONTROL_PATH = "/_sim"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class ConnectionBroken(ConnectionError):
    """Ends a connection before its answer is complete; uvicorn closes the socket."""


def create_app(config: Config, *, control_key: str = "") -> Starlette:
    """Return the application; `app.state.spotify` is the simulation, `app.state.control` its controls.

    The controls answer under `/_sim/<action>` only to calls that carry the key, and not at all without one.
    """
    spotify = Spotify(config)
    control = Control(spotify)

    async def call(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        base = f"{request.url.scheme}://{request.url.netloc}"
        asked = ApiRequest(request.method, request.url.path, request.url.query, headers, await request.body(), base)
        return SimulatedResponse(spotify.answer(asked))

    async def act(request: Request) -> Response:
        given = request.headers.get(CONTROL_HEADER, "")
        if not control_key or not hmac.compare_digest(given.encode(), control_key.encode()):
            return JSONResponse({"error": "not found"}, 404)
        try:
            arguments = json.loads(await request.body() or b"{}")
            return JSONResponse({"result": control.act(request.path_params["action"], arguments)})
        except ValueError as exc:
            return JSONResponse({"error": str(exc)}, 400)

    app = Starlette(
        routes=[
            Route(API + "/{path:path}", call, methods=METHODS),
            Route(TOKEN, call, methods=METHODS),
            Route(CONTROL_PATH + "/{action}", act, methods=METHODS),
        ]
    )
    app.state.spotify, app.state.control = spotify, control
    return app


class SimulatedResponse(Response):
    """An answer as it goes over the wire: after its delay, whole or broken off."""

    def __init__(self, answer: ApiResponse) -> None:
        super().__init__(answer.body, answer.status, answer.headers)
        self.answer = answer
        if answer.status == 304:
            del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or part of it."""
        if self.answer.delay_s:
            await asyncio.sleep(self.answer.delay_s)
        if not self.answer.breakage:
            await super().__call__(scope, receive, send)
            return
        whole = self.body if self.answer.breakage == "during" else b""
        length = str(max(1, len(self.body))).encode()
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        headers.append((b"content-length", length))
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(whole[: len(whole) // 2]), "more_body": True})
        raise ConnectionBroken("simulated: the connection breaks before the answer is complete")
