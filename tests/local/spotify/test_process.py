"""The simulation as a process: on its own port, over real sockets, and it ends with the process that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from local.spotify.config import CatalogueSize, Config
from local.spotify.process import SimulatedSpotify, SimulationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

ORPHAN = """
import os
from local.spotify.process import SimulatedSpotify
print(SimulatedSpotify.start().api_url, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedSpotify]:
    with SimulatedSpotify.start(Config(date="2026-11-23")) as simulated:
        yield simulated


@pytest.fixture
def client(running: SimulatedSpotify) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.api_url, trust_env=False, timeout=5) as client:
        credentials = (running.client_id, running.client_secret)
        answer = client.post(running.token_url, data={"grant_type": "client_credentials"}, auth=credentials)
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def test_it_answers_over_a_socket_with_links_to_itself(running: SimulatedSpotify, client: httpx.Client) -> None:
    artist = running.control("watchlist")["artists"][0]["id"]
    page = client.get(f"/artists/{artist}/albums", params={"include_groups": "album"}).json()
    assert page["next"].startswith(running.api_url)
    assert client.get(page["next"]).status_code == 200
    assert running.requests()[-1]["group"] == "artist_albums"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("slow", httpx.ReadTimeout),
        ("reset", httpx.RemoteProtocolError),
        ("closed", httpx.RemoteProtocolError),
    ],
)
def test_broken_connections_break_for_real(
    running: SimulatedSpotify, client: httpx.Client, kind: str, error: type[httpx.TransportError]
) -> None:
    artist = running.control("watchlist")["artists"][0]["id"]
    running.control("inject", kind=kind, value=0.3)
    with pytest.raises(error):
        client.get(f"/artists/{artist}", timeout=0.1)
    assert client.get(f"/artists/{artist}").status_code == 200


def test_a_control_it_does_not_have_is_an_error_here(running: SimulatedSpotify) -> None:
    with pytest.raises(ValueError, match="No control is called 'explode'"):
        running.control("explode")


def test_two_run_side_by_side_and_stop_for_good(running: SimulatedSpotify) -> None:
    other = SimulatedSpotify.start(Config(size=CatalogueSize(seed=7)))
    assert other.api_url != running.api_url
    assert other.control("watchlist") != running.control("watchlist")
    other.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(other.api_url, trust_env=False)


def test_one_that_cannot_start_says_why() -> None:
    with pytest.raises(SimulationFailed, match="Invalid isoformat string: 'yesterday'"):
        SimulatedSpotify.start(Config(date="yesterday"))


def test_it_ends_with_the_one_that_started_it_even_if_that_one_is_killed() -> None:
    killed = subprocess.run([sys.executable, "-c", ORPHAN], capture_output=True, text=True, check=False)
    url = killed.stdout.strip()
    assert url.startswith("http://127.0.0.1:")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            return
        time.sleep(0.05)
    pytest.fail(f"{url} still answers")
