"""Wait for a local stack that another process is starting or stopping."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from local import session
from local.aws.process import StateInUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

STARTED = cast("session.Session", object())


def test_waiting_for_a_state_that_is_in_use_says_once_that_it_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    attempts: list[int] = []

    @contextmanager
    def started(_stack: str, _date: str | None, told: Callable[[str], None], *_: Any, **__: Any) -> Iterator[Any]:
        attempts.append(1)
        told(f"{session.STARTING} and the simulated Spotify")
        if len(attempts) < 3:
            raise StateInUse("in use")
        told("The embedded AWS answers")
        yield STARTED

    lines: list[str] = []
    monkeypatch.setattr(session, "started", started)
    with session.attached(told=lines.append, local=tmp_path) as found:
        assert found is STARTED
    assert len(attempts) == 3
    assert lines == ["Starting the embedded AWS and the simulated Spotify", "The embedded AWS answers"]
