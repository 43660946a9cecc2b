"""After a restart, the first call of a function starts the others too: two at a time, in the order of their need."""

from __future__ import annotations

import json
import re
import sys
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import EmbeddedAws
from tests.local.cloud import function, machine, task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc"),
]
WRITES_BOTH_ENDS_OF_ITS_START = """
import time
from pathlib import Path
def tell(text):
    with Path("{file}").open("a") as starts:
        starts.write(text)
tell("{name}(")
time.sleep(0.5)
tell(")")
def handler(event, context):
    return event
"""
WRITES_ITS_START = """
from pathlib import Path
with Path("{file}").open("a") as starts:
    starts.write("x")
def handler(event, context):
    return event
"""


def became(so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return so()


def test_the_first_call_after_a_restart_starts_each_function_with_packages_once(tmp_path: Path) -> None:
    lock, starts = f"six=={version('six')}\n", [tmp_path / name for name in ("called", "other", "bare")]

    def started() -> list[int]:
        return [len(each.read_text()) if each.exists() else 0 for each in starts]

    with EmbeddedAws.start(tmp_path / "aws") as aws:
        names = [
            function(aws, WRITES_ITS_START.format(file=file), lock=lock if file.name != "bare" else "")
            for file in starts
        ]
        assert became(lambda: started() == [1, 1, 0])
        for name in names[:2]:
            aws.client("lambda").invoke(FunctionName=name, Payload=b"7")
            time.sleep(0.5)
        assert started() == [1, 1, 0], "both were started when they were made"
    with EmbeddedAws.start(tmp_path / "aws") as aws:
        aws.client("lambda").get_function(FunctionName=names[0])
        time.sleep(0.5)
        assert started() == [1, 1, 0], "nothing starts before a call"
        for _ in range(2):
            answer = aws.client("lambda").invoke(FunctionName=names[0], Payload=b"7")
            assert json.load(answer["Payload"]) == 7
        assert became(lambda: started() == [2, 2, 0])
        aws.client("lambda").invoke(FunctionName=names[1], Payload=b"7")
        assert started() == [2, 2, 0], "a function that waits ready is not started again"


def test_they_start_two_at_a_time_as_the_state_machines_name_them(tmp_path: Path) -> None:
    lock, log = f"six=={version('six')}\n", tmp_path / "log"
    named = ("first", "second", "third")

    def all_ended() -> bool:
        return log.exists() and log.read_text().count(")") == len(functions)

    with EmbeddedAws.start(tmp_path / "aws") as aws:
        called = function(aws, WRITES_ITS_START.format(file=tmp_path / "called"), lock=lock)
        functions = {
            name: function(aws, WRITES_BOTH_ENDS_OF_ITS_START.format(file=log, name=name), lock=lock)
            for name in ("unnamed", *reversed(named))
        }
        states: dict[str, Any] = {
            name: task("lambda:invoke", {"FunctionName": functions[name], "Payload": 7}, Next=following)["States"][
                "Work"
            ]
            for name, following in zip(named, (*named[1:], "end"), strict=True)
        }
        for state in states.values():
            del state["End"]
        machine(aws, {"StartAt": "first", "States": {**states, "end": {"Type": "Succeed"}}})
        assert became(all_ended)
    log.unlink()
    with EmbeddedAws.start(tmp_path / "aws") as aws:
        aws.client("lambda").invoke(FunctionName=called, Payload=b"7")
        assert became(all_ended)
    told = log.read_text()
    began = re.findall(r"(\w+)\(", told)
    assert [sorted(began[:2]), sorted(began[2:])] == [["first", "second"], ["third", "unnamed"]]
    assert max(told[:place].count("(") - told[:place].count(")") for place in range(len(told))) == 2
