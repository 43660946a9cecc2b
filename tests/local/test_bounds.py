"""The processes of the local stack start and end within a bound, and the last trace of a session goes first."""

from __future__ import annotations

import io
import subprocess
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.error import URLError

import pytest
from rich.console import Console

from local import browser, session, up
from local.aws import process
from local.last_deployment import LastDeployment
from local.source import Choice, Source
from local.spotify.config import Config
from local.spotify.process import SimulatedSpotify
from tests.ops.test_waits import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALIVE: Any = SimpleNamespace(poll=lambda: None)
DEAD: Any = SimpleNamespace(poll=lambda: 1)
PLACE = "http://127.0.0.1:9"


def test_a_session_is_forgotten_before_its_servers_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Otherwise another command would use a stack that is just stopping."""
    seen: list[tuple[str, bool]] = []
    file = tmp_path / "session.json"

    @contextmanager
    def aws(*_: object, **__: object) -> Iterator[Any]:
        yield SimpleNamespace(endpoint=PLACE)
        seen.append(("AWS ends", file.exists()))

    def source(*_: object) -> Any:
        return Source("api", "token", "id", "hidden"), lambda: seen.append(("Spotify ends", file.exists()))

    monkeypatch.setattr(process.EmbeddedAws, "start", aws)
    monkeypatch.setattr(LastDeployment, "outputs", lambda *_: {"bucket": "raw"})
    for name in ("read_in", "made_of", "seed"):
        monkeypatch.setattr(session, name, lambda *_: None)
    monkeypatch.setattr(session, "_deployed", lambda *_: {})
    with session.started(local=tmp_path, choice=Choice(simulated=True, start=source)):
        seen.append(("up", file.exists()))
    assert seen == [("up", True), ("AWS ends", False), ("Spotify ends", False)]


def test_the_port_of_the_last_start_is_kept_if_it_is_free_and_replaced_if_it_is_taken(tmp_path: Path) -> None:
    with process._listening_socket(tmp_path) as first:
        taken = first.getsockname()[1]
        with process._listening_socket(tmp_path) as second:
            other = second.getsockname()[1]
    with process._listening_socket(tmp_path) as third:
        again = third.getsockname()[1]
    assert other != taken
    assert again == other


def test_an_embedded_aws_that_never_answers_is_waited_for_a_minute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Clock()

    def refused(*_: object, timeout: float) -> None:
        assert timeout == 5
        raise URLError("refused")

    monkeypatch.setattr(process, "time", machine)
    monkeypatch.setattr(process, "_direct", SimpleNamespace(open=refused))
    (tmp_path / "server.log").write_text("its last words")
    aws = process.EmbeddedAws(tmp_path, 9, ALIVE, None, "one")  # type: ignore[arg-type]  # nothing is locked
    with pytest.raises(process.EmbeddedAwsFailed, match=r"did not respond within 60 s:\nits last words"):
        aws._wait_until_ready()
    assert machine.now == pytest.approx(60, abs=0.5)
    aws._process = DEAD
    with pytest.raises(process.EmbeddedAwsFailed, match="exited while it started"):
        aws._wait_until_ready()
    assert machine.now == pytest.approx(60, abs=0.5)


def test_a_session_that_is_interrupted_as_it_is_noted_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def remember(*_: object) -> None:
        (tmp_path / "session.json").touch()
        raise KeyboardInterrupt

    aws = SimpleNamespace(endpoint=PLACE, client=None)
    monkeypatch.setattr(process.EmbeddedAws, "start", lambda *_, **__: nullcontext(aws))
    monkeypatch.setattr(LastDeployment, "outputs", lambda *_: {"bucket": "raw"})
    for name in ("read_in", "made_of", "seed"):
        monkeypatch.setattr(session, name, lambda *_: None)
    monkeypatch.setattr(session, "_deployed", lambda *_: {})
    monkeypatch.setattr(session, "_remember", remember)
    choice = Choice(simulated=True, start=lambda *_: (Source("api", "token", "id", "hidden"), lambda: None))
    with pytest.raises(KeyboardInterrupt), session.started(local=tmp_path, choice=choice):
        pass
    assert not (tmp_path / "session.json").exists()


@pytest.mark.parametrize(("browsing", "waited"), [(ALIVE, 30), (DEAD, 0)], ids=["alive", "dead"])
def test_a_browser_is_waited_for_half_a_minute_and_not_at_all_once_it_has_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, browsing: Any, waited: float
) -> None:
    machine = Clock()
    monkeypatch.setattr(browser, "time", machine)
    monkeypatch.setattr(browser, "answers", lambda _: False)
    with pytest.raises(session.SessionError, match=r"did not start; see .*log"):
        browser._wait_until_ready(browsing, PLACE, tmp_path)
    assert machine.now == waited


def test_a_browser_that_answers_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine, answers = Clock(), iter([False, True])
    monkeypatch.setattr(browser, "time", machine)
    monkeypatch.setattr(browser, "answers", lambda _: next(answers))
    browser._wait_until_ready(ALIVE, PLACE, tmp_path)
    assert machine.pauses == [0.25]


def test_an_installation_of_the_browser_that_fails_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A package that is half installed is not marked as installed."""
    failed = subprocess.CompletedProcess([], 1, "", "no network\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(session.SessionError, match="cannot be installed: no network\nStart without --browse"):
        browser._installed(tmp_path, lambda _: None)
    assert not (tmp_path / "installed").exists()


def test_a_browser_is_installed_once_for_each_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []
    lock = tmp_path / "lock.txt"
    monkeypatch.setattr(browser, "LOCK", lock)
    monkeypatch.setattr(browser, "_run", lambda command: asked.append(command[1]))
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    for text, runs in (("one", ["venv", "pip"]), ("one", []), ("two", ["venv", "pip"])):
        lock.write_text(text)
        browser._installed(tmp_path, lambda _: None)
        assert asked == runs
        asked.clear()


def test_a_browser_whose_packages_could_not_be_installed_is_installed_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(command: list[str]) -> None:
        if command[1] == "pip":
            raise session.SessionError("no network")

    monkeypatch.setattr(browser, "_run", run)
    with pytest.raises(session.SessionError):
        browser._installed(tmp_path / "new", lambda _: None)
    assert not (tmp_path / "new" / "installed").exists()


class Running:
    """A process that ends when it is asked to or, if it is stubborn, once it is killed."""

    def __init__(self, *, stubborn: bool) -> None:
        self.stdin = self.stdout = None
        self.done: list[str] = []
        self._alive = stubborn

    def terminate(self) -> None:
        self.done.append("terminate")

    def kill(self) -> None:
        self.done.append("kill")
        self._alive = False

    def wait(self, timeout: float | None = None) -> None:
        self.done.append(f"wait {timeout}")
        if self._alive and timeout is not None:
            raise subprocess.TimeoutExpired("it", timeout)


@pytest.mark.parametrize(
    ("stubborn", "done"),
    [(False, ["wait 5"]), (True, ["wait 5", "kill", "wait None"])],
    ids=["ends", "stubborn"],
)
def test_a_simulated_spotify_that_does_not_end_in_five_seconds_is_killed(stubborn: bool, done: list[str]) -> None:
    running: Any = Running(stubborn=stubborn)
    address = {"api_url": "api", "token_url": "token"}
    SimulatedSpotify(running, Config(), address).stop()
    assert running.done == done


@pytest.mark.parametrize(
    ("stubborn", "done"),
    [(False, ["terminate", "wait 10"]), (True, ["terminate", "wait 10", "kill", "wait None"])],
    ids=["ends", "stubborn"],
)
def test_a_browser_is_stopped_also_if_its_session_breaks_off_and_killed_if_it_does_not_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stubborn: bool, done: list[str]
) -> None:
    running: Any = Running(stubborn=stubborn)
    (tmp_path / "browser").mkdir()
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: running)
    monkeypatch.setattr(browser, "_installed", lambda *_: tmp_path)
    monkeypatch.setattr(browser, "_wait_until_ready", lambda *_: None)
    up: Any = SimpleNamespace(endpoint=PLACE)
    with pytest.raises(KeyboardInterrupt), browser.browser(up, tmp_path, lambda _: None):
        raise KeyboardInterrupt
    assert running.done == done


def test_a_stack_whose_aws_ended_does_not_stay_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    waits = iter((False, False, True))
    process_seen = SimpleNamespace(poll=iter((None, 1)).__next__)

    @contextmanager
    def started(*_: object, **__: object) -> Iterator[session.Session]:
        aws = process.EmbeddedAws(tmp_path, 9, cast("Any", process_seen), io.StringIO(), "generation")
        yield session.Session("dev", PLACE, "", {}, Source("api", "token", "id", "hidden"), 1, aws=aws)

    monkeypatch.setattr(up, "started", started)
    monkeypatch.setattr(up, "how_to_reach", lambda *_: "up")
    monkeypatch.setattr(up, "_told_to_stop", lambda: SimpleNamespace(wait=lambda _: next(waits)))
    told = io.StringIO()
    assert up.up("dev", Console(file=told, width=1000), tmp_path) == 1
    assert told.getvalue().endswith(f"The embedded AWS ended; its log is {tmp_path / 'server.log'}.\n")
    assert list(waits) == [True]
