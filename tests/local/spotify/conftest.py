"""A simulation in-process, and a client that has its token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.spotify.config import CLIENT_ID, CLIENT_SECRET, CatalogueSize, Config, Limits
from local.spotify.control import Control
from local.spotify.service import Spotify
from tests.local.spotify.transport import SimulatedTransport

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-11-23"
NOW = "2026-11-23T06:00:00Z"
PLAIN = CatalogueSize(oddities="none")


@dataclass(frozen=True)
class Simulation:
    """The simulation, its controls, and an authorised client."""

    spotify: Spotify
    control: Control
    client: httpx.Client

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        """Return the answer to a call below /v1."""
        return self.client.get(path, params=parameters)

    def json(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """Return the body of a call that must succeed."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def pages(self, path: str, **parameters: str | int) -> list[dict[str, Any]]:
        """Return all pages from a path on, by following `next`."""
        found = [self.json(path, **parameters)]
        while following := found[-1]["next"]:
            found.append(self.client.get(following).json())
        return found

    @property
    def artists(self) -> list[str]:
        """The ids of the watch-list."""
        return [artist["id"] for artist in self.control.watchlist()["artists"]]


def authorised(spotify: Spotify) -> httpx.Client:
    """Return a client below /v1 that carries a token."""
    client = httpx.Client(transport=SimulatedTransport(spotify), base_url="http://spotify.test/v1")
    answer = client.post(
        "http://spotify.test/api/token", data={"grant_type": "client_credentials"}, auth=(CLIENT_ID, CLIENT_SECRET)
    )
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


@pytest.fixture
def simulate() -> Callable[..., Simulation]:
    """Start a simulation in-process, on a fixed day and with a stopped clock; options are the fields of Config."""

    def start(**options: Any) -> Simulation:
        config = replace(Config(date=DAY, now=NOW, size=PLAIN, limits=Limits.none()), **options)
        spotify = Spotify(config)
        return Simulation(spotify, Control(spotify), authorised(spotify))

    return start
