"""The machine's clock sleeps for at most thirty seconds, whatever a caller asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.api import clock

if TYPE_CHECKING:
    import pytest


def test_a_sleep_is_never_longer_than_thirty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    for seconds in (29.5, 30.0, 86_400.0):
        clock.SystemClock().sleep(seconds)
    assert slept == [29.5, 30.0, 30.0]
