"""After a restart, the first call of a function starts the others too, which then need not wait for one another."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from local.aws import EmbeddedAws
from tests.local.cloud import function

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc"),
]
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
