"""Fixtures that all test folders share."""

from __future__ import annotations

import atexit
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from local.aws import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# pandera imports hypothesis if it is installed, and hypothesis imports others' plug-ins (trio, and through it pytest):
# two thirds of a second in each process that the tests start.
os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")

# CI uses the same examples each time, so that no landing fails by chance; elsewhere each run has new ones. No example
# has a deadline: on a machine that others use too, it would be missed by chance.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "spotify" / "recorded"
OPENAPI = RECORDED.parent / "openapi" / "fixed-spotify-open-api.yml"


SHARED = {
    "executions": "executions", "ops": "ops", "report_in_chromium": "chromium", "rotation": "rotation",
    "infra": "program", "policy": "program", "soak": "soak",
}  # fmt: skip
LONGEST_FIRST = ("executions", "chaos", "ops", "conformance", "program", "aws", "demo", "chromium", "rotation", "soak")
"""Groups that workers begin with: the longest would end last if it began late. Four that start a stack at once would
take longer than their tests may, so `program`, which computes, is between them."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exempt the collected tests from garbage collection until the end of the process.

    Then they are collected: DuckDB warns about each of its objects that is left.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.set_threshold(50_000, 20, 100)  # three percent less processor time
        gc.freeze()
        atexit.register(gc.unfreeze)
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests with a shared costly fixture in one worker: a stack, a program, the embedded AWS, or a file's own."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            file = item.nodeid.partition("::")[0]
            room = file.split("/")[1]
            aws = "conformance" if "/conformance/" in file else "aws"
            rest = aws if "aws" in getattr(item, "fixturenames", ()) else file
            item.add_marker(pytest.mark.xdist_group(SHARED.get(room, rest)))
    items.sort(key=_turn)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stop if the groups above would have no effect: each worker would create every costly fixture again."""
    if session.config.getoption("loadgroup", default=False) and session.items and "@" not in session.items[0].nodeid:
        raise pytest.UsageError("this pytest-xdist does not see the groups of tests that this pytest has: pin them so")


def _turn(item: pytest.Item) -> int:
    """Return the rank of a test's group."""
    marker = item.get_closest_marker("xdist_group")
    group = marker.args[0] if marker else ""
    return LONGEST_FIRST.index(group) if group in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded Web API responses; the test is skipped if it is missing."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded Web API answers are not part of the repository")
    return RECORDED


@pytest.fixture(scope="session")
def openapi() -> Path:
    """The OpenAPI description of the Web API; the test is skipped if it is missing."""
    if not OPENAPI.is_file():
        pytest.skip("the OpenAPI description is not part of the repository")
    return OPENAPI


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An embedded AWS in its own directory, shared by the whole session: create what you need under new names."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("aws")) as running:
        yield running
