"""Limits, waits and orders of the embedded Lambda, asked directly: no process runs, and only waits move the clock."""

from __future__ import annotations

import fcntl
import io
import json
import os
import queue
import threading
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.lambda_ import environment, packages, runtime_api, runtime_process
from local.aws.lambda_.environment import Environment
from local.aws.lambda_.output import HEAD, Output
from local.aws.lambda_.runtime_api import Invocation, Post, RuntimeApi
from local.aws.lambda_.runtime_process import RuntimeProcess
from tests.ops.test_waits import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 6_291_556  # bytes: six megabytes, and a hundred
READY, ANSWER = Post("ready"), Post("response", b"1")
FUNCTION: Any = SimpleNamespace(
    timeout_s=3.0, arn="a", version="1", runtime="python3.13", memory_mb=128, log_format="JSON"
)


# --- packages


def test_a_package_that_is_missing_is_named_with_its_versions_in_order() -> None:
    lock = (
        "\n".join(f"pytest==0.{n}" for n in (4, 9, 1, 7, 3)) + "\nnothing==1\n" + 'windows==1 ; sys_platform == "win32"'
    )
    with pytest.raises(packages.PackagesMissing) as missing:
        packages.folder_of_lock(lock)
    named = f"pytest 0.1 or 0.3 or 0.4 or 0.7 or 0.9 (installed: {version('pytest')}), nothing 1 (installed: none). "
    assert named in str(missing.value)


def test_a_clock_that_is_not_there_is_named() -> None:
    with pytest.raises(packages.PackagesMissing, match="no module no_clock"):
        packages.clock_folder("no_clock")


def test_the_same_links_have_one_folder_whoever_makes_it_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    links = dict.fromkeys(("b", "a", "c"), tmp_path)
    monkeypatch.setattr(packages, "KEPT", tmp_path / "kept" / "here")
    folder = packages._linked(links)
    assert packages._linked(dict(sorted(links.items()))) == folder
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    monkeypatch.setattr(Path, "is_dir", lambda it: it != folder)  # another process has made it since this one looked
    assert packages._linked(links) == folder
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    assert folder.stat().st_mode & 0o777 == 0o755


# --- what a process writes


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[Output]:
    """The output of a function that logs JSON from WARN on."""
    found = Output("JSON", "WARN")
    yield found
    found.started()
    found.close()


def _frame(message: bytes, level: int = 0) -> bytes:
    return bytes([0xA5, 0x5A, 0, level << 2]) + len(message).to_bytes(4) + bytes(8) + message


@pytest.mark.parametrize("size", [0, 1, 300, 70_000])
def test_a_frame_is_a_message_once_it_is_whole(written: Output, size: int) -> None:
    frame = _frame(b"x" * size)
    assert len(frame) == HEAD + size
    assert written._cut_frames(frame[:-1]) == frame[:-1]
    assert written._messages == []
    assert written._cut_frames(frame + frame + b"rest") == b"rest"
    assert written._cut_frames(frame) == b""
    assert written._messages == ["x" * size] * 3
    head = _frame(b"")[:4] + (1 << 24).to_bytes(4) + bytes(8)
    assert written._cut_frames(head) == head


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux lets a process choose")
def test_a_process_may_write_a_megabyte_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(fcntl, "fcntl", lambda *given: asked.append(given))
    found = Output("JSON", "INFO")
    assert asked == [(end, fcntl.F_SETPIPE_SZ, 1024 * 1024) for end in found.descriptors()]
    found.started()
    found.close()


def test_messages_of_the_least_level_are_kept_and_those_below_are_not(written: Output) -> None:
    for level in (0, 2, 3, 4, 5):
        written._cut_frames(_frame(str(level).encode(), level))
    for name in ("info", "WARN", "error"):
        written._cut_lines(json.dumps({"level": name}).encode() + b"\n")
    written._cut_lines(b"plain\n[1]\n{no\n\n")
    assert written._messages == ["0", "4", "5", '{"level": "WARN"}', '{"level": "error"}']


def test_a_line_without_its_end_is_a_message_in_the_end() -> None:
    found = Output("Text", "INFO")
    lines = found.lines
    os.write(lines, b"a\nb")
    assert found.messages() == ["a"]
    found.started()
    found.close()
    assert found._messages == ["b"]


# --- the API of a process


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimeApi]:
    """An API that waits for the response to a call, without its server."""
    thread = SimpleNamespace(start=lambda: None)
    monkeypatch.setattr(runtime_api, "_Server", lambda *_: SimpleNamespace(server_address=("", 1), serve_forever=None))
    monkeypatch.setattr(
        runtime_api, "threading", SimpleNamespace(Thread=lambda daemon, **_: thread if daemon else None)
    )
    found = RuntimeApi()
    found.hand(Invocation("now", b"", 0, "arn"))
    yield found
    os.close(found.wakes)
    os.close(found._waker)


