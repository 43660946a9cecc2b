"""The ASGI application: the same responses in-process, and controls that no client reaches by accident."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from local.spotify.app import create_app
from local.spotify.config import CLIENT_ID, CLIENT_SECRET, CONTROL_HEADER, Config
from tests.local.spotify.conftest import DAY, NOW, authorised

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONFIG = Config(date=DAY, now=NOW)
BASE = "http://spotify.test"


@asynccontextmanager
async def client_of(control_key: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an application, with a token."""
    transport = httpx.ASGITransport(create_app(CONFIG, control_key=control_key))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        form = {"grant_type": "client_credentials"}
        answer = await client.post("/api/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def test_it_answers_as_the_transport_does() -> None:
    app = create_app(CONFIG)
    artist = app.state.control.watchlist()["artists"][0]["id"]
    path = f"/v1/artists/{artist}/albums?limit=10&market=US"

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        async with client_of() as client:
            full = await client.get(path)
            return full, await client.get(path, headers={"if-none-match": full.headers["etag"]})

    full, unchanged = asyncio.run(ask())
    expected = authorised(app.state.spotify).get(f"{BASE}{path}")
    assert (full.status_code, full.json(), full.headers["etag"]) == (200, expected.json(), expected.headers["etag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize(
    ("key", "path", "header"),
    [
        pytest.param("", "/_sim/state", "", id="no key was set"),
        pytest.param("", "/_sim/state", "guess", id="no key was set, one is guessed"),
        pytest.param("right", "/_sim/state", "", id="no key is given"),
        pytest.param("right", "/_sim/state", "wrong", id="the wrong key is given"),
        pytest.param("right", "/v1/_sim/state", "right", id="below the API"),
        pytest.param("right", "/v1/../_sim/state", "", id="by a path that climbs"),
        pytest.param("right", "/v1//_sim/state", "right", id="by two slashes"),
    ],
)
def test_the_controls_are_reached_by_nobody_without_their_key_and_never_below_the_api(
    key: str, path: str, header: str
) -> None:
    async def ask() -> list[int]:
        async with client_of(key) as client:
            calls = [client.request(method, path, headers={CONTROL_HEADER: header}) for method in ("GET", "POST")]
            return [(await call).status_code for call in calls]

    assert set(asyncio.run(ask())) <= {404, 405}


def test_the_controls_answer_to_their_key() -> None:
    async def ask() -> list[httpx.Response]:
        async with client_of("right") as client:
            client.headers[CONTROL_HEADER] = "right"
            return [
                await client.post("/_sim/set_date", json={"day": "2027-01-01"}),
                await client.post("/_sim/state"),
                await client.post("/_sim/explode"),
                await client.post("/_sim/state", content=b"{"),
            ]

    done, state, unknown, broken = asyncio.run(ask())
    assert done.json() == {"result": None}
    assert state.json()["result"]["date"] == "2027-01-01"
    assert (unknown.status_code, broken.status_code) == (400, 400)
    assert "No control is called 'explode'" in unknown.json()["error"]
