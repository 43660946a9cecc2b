"""Calls to the local stack's servers, and the modules that a command must not import for them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from local.loopback import answers, ask
from local.spotify.config import CONTROL_HEADER
from local.spotify.process import SimulatedSpotify
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS = {
    "import ops.app; ops.app.command_line('status'); import local.session, local.source, local.spotify.process": (
        "httpx", "trio", "pandas", "pyarrow", "boto3",
    ),
    "import local.app, ops.demo.days": ("httpx", "trio", "pandas", "pyarrow", "boto3"),
    "from local.aws.patches import install_all; install_all()": (
        "local.aws.athena.run", "sqlglot", "pyarrow", "pandas", "docker", "requests",
    ),
}  # fmt: skip
"""Statements of a program's start, and modules that it must not load: each takes a tenth of a second and more."""


@pytest.fixture(scope="module")
def spotify() -> Iterator[SimulatedSpotify]:
    with SimulatedSpotify.start() as running:
        yield running


@pytest.mark.parametrize("start", one_in(3, STARTS))
def test_what_a_start_does_not_need_is_not_loaded(start: str) -> None:
    code = f"import sys; {start}; print([each for each in {STARTS[start]} if each in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_a_control_returns_its_result(spotify: SimulatedSpotify) -> None:
    found = ask(spotify.address["control_url"], {CONTROL_HEADER: spotify.address["control_key"]}, "state", {})
    assert set(found) >= {"date"}


def test_a_control_without_its_key_is_an_error_that_says_so(spotify: SimulatedSpotify) -> None:
    with pytest.raises(ValueError, match="not found"):
        ask(spotify.address["control_url"], {CONTROL_HEADER: "wrong"}, "state", {})


@pytest.mark.parametrize(
    ("says", "there"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n", True),
        (b"HTTP/1.0 503 Service Unavailable\r\n\r\n", False),
        (b"no HTTP at all\r\n\r\n", False),
        (b"", False),
    ],
)
def test_only_what_answers_well_is_there(says: bytes, there: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def reply() -> None:
            with server.accept()[0] as connection:
                connection.recv(1024)
                connection.sendall(says)

        thread = threading.Thread(target=reply)
        thread.start()
        assert answers(f"http://127.0.0.1:{port}/") == there
        thread.join()
    assert not answers(f"http://127.0.0.1:{port}/"), "nobody listens any more"
