"""Environments start in the order in which they are needed, and nobody waits for one longer than told."""

from __future__ import annotations

import fcntl
import threading
import time
from queue import Queue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ministack.services import lambda_svc
from ministack.services import stepfunctions as sfn

from local.aws.lambda_ import service
from local.aws.lambda_.output import Output
from local.aws.lambda_.runtime_process import RuntimeProcess

if TYPE_CHECKING:
    import pytest


def test_functions_are_needed_in_the_order_in_which_the_definitions_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    definition = '"arn:aws:lambda:x:1:function:b", "arn:aws:lambda:x:1:function:a"'
    monkeypatch.setattr(sfn, "_state_machines", {"m": {"definition": definition}})
    monkeypatch.setattr(lambda_svc, "_functions", dict.fromkeys(("c", "a", "b")))
    assert service._in_order_of_need() == ["b", "a", "c"]


def test_a_new_function_replaces_its_environment_and_one_in_turn_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, bool]] = []
    monkeypatch.setattr(service, "_start", lambda func, *, replaces: started.append((func, replaces)))
    monkeypatch.setattr(service, "_called", {"called"})
    monkeypatch.setattr(lambda_svc, "_functions", {"new": "new", "called": "called", "other": "other"})
    service._start_in_turn(iter(("called", "gone", "other")))
    assert started == [("other", False)]
    service._create(lambda _: None, {"FunctionName": "new"})
    assert started[1:] == [("new", True)]


def test_the_threads_that_start_the_others_end_with_the_process_and_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[Any] = []

    def thread(**told: Any) -> Any:
        threads.append(told["daemon"])
        return SimpleNamespace(start=lambda: None)

    monkeypatch.setattr(threading, "Thread", thread)
    monkeypatch.setattr(service, "_called", set())
    for name in ("a", "b"):
        service._start_others(name)
    assert threads == [True, True]
    assert service._called == {"a", "b"}


class Waiting(RuntimeProcess):
    """A process that runs, posts nothing, and may not be waited for any more."""

    def __init__(self) -> None:
        self._api: Any = SimpleNamespace(posts=Queue())
        self._output: Any = SimpleNamespace(read=lambda: None)
        self._memory_mb = 0
        self.ready = False

    def is_alive(self) -> bool:
        return True

    def memory_mb(self, _: str) -> int:
        return 0

    def _sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_no_process_is_waited_for_once_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Waiting()
    monkeypatch.setattr(time, "monotonic", lambda: 5.0)
    monkeypatch.setattr(time, "sleep", process._sleep)
    assert process.wait(5.0) == "time"
    process.wait_for_its_start(0.0)


def test_output_is_read_through_a_small_pipe_where_a_large_one_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    output = Output("JSON", "INFO")
    output.started()
    output.close()
