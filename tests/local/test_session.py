"""Wait for a local stack that another process is starting or stopping."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from local import loopback, session
from local.aws.process import StateInUse
from local.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOBODY = 2**22 + 1
"""No process has this ID: Linux gives none beyond 4,194,304 (proc(5), pid_max)."""
STARTED = cast("session.Session", object())


def test_waiting_for_a_state_that_is_in_use_says_once_that_it_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    attempts: list[int] = []

    @contextmanager
    def started(_stack: str, _date: str | None, told: Callable[[str], None], *_: Any, **__: Any) -> Iterator[Any]:
        attempts.append(1)
        told(f"{session.STARTING} and the simulated Spotify")
        if len(attempts) < 3:
            raise StateInUse("in use")
        told("The embedded AWS answers")
        yield STARTED

    lines: list[str] = []
    monkeypatch.setattr(session, "started", started)
    with session.attached(told=lines.append, local=tmp_path) as found:
        assert found is STARTED
    assert len(attempts) == 3
    assert lines == ["Starting the embedded AWS and the simulated Spotify", "The embedded AWS answers"]


@pytest.mark.parametrize(
    ("owner", "listening", "message"),
    [
        (os.getpid(), False, f"Process {os.getpid()} has the local stack, but its embedded AWS has ended"),
        (NOBODY, False, "in use"),  # what a kill left; a third process is just starting the stack
        (os.getpid(), True, "in use"),  # it is busy
    ],
    ids=["dead", "left over", "busy"],
)
def test_a_process_whose_aws_is_dead_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, owner: int, message: str, *, listening: bool
) -> None:
    monkeypatch.setattr(session, "started", in_use)
    monkeypatch.setattr(session, "UP_WITHIN_S", 0.5)
    monkeypatch.setattr(session, "ENDED_FOR_S", 0.1)
    monkeypatch.setattr(loopback, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        if not listening:
            server.close()
        up = session.Session("dev", endpoint, "state", {}, Source("api", "token", "id", "hidden"), owner)
        session._remember(up, tmp_path)
        with pytest.raises(session.SessionError, match=message), session.attached(local=tmp_path):
            pass


@contextmanager
def in_use(*_: Any, **__: Any) -> Iterator[Any]:
    raise StateInUse("in use")
    yield  # type: ignore[unreachable]  # a context manager needs one
