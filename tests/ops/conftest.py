"""The command line as a person uses it, on a whole local stack of its own."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import ops.stack
from local.session import started
from local.source import Choice, simulated
from local.spotify.config import CatalogueSize, Config, Limits
from ops.__main__ import main
from tests.dates.moments import ZONE
from tests.executions.pipeline import Ended, Pipeline
from tests.ops.operator import operator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local.session import Session

TODAY = datetime.now(UTC).date()


def days_ago(days: int) -> str:
    """Return the date this many days ago: `status` shows the last days of the real clock."""
    return (TODAY - timedelta(days=days)).isoformat()


DAY = days_ago(7)
SMALL = Config(size=CatalogueSize(artists=2, albums_per_artist=3), limits=Limits.none())


@dataclass(frozen=True)
class Told:
    """The output of a command, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output, which must be JSON and nothing else."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands in this process, as `python -m ops` does, without a keyboard or with a given one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keyboard = io.StringIO()
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str) -> Told:
        """Return the output of a command."""
        self._monkeypatch.setattr("sys.argv", ["ops", *arguments])
        self._monkeypatch.setattr("sys.stdin", self.keyboard)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main()
            except SystemExit as stopped:
                code = int(stopped.code or 0)
        return Told(code, out.getvalue(), err.getvalue())


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line, without a stack."""
    for name in ("NO_COLOR", "COLUMNS", "OPS_STACK", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(monkeypatch)


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Session]]:
    """A local stack of two artists, up; superseded runs stay for an hour."""
    local = tmp_path_factory.mktemp("ops")
    spotify = Choice(simulated=True, start=partial(simulated, config=SMALL))
    config = {"supersededGraceMinutes": "60", "maxWaitMinutes": "0", "timeZone": ZONE}
    with started("dev", DAY, local=local, choice=spotify, config=config) as session:
        yield local, session


@pytest.fixture(scope="session")
def pipeline(up: tuple[Path, Session]) -> Pipeline:
    """The same stack, for direct checks beside the command line."""
    return Pipeline(up[1])


@pytest.fixture(scope="session")
def first(pipeline: Pipeline) -> Ended:
    """The daily run of its first date."""
    return pipeline.daily(DAY).must_succeed()


@pytest.fixture(scope="session")
def operators_client(up: tuple[Path, Session]) -> Callable[[str], Any]:
    """Return clients with the rights of docs/permissions/operator.json."""
    return operator(up[1])


@pytest.fixture
def local_ops(
    command: CommandLine,
    up: tuple[Path, Session],
    operators_client: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> CommandLine:
    """The command line, for which `--local` is that stack, run by an operator: AWS refuses what operator.json lacks."""
    made = ops.stack.local_stack

    def local_stack(session: Session) -> ops.stack.Stack:
        return replace(made(session), client=operators_client)

    monkeypatch.setattr(ops.stack, "LOCAL", up[0])
    monkeypatch.setattr(ops.stack, "local_stack", local_stack)
    return command


@pytest.fixture(scope="session")
def published(pipeline: Pipeline, first: Ended) -> str:
    """A date that the stack has published."""
    assert pipeline.published(DAY) == first.run_id
    return DAY


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the stack as starting the embedded AWS."""
    for item in items:
        if item.nodeid.startswith("tests/ops/") and "up" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.embedded)
