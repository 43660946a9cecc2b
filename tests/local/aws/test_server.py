"""The embedded AWS ends in an order: it saves, whoever stopped it waits longer than that, and then it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from ministack.core import persistence

from local.aws import process, server

if TYPE_CHECKING:
    from pathlib import Path


class Ended(BaseException):
    """The process would be gone."""


def _noted(monkeypatch: pytest.MonkeyPatch, leader: int) -> list[str]:
    """Return the steps that end a process whose group has this leader."""
    steps: list[str] = []

    def ends(step: str) -> Any:
        def end(*_: object) -> None:
            steps.append(step)
            raise Ended

        return end

    monkeypatch.setattr(os, "getpgid", lambda _: leader)
    monkeypatch.setattr(os, "killpg", ends("kill the group"))
    monkeypatch.setattr(os, "_exit", ends("exit"))
    monkeypatch.setattr(os, "kill", lambda _, number: steps.append(signal.Signals(number).name))
    monkeypatch.setattr(server, "time", SimpleNamespace(sleep=lambda seconds: steps.append(f"wait {seconds}")))
    return steps


@pytest.mark.parametrize(("mine", "end"), [(True, "kill the group"), (False, "exit")], ids=["its own", "by hand"])
def test_a_server_ends_with_its_own_group_or_alone(monkeypatch: pytest.MonkeyPatch, mine: bool, end: str) -> None:
    steps = _noted(monkeypatch, os.getpid() if mine else os.getpid() + 1)
    with pytest.raises(Ended):
        server._end_group()
    assert steps == [end]


def test_a_server_without_its_parent_saves_and_ends_even_if_saving_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs for less time than whoever stops it waits."""
    steps, told = _noted(monkeypatch, os.getpid()), iter([b"x", b""])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=lambda _: next(told))))
    with pytest.raises(Ended):
        server._await_parent()
    assert steps == ["SIGTERM", f"wait {server.SAVED_WITHIN_S}", "kill the group"]
    assert 10 < server.SAVED_WITHIN_S < process.STOPPED_WITHIN_S


def test_a_server_marks_its_state_as_saved_after_it_has_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    steps, saved = _noted(monkeypatch, os.getpid()), tmp_path / "saved"
    monkeypatch.setattr(sys, "argv", ["server", "3", str(saved)])
    daemons: list[bool] = []

    def thread(*, daemon: bool, **_: object) -> Any:
        return SimpleNamespace(start=lambda: daemons.append(daemon))

    monkeypatch.setattr(server, "threading", SimpleNamespace(Thread=thread))

    async def serve(shutdown_trigger: Any) -> None:
        steps.append(f"serve, saved: {saved.exists()}")

    with pytest.raises(Ended):
        asyncio.run(server._serve(serve))
    assert (steps, saved.exists(), daemons) == (["serve, saved: False", "kill the group"], True, [True])


@pytest.mark.parametrize("slow", [False, True], ids=["in time", "too slow"])
def test_a_server_is_waited_for_and_then_killed_with_all_its_processes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, slow: bool
) -> None:
    """Its state directory is free only after that."""
    done: list[str] = []

    def wait(seconds: float | None = None) -> None:
        done.append(f"wait {seconds}")
        if slow and seconds:
            raise subprocess.TimeoutExpired("it", seconds)

    monkeypatch.setattr(os, "killpg", lambda _pid, number: done.append(signal.Signals(number).name))
    stdin = SimpleNamespace(closed=False, close=lambda: done.append("tell it"))
    running: Any = SimpleNamespace(pid=7, stdin=stdin, wait=wait)
    lock: Any = SimpleNamespace(close=lambda: done.append("free its directory"))
    process.EmbeddedAws(tmp_path, 9, running, lock, "one").stop()
    assert done == ["tell it", f"wait {process.STOPPED_WITHIN_S}", "SIGKILL", "wait None", "free its directory"]


def test_a_state_keeps_its_name_only_if_all_of_it_was_kept(tmp_path: Path) -> None:
    file = tmp_path / "generation"
    first = process._generation(file, kept=True)
    assert process._generation(file, kept=True) == first
    assert process._generation(file, kept=False) != first


@pytest.mark.parametrize("full", [False, True], ids=["room", "a full disk"])
def test_a_state_that_had_no_room_does_not_count_as_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, full: bool
) -> None:
    (tmp_path / "services" / ("secrets.json.tmp" if full else "other")).mkdir(parents=True)  # it cannot be written
    monkeypatch.setattr(persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path / "services"))
    monkeypatch.setattr(sys, "argv", ["server", "0", str(tmp_path / "saved")])
    monkeypatch.setattr(server, "_await_parent", lambda: None)
    monkeypatch.setattr(server, "_end_group", lambda: None)

    async def serve(*, shutdown_trigger: object) -> None:
        assert shutdown_trigger
        persistence.save_state("secrets", {})

    asyncio.run(server._serve(serve))
    assert (tmp_path / "saved").exists() is not full
