"""Threads that write the same thing write it one at a time: each holds a lock meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import stepfunctions as sfn

from local.aws import process
from local.aws.iam import call_log
from local.aws.sns import notifications
from local.aws.stepfunctions import expressions, history, task_faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAIL = {"endpoint": "e", "topic_arn": "t"}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The files that the server writes."""
    for name in ("EVALUATIONS", "FAULTS", "MAILBOX"):
        monkeypatch.setenv(f"EMBEDDED_AWS_{name}", str(tmp_path / name))
        (tmp_path / name).write_text('{"rules": []}')


@pytest.mark.parametrize(
    ("lock", "owner", "name", "writes"),
    [
        pytest.param(
            history._lock, sfn, "_add_event", lambda: history.append({}, "PassStateEntered", 0, {}), id="an event"
        ),
        pytest.param(
            call_log._lock, call_log, "_log", lambda: call_log.record("p", "a", "r", {}, allowed=True), id="a call"
        ),
        pytest.param(notifications._lock, json, "dumps", lambda: notifications._mail(MAIL, "s", "t"), id="a mail"),
        pytest.param(task_faults._lock, json, "dumps", lambda: task_faults._note({}, "r"), id="a fault that fired"),
        pytest.param(
            task_faults._lock, task_faults, "_Plan", lambda: task_faults._rule("s", "r"), id="a plan of faults"
        ),
        pytest.param(
            expressions._writing, json, "dumps", lambda: expressions.Scope(1, {})._record("x"), id="an evaluation"
        ),
        pytest.param(
            process._creating,
            process,
            "_session",
            lambda: process.administrator("http://127.0.0.1:9", "x"),
            id="a client",
        ),
    ],
)
@pytest.mark.usefixtures("files")
def test_a_writer_holds_its_lock(
    monkeypatch: pytest.MonkeyPatch, lock: Any, owner: Any, name: str, writes: Callable[[], object]
) -> None:
    held: list[bool] = []

    class Seen(Exception):
        """The lock was looked at; nothing needs to be written."""

    def look(*_: object, **__: object) -> Any:
        held.append(lock.locked())
        raise Seen

    monkeypatch.setattr(task_faults, "_plan", None)
    monkeypatch.setattr(owner, name, look)
    with pytest.raises(Seen):
        writes()
    assert held == [True]
    assert not lock.locked()
