"""The program's registrations, recorded once for all claims about them."""

from __future__ import annotations

import pytest

from tests.infra.recording import Recorded, record


@pytest.fixture(scope="session")
def stack() -> Recorded:
    """The dev stack, without layers: building them is tried elsewhere."""
    return record("dev", {"dependencyLayers": "false"})


@pytest.fixture(scope="session")
def prod() -> Recorded:
    """The prod example."""
    return record("prod", {"dependencyLayers": "false"})
