"""The waits for a Trino, by a clock that only they move: its start, its catalogs, its answers, its download."""

from __future__ import annotations

import io
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import httpx
import pytest

from local.aws.athena.trino import client, engine, installation, server
from local.aws.athena.trino.client import TrinoError
from tests.ops.test_waits import Clock

if TYPE_CHECKING:
    from pathlib import Path

HERE = "http://trino.example"
STARTING, STARTED = b'{"starting": true}', b'{"starting": false}'


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(server, "time", clock)
    monkeypatch.setattr(client, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("told", "alive", "said", "after"),
    [
        pytest.param([None, STARTING, STARTED], True, "", 0.4, id="it starts"),
        pytest.param([], True, r"did not respond within 180 s:\nlast words", 180, id="never"),
        pytest.param([], False, r"exited while it started:\nlast words", 0, id="it ended"),
    ],
)
def test_a_start_is_waited_for_three_minutes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: Clock, told: list[Any], alive: bool, said: str, after: float
) -> None:
    answers = iter(told)

    def opened(url: str, timeout: float) -> Any:
        assert (url, timeout) == (f"{HERE}/v1/info", 5)
        if not (answer := next(answers, None)):
            raise URLError("refused")
        return io.BytesIO(answer)

    monkeypatch.setattr(server, "_direct", SimpleNamespace(open=opened))
    (tmp_path / "log").write_text("last words")
    process: Any = SimpleNamespace(poll=lambda: None if alive else 1)
    trino = server.Trino(HERE, tmp_path / "log", process)
    if said:
        with pytest.raises(server.TrinoFailed, match=said):
            trino.wait_until_ready()
    else:
        trino.wait_until_ready()
    assert clock.now == pytest.approx(after, abs=0.21)


@pytest.mark.parametrize(
    ("name", "after"), [("NO_NODES_AVAILABLE", 60), ("SYNTAX_ERROR", 0)], ids=["its catalogs are missing", "another"]
)
def test_a_query_is_asked_again_for_a_minute_while_the_catalogs_are_missing(
    clock: Clock, name: str, after: float
) -> None:
    def pages() -> list[dict[str, Any]]:
        raise TrinoError(name, "no")

    with pytest.raises(TrinoError, match=name):
        client._once_nodes_are_known(pages)
    assert clock.now == pytest.approx(after, abs=0.51)
    assert set(clock.pauses) <= {0.5}


@pytest.mark.parametrize(
    ("stopped", "calls"),
    [(False, ["POST", "GET", "GET"]), (True, ["POST", "DELETE"])],
    ids=["to the end", "until it is stopped"],
)
def test_an_answer_is_read_page_by_page_each_within_a_minute(
    monkeypatch: pytest.MonkeyPatch, stopped: bool, calls: list[str]
) -> None:
    made: list[str] = []
    real, waits = httpx.Client, list[float]()

    def page(request: httpx.Request) -> httpx.Response:
        made.append(request.method)
        return httpx.Response(200, json={"stats": {}, **({"nextUri": f"{HERE}/next"} if len(made) < 3 else {})})

    def http(*, timeout: float, headers: dict[str, str], **_: Any) -> httpx.Client:
        waits.append(timeout)
        assert headers["X-Trino-Session"] == "query_max_scan_physical_bytes=0B"
        return real(transport=httpx.MockTransport(page))

    monkeypatch.setattr(httpx, "Client", http)
    if stopped:
        with pytest.raises(TrinoError, match="USER_CANCELED"):
            list(client._pages(HERE, "SELECT 1", "d", 0, lambda: True))
    else:
        assert len(list(client._pages(HERE, "SELECT 1", "d", 0, lambda: False))) == 3
    assert (made, waits) == (calls, [60])


def test_the_stages_of_a_query_are_counted_with_those_that_they_read_from() -> None:
    tree = {"subStages": [{"subStages": [{}]}, {"subStages": None}]}
    assert (client._stages(None), client._stages({}), client._stages(tree)) == (0, 1, 4)


def test_two_queries_start_one_trino(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    locked: list[bool] = []
    monkeypatch.setattr(engine, "_started", [])
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("EMBEDDED_AWS_TRINO", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", HERE)

    def start(*_: object) -> Any:
        locked.append(engine._starting.locked())
        return "trino"

    monkeypatch.setattr(server.Trino, "start", start)
    found: list[Any] = [engine.begin(), engine.begin()]
    assert (found, locked) == (["trino", "trino"], [True])


def test_a_download_has_seven_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def maven(*_: Any, timeout: float, **__: Any) -> Any:
        raise subprocess.TimeoutExpired("mvn", timeout)

    monkeypatch.setattr(subprocess, "run", maven)
    with pytest.raises(installation.NotInstalled, match=r"within 420 s\. Try again"):
        installation._maven(tmp_path, [])