@pytest.mark.parametrize(
    ("call", "size", "status", "posted"),
    [
        ("now/response", LARGEST, 202, "response"), ("now/response", LARGEST + 1, 413, "error"),
        ("now/error", LARGEST + 1, 202, "error"), ("before/response", 1, 400, None),
        ("now/other", 1, 404, None), ("now", 1, 404, None), ("now/response/more", 1, 202, "response"),
    ],
    ids=["largest", "too large", "a large error", "too late", "unknown", "incomplete", "with more"],
)  # fmt: skip
def test_a_response_is_taken_up_to_six_megabytes_and_for_this_call_only(
    api: RuntimeApi, call: str, size: int, status: int, posted: str | None
) -> None:
    answer = api.respond("POST", f"/2018-06-01/runtime/invocation/{call}", bytes(size))
    assert answer is not None
    assert answer[0] == status
    assert (api.posts.get_nowait().kind if posted else None) == posted
    assert api.posts.empty()


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({"content-length": "5"}, b"hello more"),
        ({"transfer-encoding": "Chunked"}, b"2;x\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
    ],
    ids=["whole", "in chunks"],
)
def test_a_body_is_read_to_its_end(headers: dict[str, str], sent: bytes) -> None:
    connection = object.__new__(runtime_api._Connection)
    connection.rfile = io.BytesIO(sent)
    assert connection._body(headers) == b"hello"


def test_a_start_that_fails_is_posted(api: RuntimeApi) -> None:
    answer = api.respond("POST", "/2018-06-01/runtime/init/error", b"why")
    assert answer is not None
    assert (answer[0], api.posts.get_nowait()) == (202, Post("init error", b"why"))


# --- waiting for a process


def _process(monkeypatch: pytest.MonkeyPatch, *posts: Post, **how: Any) -> tuple[Any, Clock]:
    """Return a process with these posts; it ends, or takes memory, as `how` says."""
    clock, process = Clock(), object.__new__(RuntimeProcess)
    monkeypatch.setattr(runtime_process, "time", clock)
    monkeypatch.setattr(os, "read", lambda *_: b".")
    api: Any = SimpleNamespace(posts=queue.SimpleQueue(), wakes=0)
    for post in posts:
        api.posts.put(post)
    process._api, process._memory_mb, process.ready = api, 128, False
    process._output = SimpleNamespace(read=lambda: None)  # type: ignore[assignment]
    for name, value in {"memory_mb": lambda _: 128, "is_alive": lambda: True, "_sleep": clock.sleep, **how}.items():
        setattr(process, name, value)
    return process, clock


@pytest.mark.parametrize(
    ("posts", "how", "told", "after"),
    [
        pytest.param([ANSWER], {"is_alive": lambda: False}, ANSWER, 0, id="what it posted before it ended"),
        pytest.param([], {"is_alive": lambda: False}, "exit", 0, id="it ended"),
        pytest.param([], {"memory_mb": lambda _: 129}, "memory", 0, id="too much memory"),
        pytest.param([], {}, "time", 0.12, id="all its memory, and no post in time"),
    ],
)
def test_a_wait_ends_with_a_post_or_says_why_there_is_none(
    monkeypatch: pytest.MonkeyPatch, posts: list[Post], how: dict[str, Any], told: Any, after: float
) -> None:
    process, clock = _process(monkeypatch, *posts, **how)
    assert process.wait(0.12) == told
    assert clock.pauses == pytest.approx([0.05, 0.05, 0.02] if after else [])


@pytest.mark.parametrize(
    ("posts", "how", "after"),
    [
        pytest.param([], {}, 0.2, id="until its time is over"), pytest.param([READY], {}, 0, id="a post"),
        pytest.param([], {"ready": True}, 0, id="ready"), pytest.param([], {"is_alive": lambda: False}, 0, id="ended"),
    ],
)  # fmt: skip
def test_a_start_is_waited_for_until_it_is_decided(
    monkeypatch: pytest.MonkeyPatch, posts: list[Post], how: dict[str, Any], after: float
) -> None:
    process, clock = _process(monkeypatch, *posts, **how)
    process.wait_for_its_start(0.2)
    assert clock.now == pytest.approx(after, abs=0.051)
    assert process._api.posts.qsize() == len(posts)


# --- one environment


