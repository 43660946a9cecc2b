"""One deployed stack for all executions: the real program, state machine and functions, on a small catalogue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from local.session import started
from local.source import Choice, simulated
from local.spotify.config import CatalogueSize, Config, Limits
from tests.dates.moments import ZONE
from tests.executions.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_DATE = "2026-11-21"
SMALL = Config(size=CatalogueSize(artists=3, albums_per_artist=4), limits=Limits.none())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every execution as one that starts the embedded AWS, and as slow: tests/ops has one of each kind."""
    for item in items:
        if item.nodeid.startswith("tests/executions/") and "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.embedded)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def small_spotify() -> Choice:
    """A simulated Spotify that can be read completely in a short time, not started yet."""
    return Choice(simulated=True, start=partial(simulated, config=SMALL))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, small_spotify: Choice) -> Iterator[Pipeline]:
    """The deployed stack; the simulated Spotify shows `FIRST_DATE`."""
    local = tmp_path_factory.mktemp("executions")
    no_long_waits = {"maxWaitMinutes": "0", "crawlPollSeconds": "2", "timeZone": ZONE}
    with started("dev", FIRST_DATE, local=local, choice=small_spotify, config=no_long_waits) as session:
        yield Pipeline(session)


@pytest.fixture(scope="session")
def first_day(stack: Pipeline) -> str:
    """A date that a daily execution has published."""
    stack.daily(FIRST_DATE).must_succeed()
    return FIRST_DATE


@pytest.fixture(scope="session")
def inbox_day(stack: Pipeline, first_day: str) -> str:
    """A date that an inbox has published, and for which Spotify has not been asked yet: everything is due."""
    return published_by_inbox(stack, first_day, "2026-12-20")


def published_by_inbox(stack: Pipeline, first_day: str, day: str) -> str:
    """Drop what was extracted on the first day for another one, and return that day once it is published."""
    drop_inbox(stack, first_day, day)
    stack.mark_ready(day)
    (ended,) = stack.wait_for_inbox(day, executions=1)
    ended.must_succeed()
    return day


def drop_inbox(stack: Pipeline, first_day: str, day: str) -> None:
    """Drop what was extracted on the first day for another one, without the marker."""
    for key in stack.keys("raw", f"raw/snapshot_date={first_day}/"):
        if key.endswith(".gz"):
            body = stack.read("raw", key)
            stack.put("raw", f"inbox/snapshot_date={day}/{key.rsplit('/', 2)[1]}-{key.rsplit('/', 1)[1]}", body)
