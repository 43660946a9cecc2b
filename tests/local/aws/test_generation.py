"""The generation of an embedded AWS's state stays if everything was kept, and changes if something may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws import EmbeddedAws
from local.aws.process import EmbeddedAwsFailed

if TYPE_CHECKING:
    from pathlib import Path


def _generation(state: Path) -> str:
    with EmbeddedAws.start(state) as aws:
        return aws.generation


@pytest.mark.slow
def test_a_loss_is_known_even_after_a_start_that_nobody_saw_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop saves the current state, even after a failed start: this must not count as the state before the loss."""
    first = _generation(tmp_path)
    assert _generation(tmp_path) == first
    with EmbeddedAws.start(tmp_path) as aws:
        aws._process.kill()
        aws._process.wait()
    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedAws, "_wait_until_ready", _refuse)
        with pytest.raises(EmbeddedAwsFailed):
            EmbeddedAws.start(tmp_path)
    (tmp_path / "saved").touch()  # as its server does where it lives long enough
    third = _generation(tmp_path)
    assert third != first
    assert _generation(tmp_path) == third


def _refuse(_aws: EmbeddedAws) -> None:
    raise EmbeddedAwsFailed("too slow")
