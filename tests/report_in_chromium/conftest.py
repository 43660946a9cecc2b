"""A real Chromium, driven over WebDriver; the tests are skipped where there is none, and in CI."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from tests.report_in_chromium.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ("chromium", "chromedriver")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs Chromium where there is none."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    reason = "CI runs no browser" if os.environ.get("CI") else f"no {' and no '.join(missing)} on the PATH"
    for item in items:
        if item.nodeid.startswith("tests/report_in_chromium/"):
            item.add_marker(pytest.mark.chromium)
            item.add_marker(pytest.mark.slow)
            if missing or os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def window() -> Iterator[Window]:
    """One window, kept for the session."""
    opened = Window.open(shutil.which("chromium") or "", shutil.which("chromedriver") or "")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