class Fake:
    """A process whose client posts what it is told to; it notes until when each post is waited for."""

    made: list[Fake]
    tells: list[Any]
    waited: list[float]

    def __init__(self, _function: Any) -> None:
        self.started, self.ready, self.stopped = 0.0, False, False
        self.popen: Any = SimpleNamespace(wait=lambda: -9)
        self.made.append(self)

    def is_alive(self) -> bool:
        return not self.stopped

    def hand(self, call: Invocation) -> None:
        self.waited.append(call.deadline_ms / 1000)

    def wait(self, until: float) -> Any:
        self.waited.append(until)
        return self.tells.pop(0)

    def messages(self) -> list[str]:
        return []

    def memory_mb(self, _field: str) -> int:
        return 7

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    one = type("OneFake", (Fake,), {"made": [], "tells": [], "waited": []})
    monkeypatch.setattr(environment, "RuntimeProcess", one)
    monkeypatch.setattr(environment, "time", Clock())
    return one


TOO_LARGE = Post("error", b'{"errorType": "Function.ResponseSizeTooLarge"}')
INIT_ERROR = Post("init error", b'{"errorType": "E"}')


@pytest.mark.parametrize(
    ("tells", "failed", "waited", "stopped"),
    [
        pytest.param([READY, ANSWER], False, [10, 3, 3], [False], id="a response"),
        pytest.param([READY, READY, ANSWER], False, [10, 3, 3, 3], [False], id="the request for the next call first"),
        pytest.param([READY, Post("error", b"{}")], True, [10, 3, 3], [False], id="an exception"),
        pytest.param([READY, TOO_LARGE], True, [10, 3, 3], [True], id="a response that is too large"),
        pytest.param([READY, "time"], True, [10, 3, 3], [True], id="a time-out"),
        pytest.param([READY, "memory"], True, [10, 3, 3], [True], id="too much memory"),
        pytest.param(["exit"], True, [10], [True], id="an exit at the start"),
        pytest.param([INIT_ERROR], True, [10], [True], id="an error at the start"),
        pytest.param(["time", READY, ANSWER], False, [10, 3, 3, 3], [True, False], id="a slow start begins again"),
        pytest.param(["time", "time"], True, [10, 3], [True, True], id="a start that is too slow twice"),
    ],
)
def test_a_call_has_its_time_and_a_start_ten_seconds(
    fake: type[Fake], tells: list[Any], failed: bool, waited: list[float], stopped: list[bool]
) -> None:
    fake.tells.extend(tells)
    assert Environment(FUNCTION).invoke(b"", "id").failed is failed
    assert fake.waited == waited
    assert [each.stopped for each in fake.made] == stopped


def test_a_process_that_is_ready_serves_the_next_call_too_and_one_that_ended_does_not(fake: type[Fake]) -> None:
    fake.tells.extend([READY, ANSWER, ANSWER, READY, ANSWER])
    one = Environment(FUNCTION)
    for _ in range(2):
        one.invoke(b"", "id")
    assert (len(fake.made), fake.waited) == (1, [10, 3, 3, 3, 3])
    fake.made[0].stopped = True
    one.invoke(b"", "id")
    assert len(fake.made) == 2


@pytest.mark.parametrize("what", ["invoke", "start", "stop"])
def test_an_environment_does_one_thing_at_a_time(fake: type[Fake], monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """While it does one, another thread has to wait."""
    one, alone = Environment(FUNCTION), list[bool]()

    def look(*_: Any) -> Any:
        other = threading.Thread(target=lambda: alone.append(not one._lock.acquire(blocking=False)))
        other.start()
        other.join()
        return ANSWER

    one.start()
    monkeypatch.setattr(fake, "wait", look)
    monkeypatch.setattr(fake, "stop", look)
    monkeypatch.setattr(environment, "RuntimeProcess", look)
    {"invoke": lambda: one.invoke(b"", "id"), "start": one.start, "stop": one.stop}[what]()
    assert alone
    assert all(alone)


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (0, "Runtime exited without providing a reason"), (1, "Runtime exited with error: exit status 1"),
        (-9, "Runtime exited with error: signal: killed"), (-64, "Runtime exited with error: signal: 64"),
    ],
)  # fmt: skip
def test_an_exit_is_worded_by_its_status(status: int, how: str) -> None:
    assert environment._how_it_ended(status) == how


def test_the_errors_of_the_api_are_small() -> None:
    assert environment._too_large(Post("error", runtime_api._too_large()))
    assert not environment._too_large(
        Post("error", b'{"errorMessage": "' + b"x" * 99 + b'Function.ResponseSizeTooLarge"}')
    )
