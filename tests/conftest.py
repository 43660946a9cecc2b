"""Fixtures that every room shares."""

from __future__ import annotations

from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "spotify" / "recorded"
OPENAPI = RECORDED.parent / "openapi" / "fixed-spotify-open-api.yml"


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded Web API answers; the test is skipped where it is missing."""
    if not RECORDED.is_dir():
        pytest.skip("the recorded Web API answers are not part of the repository")
    return RECORDED


@pytest.fixture(scope="session")
def openapi() -> Path:
    """The OpenAPI description of the Web API; the test is skipped where it is missing."""
    if not OPENAPI.is_file():
        pytest.skip("the OpenAPI description is not part of the repository")
    return OPENAPI
