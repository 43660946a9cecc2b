"""One embedded AWS for all tests below; each test uses names of its own in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.embedded import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An embedded AWS in a directory of its own, shared by the whole session: create what you need under new names."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("aws")) as running:
        yield running
