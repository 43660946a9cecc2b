"""The program's registrations, recorded once for all claims about them."""

from __future__ import annotations

import pytest

from tests.infra.recording import OTHERWISE, Recorded, program


@pytest.fixture(scope="session")
def stack() -> Recorded:
    """The dev stack."""
    return program("dev")


@pytest.fixture(scope="session")
def prod() -> Recorded:
    """The prod example."""
    return program("prod")


@pytest.fixture(scope="session")
def otherwise() -> Recorded:
    """The dev stack with opposite settings: a given key, no schedule, and so on."""
    return program("dev", **OTHERWISE)
